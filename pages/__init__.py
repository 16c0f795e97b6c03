"""What people and programs see. One folder per area, one file per page."""
