"""One module per source of readings: bytes in, batches out. Read-only by construction."""
