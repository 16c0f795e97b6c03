"""The scheduled collection: who is to be read, what is missing, and what came over the wire."""
