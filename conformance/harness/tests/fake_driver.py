"""A driver that behaves as the name of the case says: answers, hangs, dies, babbles or logs the key."""

import json
import os
import sys
import time

print(json.dumps({"driver": "fake", "features": ["compat"]}), flush=True)
for line in sys.stdin:
    request = json.loads(line)
    kind = request["id"].split("/")[1]
    if kind == "hang":
        continue
    if kind == "die":
        print("about to die", file=sys.stderr, flush=True)
        os._exit(3)
    if kind == "babble":
        print("not of the protocol", flush=True)
    if kind == "log":
        print(f"sending {request['case']['client']['api_key']}", file=sys.stderr, flush=True)
    if kind == "slow":
        time.sleep(0.2)
    result = {"ok": kind != "wrong"}
    print(json.dumps({"id": request["id"], "result": result, "elapsed": 0.0}), flush=True)
