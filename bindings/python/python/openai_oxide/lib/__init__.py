"""Helpers above plain calls, in the modules that the official package keeps them in: parsing, streams, tools.

Each loads pydantic only when it is given a type to work with.
"""
