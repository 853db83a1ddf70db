"""The harness judged: the suite is well formed, and every kind of wrong answer is reported as a failure."""
