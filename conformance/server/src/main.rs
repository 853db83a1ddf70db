//! Command line of the replay server; everything it does is in the library.

use std::path::{Path, PathBuf};
use std::process::ExitCode;

use openai_oxide_replay::{Options, Replay, Suite};

const USAGE: &str = "\
usage: openai-oxide-replay [--port N] [--suite DIR] [--fixtures DIR]
       openai-oxide-replay check DIR [--fixtures DIR]

  --port N         listen on this port of 127.0.0.1 (default: a free one)
  --suite DIR      play the cases below DIR
  --fixtures DIR   where `file:` bodies lie (default: `fixtures` beside the suite)
  check DIR        only validate the cases below DIR";

fn main() -> ExitCode {
    match run(std::env::args().skip(1).collect()) {
        Ok(code) => code,
        Err(message) => {
            eprintln!("{message}");
            ExitCode::from(2)
        }
    }
}

fn run(args: Vec<String>) -> Result<ExitCode, String> {
    let mut port = 0;
    let mut suite_dir: Option<PathBuf> = None;
    let mut fixtures: Option<PathBuf> = None;
    let mut check = false;
    let mut args = args.into_iter();
    while let Some(arg) = args.next() {
        let mut value = || args.next().ok_or(format!("{arg} needs a value\n\n{USAGE}"));
        match arg.as_str() {
            "--port" => port = value()?.parse().map_err(|_| "--port needs a number below 65536".to_owned())?,
            "--suite" => suite_dir = Some(value()?.into()),
            "--fixtures" => fixtures = Some(value()?.into()),
            "check" => {
                check = true;
                suite_dir = Some(value()?.into());
            }
            "--help" | "-h" => {
                println!("{USAGE}");
                return Ok(ExitCode::SUCCESS);
            }
            other => return Err(format!("unknown argument {other}\n\n{USAGE}")),
        }
    }
    let suite = match &suite_dir {
        Some(dir) => load(dir, fixtures.as_deref())?,
        None => Suite::default(),
    };
    if check {
        println!("{} cases are valid", suite.len());
        return Ok(ExitCode::SUCCESS);
    }
    let replay = Replay::start(Options { port, suite }).map_err(|e| format!("cannot listen on port {port}: {e}"))?;
    println!("listening on {}", replay.base_url());
    replay.wait();
    Ok(ExitCode::SUCCESS)
}

fn load(dir: &Path, fixtures: Option<&Path>) -> Result<Suite, String> {
    Suite::load(dir, fixtures).map_err(|errors| {
        let lines: Vec<String> = errors.iter().map(ToString::to_string).collect();
        lines.join("\n")
    })
}
