//! The Rust driver of the conformance suite: runs the cases' calls through the typed crate, as a user would.
//!
//! It reads one JSON request per line and writes one JSON answer per line, in any order; the protocol is described in
//! conformance/README.md. Nothing here knows what a case expects.

mod agents;
mod calls;
mod case;
mod generated;
mod streaming;
mod structured;

use std::time::{Duration, Instant};

use openai_oxide::OpenAIError;
use serde_json::{Value, json};
use tokio::io::{AsyncBufReadExt, AsyncWriteExt, BufReader};
use tokio::sync::mpsc;

use crate::case::{Outcome, Run};

/// `limits`: first token, silence, deadline, event size; `native-*`: a stream without its end is an error.
const FEATURES: [&str; 12] = [
    "abort",
    "agents",
    "early-calls",
    "environment",
    "hedge",
    "idempotency-key",
    "limits",
    "native-chat",
    "native-responses",
    "stream-helpers",
    "structured",
    "tools",
];

#[tokio::main]
async fn main() -> std::io::Result<()> {
    tracing_subscriber::fmt()
        .with_max_level(tracing_subscriber::filter::LevelFilter::TRACE)
        .with_ansi(false)
        .with_writer(std::io::stderr)
        .init();
    let (answers, mut lines) = mpsc::unbounded_channel::<Value>();
    let writer = tokio::spawn(async move {
        let mut out = tokio::io::stdout();
        while let Some(answer) = lines.recv().await {
            out.write_all(format!("{answer}\n").as_bytes()).await?;
            out.flush().await?;
        }
        std::io::Result::Ok(())
    });
    let _ = answers.send(json!({"driver": "rust", "features": FEATURES}));
    let mut requests = BufReader::new(tokio::io::stdin()).lines();
    while let Some(line) = requests.next_line().await? {
        let run: Run = serde_json::from_str(&line)?;
        let answers = answers.clone();
        tokio::spawn(async move {
            let _ = answers.send(answer(run).await);
        });
    }
    drop(answers);
    writer.await?
}

async fn answer(run: Run) -> Value {
    let start = Instant::now();
    let client = run.client();
    let mut outcome = Outcome::default();
    let limit = run.case.call.abort_after.map(Duration::from_secs_f64);
    let work = calls::perform(&client, &run.case.call, &mut outcome);
    let mut error = match limit {
        None => work.await.err().map(|error| describe(&error)),
        // Dropping the call is how a Rust program cancels it.
        Some(limit) => match tokio::time::timeout(limit, work).await {
            Ok(result) => result.err().map(|error| describe(&error)),
            Err(_) => Some(json!({"class": "cancelled", "message": "dropped by the driver", "text": ""})),
        },
    };
    if let Some(error) = &mut error {
        if let Some(class) = outcome.class {
            error["class"] = class.into();
        }
        error["reason"] = outcome.reason.into();
        error["uploaded"] = outcome.uploaded.into();
    }
    let mut answer = json!({
        "id": run.id,
        "elapsed": start.elapsed().as_secs_f64(),
        "client_text": format!("{client:?}\n{client:#?}"),
        "request_id": outcome.request_id,
    });
    for (name, value) in [
        ("result", outcome.result),
        ("bytes", outcome.bytes.map(Value::from)),
        ("events", outcome.events.map(Value::from)),
        ("parsed", outcome.parsed),
        ("lead", outcome.lead.map(Value::from)),
        ("error", error),
        ("unsupported", outcome.unsupported.map(Value::from)),
    ] {
        if let Some(value) = value {
            answer[name] = value;
        }
    }
    answer
}

/// Every field of an error, and every text a user might print or log.
fn describe(error: &OpenAIError) -> Value {
    let mut text = format!("{error}\n{error:?}\n{error:#?}");
    let mut source = std::error::Error::source(error);
    while let Some(cause) = source {
        text += &format!("\n{cause}\n{cause:?}");
        source = cause.source();
    }
    json!({
        "class": error.kind().name(),
        "status": error.status(),
        "code": error.code(),
        "param": error.param(),
        "type": error.type_(),
        "message": error.message(),
        "request_id": error.request_id(),
        "attempts": error.attempts(),
        "phase": error.phase().map(|phase| phase.name()),
        "text": text,
    })
}
