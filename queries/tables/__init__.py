"""Declarations of the lake's tables, one file a subject; ``queries.schema`` has them all."""
