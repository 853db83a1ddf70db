//! Lists the recorded cases, so that the binary answers without a checkout beside it.

use std::path::{Path, PathBuf};
use std::{env, fs, io};

fn main() -> io::Result<()> {
    let suite = Path::new(&env::var("CARGO_MANIFEST_DIR").expect("set by cargo")).join("../suite");
    let recorded = suite.join("recorded");
    // A path that does not exist yet would make cargo rebuild every time.
    println!(
        "cargo::rerun-if-changed={}",
        if recorded.exists() { recorded.display() } else { suite.display() }
    );
    let mut files = Vec::new();
    if recorded.exists() {
        collect(&recorded, &mut files)?;
    }
    files.sort();
    let mut code = String::from("&[\n");
    for file in files {
        let path = file.canonicalize()?;
        code.push_str(&format!("    ({:?}, include_str!({:?})),\n", file.display().to_string(), path));
    }
    code.push_str("]\n");
    fs::write(Path::new(&env::var("OUT_DIR").expect("set by cargo")).join("recorded.rs"), code)
}

fn collect(dir: &Path, files: &mut Vec<PathBuf>) -> io::Result<()> {
    for entry in fs::read_dir(dir)? {
        let path = entry?.path();
        if path.is_dir() {
            collect(&path, files)?;
        } else if path.extension().is_some_and(|e| e == "yaml") {
            files.push(path);
        }
    }
    Ok(())
}
