"""Runs the conformance suite: every case, in every driver, against the replay server."""
