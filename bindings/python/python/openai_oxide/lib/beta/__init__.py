"""Helpers of what is in beta: `agents`."""
