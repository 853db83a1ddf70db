"""The parity report: what the official packages have that ours lack, in Python and in Node.

Two dumps of each language, made by reading the installed packages, are compared name by name (`compare`); what is missing must be
on a list with reasons (`exceptions`); the tables go to docs/reference/parity.md (`report`). Nothing here knows an API name.
"""
