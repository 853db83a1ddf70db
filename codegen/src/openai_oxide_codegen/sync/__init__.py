"""Rewrites spec/ from the official Python package, by reading it: nothing of it is guessed and nothing is lost silently.

`types` reads the type modules, `resources` the methods, `verify` compares both with what Python itself says about the
installed package, `write` prints the YAML. Whatever cannot be expressed stops the run with the whole list of reasons.
"""
