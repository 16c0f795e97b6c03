"""What customers want of the grid, from kettles to furnaces."""
