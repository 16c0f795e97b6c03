"""AEMO meter data file format (NEM12, NEM13): its records, lines and intervals."""
