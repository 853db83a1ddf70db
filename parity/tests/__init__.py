"""Tests of the report with tiny made-up packages."""
