"""Streams that accumulate: `chat` and `responses`."""
