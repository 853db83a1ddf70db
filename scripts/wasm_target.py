"""Makes the Rust target wasm32-unknown-unknown usable and prints the environment that cargo needs, one KEY=VALUE a line.

1. The installed toolchain already has the target, or rustup can add it: nothing to set.
2. Otherwise Debian's compiler and standard library sources are unpacked into a cache folder (nothing is installed), and the
   standard library is built there once, about 2.5 minutes of CPU.

Idempotent; progress goes to stderr. The cache is `$WASM_CACHE`, by default ~/.cache/openai-oxide-wasm.
Danger: a global RUSTFLAGS overrides the printed sysroot and breaks the build (E0463).
"""

import os
import re
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

TARGET = "wasm32-unknown-unknown"
CACHE = Path(os.environ.get("WASM_CACHE", Path.home() / ".cache/openai-oxide-wasm"))

# A crate without code whose only dependency is the standard library: building it builds std for the target.
STD_MANIFEST = """\
[package]
name = "wasmstd"
version = "0.0.0"
edition = "2021"

[lib]
path = "lib.rs"

[dependencies]
sysroot = {{ path = "{library}/sysroot" }}

[patch.crates-io]
rustc-std-workspace-core = {{ path = "{library}/rustc-std-workspace-core" }}
rustc-std-workspace-alloc = {{ path = "{library}/rustc-std-workspace-alloc" }}
rustc-std-workspace-std = {{ path = "{library}/rustc-std-workspace-std" }}

[profile.release]
codegen-units = 1
debug = false

[profile.release.package.compiler_builtins]
codegen-units = 10000
debug-assertions = false
overflow-checks = false
"""


def say(message: str) -> None:
    print(f"[wasm] {message}", file=sys.stderr, flush=True)


def output(*command: str | Path) -> str:
    return subprocess.run(command, check=True, stdout=subprocess.PIPE, text=True).stdout.strip()


def quiet(*command: str | Path, **options: object) -> None:
    """Runs a command whose own output belongs to the progress stream."""
    subprocess.run(command, check=True, stdout=sys.stderr, **options)  # type: ignore[call-overload]


def has_std(sysroot: Path) -> bool:
    return any((sysroot / "lib/rustlib" / TARGET / "lib").glob("libstd-*.rlib"))


def toolchain_has_target() -> bool:
    if has_std(Path(output("rustc", "--print", "sysroot"))):
        return True
    if shutil.which("rustup") is None:
        return False
    try:
        quiet("rustup", "target", "add", TARGET, timeout=float(os.environ.get("RUSTUP_WAIT", "60")))
    except (subprocess.CalledProcessError, subprocess.TimeoutExpired):
        say("rustup cannot fetch the target here; using Debian's compiler and sources")
        return False
    return True


def unpack_debian(folder: Path, library: Path) -> str:
    """Unpacks compiler, linker and std sources; returns LLVM's version, which names the linker."""
    if subprocess.run(["apt-cache", "show", "rustc-web"], capture_output=True).returncode:
        quiet("apt-get", "-qq", "update")
    std = re.search(
        r"Depends: (libstd-rust-web-1[0-9.]*)$", output("apt-cache", "depends", "libstd-rust-web-dev"), re.M
    )
    if std is None:
        sys.exit("Debian's rustc-web packages are not available: install the target with `rustup target add`")
    llvm = re.search(r"Depends: libllvm(\d+)", output("apt-cache", "depends", std[1]))
    assert llvm is not None
    packages = ["rustc-web", "libstd-rust-web-dev", std[1], f"libllvm{llvm[1]}", f"lld-{llvm[1]}", "rust-web-src"]
    say(f"unpacking {', '.join(packages)}")
    with tempfile.TemporaryDirectory(dir=CACHE) as debs:
        quiet("apt-get", "-qq", "-o", "APT::Sandbox::User=root", "download", *packages, cwd=debs)
        for deb in Path(debs).glob("*.deb"):
            if deb.name.startswith("rust-web-src_"):
                # Only the library's sources: a sixth of the package.
                library.mkdir(parents=True, exist_ok=True)
                tar = subprocess.Popen(["dpkg-deb", "--fsys-tarfile", deb], stdout=subprocess.PIPE)
                inside = ["--strip-components=5", "--wildcards", "./usr/src/*/library/*"]
                quiet("tar", "x", "-C", library, *inside, stdin=tar.stdout)
                tar.wait()
            else:
                quiet("dpkg-deb", "-x", deb, folder)
    return llvm[1]


def install_wrapper(folder: Path, llvm: str) -> Path:
    """A `rustc` that finds its own libraries, and the linker under the name that it looks for."""
    linker = folder / "usr/bin/wasm-ld"
    linker.unlink(missing_ok=True)
    linker.symlink_to(f"wasm-ld-{llvm}")
    wrapper = folder / "rustc"
    libraries = folder / "usr/lib/x86_64-linux-gnu"
    wrapper.write_text(f'#!/bin/sh\nLD_LIBRARY_PATH={libraries} exec {folder}/usr/bin/rustc "$@"\n')
    wrapper.chmod(0o755)
    return wrapper


def build_std(library: Path, sysroot: Path, rustc: Path) -> None:
    say("building the standard library (about 2.5 minutes)")
    with tempfile.TemporaryDirectory() as work_name:
        work = Path(work_name)
        shutil.copy(library / "Cargo.lock", work)
        (work / "lib.rs").write_text("#![feature(no_core)]\n#![no_core]\n")
        (work / "Cargo.toml").write_text(STD_MANIFEST.format(library=library))
        (work / ".cargo").mkdir()
        vendored = f'[source.crates-io]\nreplace-with = "vendored"\n[source.vendored]\ndirectory = "{library}/vendor"\n'
        (work / ".cargo/config.toml").write_text(vendored)
        env = {name: value for name, value in os.environ.items() if name != "RUSTUP_TOOLCHAIN"}
        env |= {
            "RUSTC": str(rustc),
            "RUSTC_BOOTSTRAP": "1",
            "RUSTFLAGS": "-Cembed-bitcode=yes -Zforce-unstable-if-unmarked",
            "__CARGO_DEFAULT_LIB_METADATA": "wasmstd",
        }
        quiet(
            "cargo",
            "build",
            "--offline",
            "--release",
            "--target",
            TARGET,
            "--target-dir",
            work / "t",
            cwd=work,
            env=env,
        )
        libraries = sysroot / "lib/rustlib" / TARGET / "lib"
        shutil.rmtree(sysroot, ignore_errors=True)
        libraries.mkdir(parents=True)
        for rlib in (work / "t" / TARGET / "release/deps").glob("*.rlib"):
            if not rlib.name.startswith("libwasmstd-"):
                shutil.copy(rlib, libraries)


def main() -> None:
    if toolchain_has_target():
        return
    folder, library, sysroot = CACHE / "compiler", CACHE / "library", CACHE / "sysroot"
    CACHE.mkdir(parents=True, exist_ok=True)
    if not has_std(sysroot):
        shutil.rmtree(folder, ignore_errors=True)
        wrapper = install_wrapper(folder, unpack_debian(folder, library))
        build_std(library, sysroot, wrapper)
    name = TARGET.upper().replace("-", "_")
    print(f"CARGO_TARGET_{name}_RUSTFLAGS=--sysroot={sysroot}")
    print(f"CARGO_TARGET_{name}_LINKER={folder}/usr/bin/wasm-ld")
    print(f"RUSTC={folder}/rustc")


if __name__ == "__main__":
    main()
