"""What exchanges on the wire say, protocol by protocol."""
