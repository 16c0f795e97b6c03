"""DL/T 645-2007, the protocol of Chinese meters: bytes to values and back, read-only."""
