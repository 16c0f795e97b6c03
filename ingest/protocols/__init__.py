"""Codecs of the protocols that meters and terminals speak: bytes to values, no sockets."""
