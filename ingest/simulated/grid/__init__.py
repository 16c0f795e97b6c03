"""Substations, feeders, transformer areas and wires, and what electricity does in them."""
