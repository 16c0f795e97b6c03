"""Codec of Q/GDW 1376.1 (376.1), between master station and terminal (集中器、专变终端)."""
