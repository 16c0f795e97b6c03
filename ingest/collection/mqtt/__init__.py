"""Readings from an MQTT broker: JSON messages, read by profiles."""
