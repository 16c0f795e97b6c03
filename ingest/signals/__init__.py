"""Calls of demand response to customers and their answers: OpenADR 2.0b, webhooks, MQTT."""
