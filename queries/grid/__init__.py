"""The state of the grid: what transformers and feeders carry, against what they may."""
