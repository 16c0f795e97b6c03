"""Sessions on the wire: what is asked of meters and terminals, and how their answers are told."""
