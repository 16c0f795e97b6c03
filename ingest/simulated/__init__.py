"""A district that does not exist: people, plants, wires, meters and their faults, by seed."""
