"""One measured run of a Python client; prints one JSON line with the CPU time of this process per operation.

The official SDK and ours run the same code: only the module's name differs. Time is user + system CPU of the whole process
(threads of a native core included), after a warm-up; counts come from the client where it has them.
"""

import argparse
import asyncio
import importlib
import json
import time

MESSAGES = [{"role": "user", "content": "hello"}]


def cpu_per_operation(run, operations: int) -> float:
    start = time.process_time()
    run()
    return (time.process_time() - start) / operations * 1e6


def small_sync(client, n: int) -> None:
    for _ in range(n):
        client.chat.completions.create(model="small", messages=MESSAGES).choices[0].message.content  # noqa: B018


def stream_sync(client, chunks: int) -> object:
    stream = client.chat.completions.create(model=f"stream-{chunks}", messages=MESSAGES, stream=True)
    read = sum(1 for chunk in stream if chunk.choices[0].delta.content is not None)
    assert read >= chunks - 2, read
    return stream


async def small_async(client, n: int, width: int) -> None:
    async def worker(count: int) -> None:
        for _ in range(count):
            (await client.chat.completions.create(model="small", messages=MESSAGES)).choices[0].message.content  # noqa: B018

    await asyncio.gather(*(worker(n // width) for _ in range(width)))


async def stream_async(client, chunks: int) -> object:
    stream = await client.chat.completions.create(model=f"stream-{chunks}", messages=MESSAGES, stream=True)
    read = 0
    async for chunk in stream:
        read += chunk.choices[0].delta.content is not None
    assert read >= chunks - 2, read
    return stream


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--module", required=True, help="openai or openai_oxide")
    parser.add_argument("--mode", choices=["sync", "async"], required=True)
    parser.add_argument("--scenario", choices=["small", "small-64", "stream"], required=True)
    parser.add_argument("--url", required=True)
    parser.add_argument("-n", type=int, required=True, help="operations (requests or chunks)")
    args = parser.parse_args()
    sdk = importlib.import_module(args.module)
    options = {"base_url": args.url, "api_key": "sk-bench", "max_retries": 0}
    stream: object = None
    if args.mode == "sync":
        client = sdk.OpenAI(**options)
        if args.scenario == "stream":
            stream_sync(client, 200)

            def run() -> None:
                nonlocal stream
                stream = stream_sync(client, args.n)

        else:
            small_sync(client, 20)

            def run() -> None:
                small_sync(client, args.n)

        cpu = cpu_per_operation(run, args.n)
    else:

        async def measured() -> float:
            nonlocal stream
            client = sdk.AsyncOpenAI(**options)
            if args.scenario == "stream":
                await stream_async(client, 200)
                start = time.process_time()
                stream = await stream_async(client, args.n)
            else:
                width = 64 if args.scenario == "small-64" else 1
                await small_async(client, 2 * width, width)
                start = time.process_time()
                await small_async(client, args.n, width)
            return (time.process_time() - start) / args.n * 1e6

        cpu = asyncio.run(measured())
    print(json.dumps({"cpu_us": cpu, "crossings": getattr(stream, "_crossings", None)}))


if __name__ == "__main__":
    main()
