"""What ingest keeps up to date beside the readings: the same SQL answers past states."""
