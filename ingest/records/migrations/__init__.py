"""Steps from one shape of the operational database to the next, run by ``upgrade``."""
