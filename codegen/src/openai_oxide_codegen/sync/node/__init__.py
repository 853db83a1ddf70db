"""Imports what only the official npm package says: how Node calls the types of the spec, and the types that only it has."""
