"""Validation and estimation of what was read: rules that find, estimators that fill gaps."""
