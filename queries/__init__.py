"""Every question the workbench can answer. Reads and computes; nothing here writes.

One folder per area, one ``.py`` per question, its SQL in the ``.sql`` beside it.
"""
