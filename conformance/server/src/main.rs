//! Command line of the replay server; everything it does is in the library.

use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::time::Duration;

use openai_oxide_replay::{Options, Recording, Replay, Suite};

const USAGE: &str = "\
usage: openai-oxide-replay [--port N] [--suite DIR] [--pace 15ms]
       openai-oxide-replay [--port N] --record URL --out DIR [--server-name NAME]
       openai-oxide-replay check DIR

  --port N            listen on this port of 127.0.0.1 (default: a free one)
  --suite DIR         play the cases below DIR (default: the recorded ones that are built in)
  --pace 15ms         pause between the events of a stream under /v1
  --record URL        forward /v1 to URL (http://host:port/v1) and keep each exchange as a case
  --out DIR           where to keep it
  --server-name NAME  how the cases name their source (default: the URL)
  --tls DIR           also listen with TLS, and write ca.pem to DIR (built with `--features tls`)
  check DIR           only validate the cases below DIR";

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
    let mut suite_dir: Option<PathBuf> = None;
    let mut check = false;
    let mut options = Options::default();
    let (mut record, mut out, mut server_name) = (None, None, None);
    let mut args = args.into_iter();
    while let Some(arg) = args.next() {
        let mut value = || args.next().ok_or(format!("{arg} needs a value\n\n{USAGE}"));
        match arg.as_str() {
            "--port" => {
                options.port = value()?.parse().map_err(|_| "--port needs a number below 65536".to_owned())?
            }
            "--pace" => options.pace = pace(&value()?)?,
            "--record" => record = Some(value()?),
            "--out" => out = Some(PathBuf::from(value()?)),
            #[cfg(feature = "tls")]
            "--tls" => options.tls = Some(value()?.into()),
            "--server-name" => server_name = Some(value()?),
            "--suite" => suite_dir = Some(value()?.into()),
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
    options.suite = match &suite_dir {
        Some(dir) => load(dir)?,
        None => Suite::embedded(),
    };
    if check {
        println!("{} cases are valid", options.suite.len());
        return Ok(ExitCode::SUCCESS);
    }
    options.record = match (record, out) {
        (Some(upstream), Some(out)) => {
            let server_name = server_name.unwrap_or_else(|| upstream.clone());
            Some(Recording { upstream, out, server_name })
        }
        (None, None) => None,
        _ => return Err(format!("--record and --out go together\n\n{USAGE}")),
    };
    let replay = Replay::start(options).map_err(|e| format!("cannot start: {e}"))?;
    // Before the line that callers wait for.
    #[cfg(feature = "tls")]
    if let Some(url) = replay.tls_url() {
        println!("tls on {url}");
    }
    println!("listening on {}", replay.base_url());
    replay.wait();
    Ok(ExitCode::SUCCESS)
}

fn pace(text: &str) -> Result<Duration, String> {
    let millis = text.strip_suffix("ms").unwrap_or(text).parse();
    millis.map(Duration::from_millis).map_err(|_| format!("--pace takes milliseconds, as 15ms, not {text}"))
}

fn load(dir: &Path) -> Result<Suite, String> {
    Suite::load(dir).map_err(|errors| {
        let lines: Vec<String> = errors.iter().map(ToString::to_string).collect();
        lines.join("\n")
    })
}
