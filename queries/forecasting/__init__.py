"""Forecasts of loads a day to a week ahead: one engine for every series, and its rivals."""
