"""What people and programs enter: one file an area, in the operational database."""
