"""Tabular dumps, one idea a module: from bytes to rows, to readings, to days."""
