"""Runs the conformance suite: every case, in every driver, against the replay server.

    python -m conformance.harness [--case PATTERN]… [--driver PATTERN]… [--every-cut] [--out FOLDER]

What becomes of a case in a driver:

- passed or failed. A hang (15 s without an answer) and a crash are failures; the driver is started again.
- not applicable, where the case needs a feature that the driver does not declare in its greeting (`Case.needs`), or the driver
  answers that it has no such call.
- differs by design, where the case says so under `except: {driver or pattern: …}`. A sentence alone means that the driver
  must fail the case; `{reason, expect}` lays members over the expectation (null takes one away) and must pass.
- known failure, where `known-failures/<driver>.yaml` gives a reason under the case's name. It must fail.

So a difference or failure that has gone away is itself a failure, and nothing is skipped without a word. In `params`,
`{$repeat: [text, count]}` stands for a long text. Beside the case's own expectations, every run is searched for the API
key, and a repeated request must repeat its bytes and its idempotency key.
"""
