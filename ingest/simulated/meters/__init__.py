"""What meters count, freeze and hand over."""
