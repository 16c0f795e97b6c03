"""The simulated field: meters and terminals that speak, and whose truth is known."""
