//! A configured engine, and the two ways to use it: a whole reply, or a stream that is pulled batch by batch.

use std::sync::Arc;
use std::time::Duration;

use http::Method;
use napi::bindgen_prelude::{Either, Uint8Array};
use napi::{Error, Result};
use napi_derive::napi;
use openai_oxide::engine::{
    Body, CallOptions, ClientConfig, Engine, Event, Hedge, HedgeReport, Lost, Request, ResultKind, Terminal,
    operation,
};
use tokio::sync::Notify;

use crate::bridge::{Bridge, Reporter};
use crate::failure::{describe, header_lines};
use crate::feed::Feeds;
use crate::form::{self, FormPart};
use crate::queue::Outcome;

/// What a constructor was given; what is absent comes from the environment or is the core's default.
#[napi(object, object_to_js = false)]
pub struct Settings {
    pub api_key: Option<String>,
    pub admin_api_key: Option<String>,
    pub base_url: Option<String>,
    pub organization: Option<String>,
    pub project: Option<String>,
    pub user_agent: Option<String>,
    pub timeout_ms: Option<f64>,
    pub connect_timeout_ms: Option<f64>,
    pub first_token_timeout_ms: Option<f64>,
    pub idle_timeout_ms: Option<f64>,
    pub deadline_ms: Option<f64>,
    pub max_event_bytes: Option<f64>,
    pub max_retries: Option<u32>,
    /// Name and value alternate.
    pub headers: Option<Vec<String>>,
    /// Name and value alternate.
    pub query: Option<Vec<String>>,
}

/// What one call changes.
#[napi(object, object_to_js = false)]
pub struct Options {
    /// Name and value alternate.
    pub headers: Option<Vec<String>>,
    pub removed_headers: Option<Vec<String>>,
    pub timeout_ms: Option<f64>,
    pub first_token_timeout_ms: Option<f64>,
    pub idle_timeout_ms: Option<f64>,
    pub deadline_ms: Option<f64>,
    pub max_retries: Option<u32>,
    pub idempotency_key: Option<String>,
    pub hedge: Option<HedgeSettings>,
}

/// When to send a request again beside itself.
#[napi(object, object_to_js = false)]
pub struct HedgeSettings {
    /// Absent: the running p95.
    pub delay_ms: Option<f64>,
    pub max: u32,
    /// Infinity: no limit.
    pub budget: f64,
}

/// What is wrong with the settings; null where they can work.
#[napi(catch_unwind)]
pub(crate) fn hedge_fault(settings: HedgeSettings) -> Option<String> {
    settings.hedge().check().err()
}

impl HedgeSettings {
    fn hedge(self) -> Hedge {
        let budget = Some(self.budget).filter(|&share| share != f64::INFINITY);
        let hedge = Hedge::new().max(self.max).budget(budget);
        self.delay_ms.map(milliseconds).into_iter().fold(hedge, Hedge::delay)
    }
}

/// A call that the operations table does not know.
#[napi(object, object_to_js = false)]
pub struct Custom {
    pub method: String,
    /// Below the base URL, already escaped.
    pub path: String,
}

/// What to call: an operation's id, or a verb and path; then its arguments as JSON text.
#[napi(object, object_to_js = false)]
pub struct Target {
    pub operation: Either<String, Custom>,
    pub path_params: Option<Vec<String>>,
    pub query: Option<String>,
    pub body: Option<String>,
    /// A form, instead of `body`.
    pub parts: Option<Vec<FormPart>>,
    /// Sent as it is, instead of `body`.
    pub raw: Option<RawBody>,
    pub options: Option<Options>,
}

#[napi(object, object_to_js = false)]
pub struct RawBody {
    pub bytes: Uint8Array,
    #[napi(js_name = "type")]
    pub content_type: Option<String>,
}

/// What a client ended up with, for its public properties.
#[napi(object, object_from_js = false)]
pub struct Effective {
    pub base_url: String,
    pub organization: Option<String>,
    pub project: Option<String>,
    pub timeout_ms: f64,
    pub max_retries: u32,
}

/// One configuration with one connection pool. Calls go through the caller's own [`Bridge`].
#[napi]
pub struct NativeClient {
    engine: Engine,
}

#[napi]
impl NativeClient {
    /// Fails with the description of the error as its message.
    #[napi(constructor, catch_unwind)]
    pub fn new(settings: Settings) -> Result<Self> {
        let mut config = ClientConfig::from_env();
        if let Some(key) = settings.api_key {
            config = config.api_key(key);
        }
        if let Some(key) = settings.admin_api_key {
            config = config.admin_api_key(key);
        }
        if let Some(url) = settings.base_url {
            config = config.base_url(url);
        }
        if let Some(id) = settings.organization {
            config = config.organization(id);
        }
        if let Some(id) = settings.project {
            config = config.project(id);
        }
        if let Some(agent) = settings.user_agent {
            config = config.user_agent(agent);
        }
        if let Some(limit) = settings.timeout_ms {
            config = config.timeout(milliseconds(limit));
        }
        if let Some(limit) = settings.connect_timeout_ms {
            config = config.connect_timeout(milliseconds(limit));
        }
        config = config
            .first_token_timeout(settings.first_token_timeout_ms.map(milliseconds))
            .idle_timeout(settings.idle_timeout_ms.map(milliseconds))
            .deadline(settings.deadline_ms.map(milliseconds))
            .max_event_bytes(settings.max_event_bytes.map(|limit| limit as usize));
        if let Some(retries) = settings.max_retries {
            config = config.max_retries(retries);
        }
        for (name, value) in pairs(settings.headers) {
            config = config.default_header(name, value);
        }
        for (name, value) in pairs(settings.query) {
            config = config.default_query(name, value);
        }
        let engine = Engine::new(config).map_err(|error| Error::from_reason(describe(&error)))?;
        Ok(Self { engine })
    }

    #[napi(getter, catch_unwind)]
    pub fn effective(&self) -> Effective {
        let config = self.engine.config();
        Effective {
            base_url: config.get_base_url().to_owned(),
            organization: config.get_organization().map(str::to_owned),
            project: config.get_project().map(str::to_owned),
            timeout_ms: config.get_timeout().as_secs_f64() * 1000.0,
            max_retries: config.get_max_retries(),
        }
    }

    /// Starts a call; its outcome arrives under the returned id.
    #[napi(catch_unwind)]
    pub fn call(&self, bridge: &mut Bridge, target: Target) -> Result<u32> {
        let engine = self.engine.clone();
        let feeds = bridge.begin();
        let request = target.into_request(None, &feeds)?;
        bridge.spawn(feeds, |reporter, _| run_call(engine, request, reporter))
    }

    /// Opens a stream; headers or an error arrive under the returned id, then one batch for each pull.
    #[napi(catch_unwind)]
    pub fn stream(&self, bridge: &mut Bridge, target: Target) -> Result<u32> {
        let engine = self.engine.clone();
        let feeds = bridge.begin();
        let request = target.into_request(Some(Terminal::Done), &feeds)?;
        bridge.spawn(feeds, |reporter, pull| run_stream(engine, request, reporter, pull))
    }

    /// Opens an answer of bytes; headers or an error arrive under the returned id, then one piece for each pull.
    #[napi(catch_unwind)]
    pub fn open(&self, bridge: &mut Bridge, target: Target) -> Result<u32> {
        let engine = self.engine.clone();
        let feeds = bridge.begin();
        let request = target.into_request(None, &feeds)?;
        bridge.spawn(feeds, |reporter, pull| run_open(engine, request, reporter, pull))
    }
}

impl Target {
    /// `terminal`: how a stream of an operation outside the table ends.
    fn into_request(self, terminal: Option<Terminal>, feeds: &Arc<Feeds>) -> Result<Request> {
        let mut request = match self.operation {
            Either::A(id) => Request::new(
                operation(&id).ok_or_else(|| Error::from_reason(format!("unknown operation {id}")))?,
            ),
            Either::B(Custom { method, path }) => {
                let method = Method::from_bytes(method.as_bytes())
                    .map_err(|_| Error::from_reason(format!("{method:?} is no HTTP method")))?;
                Request::custom(method, path, ResultKind::Json, terminal)
            }
        };
        request.path_params = self.path_params.unwrap_or_default();
        if let Some(query) = self.query {
            request = request.query(query);
        }
        if let Some(body) = self.body {
            request = request.json(body);
        } else if let Some(parts) = self.parts {
            request = request.multipart(form::encode(parts, feeds)?);
        } else if let Some(RawBody { bytes, content_type }) = self.raw {
            let content_type = content_type.unwrap_or_else(|| "application/octet-stream".to_owned());
            // Copied: JavaScript may change the buffer while the request is under way.
            request.body = Body::Raw { content_type, bytes: bytes.to_vec().into() };
        }
        if let Some(options) = self.options {
            request.options = CallOptions {
                headers: pairs(options.headers)
                    .map(|(name, value)| (name, Some(value)))
                    .chain(options.removed_headers.unwrap_or_default().into_iter().map(|name| (name, None)))
                    .collect(),
                timeout: options.timeout_ms.map(milliseconds),
                first_token_timeout: options.first_token_timeout_ms.map(milliseconds),
                idle_timeout: options.idle_timeout_ms.map(milliseconds),
                deadline: options.deadline_ms.map(milliseconds),
                max_retries: options.max_retries,
                idempotency_key: options.idempotency_key,
                hedge: options.hedge.map(HedgeSettings::hedge),
            };
        }
        Ok(request)
    }
}

async fn run_call(engine: Engine, request: Request, reporter: Reporter) {
    let binary = request.operation.result == ResultKind::Binary;
    reporter.finish(match engine.call(request).await {
        Ok(reply) => Outcome::Reply {
            status: reply.status,
            headers: header_lines(&reply.headers) + &hedge_line(reply.hedge.as_deref()),
            body: reply.body,
            binary,
        },
        Err(error) => Outcome::Failed(describe(&error)),
    });
}

async fn run_stream(engine: Engine, request: Request, reporter: Reporter, pull: Arc<Notify>) {
    let mut stream = match engine.stream(request).await {
        Ok(stream) => stream,
        Err(error) => return reporter.finish(Outcome::Failed(describe(&error))),
    };
    let headers = header_lines(stream.headers()) + &hedge_line(stream.hedge());
    reporter.report(Outcome::Opened { status: stream.status(), headers });
    loop {
        pull.notified().await;
        match stream.next_batch().await {
            Ok(Some(events)) => reporter.report(batch(&events)),
            Ok(None) => return reporter.finish(Outcome::End),
            Err(error) => return reporter.finish(Outcome::Failed(describe(&error))),
        }
    }
}

async fn run_open(engine: Engine, request: Request, reporter: Reporter, pull: Arc<Notify>) {
    let mut answer = match engine.open(request).await {
        Ok(answer) => answer,
        Err(error) => return reporter.finish(Outcome::Failed(describe(&error))),
    };
    let headers = header_lines(answer.headers()) + &hedge_line(answer.hedge());
    reporter.report(Outcome::Opened { status: answer.status(), headers });
    loop {
        pull.notified().await;
        match answer.next().await {
            Some(Ok(bytes)) => reporter.report(Outcome::Chunk(bytes)),
            None => return reporter.finish(Outcome::End),
            Some(Err(error)) => return reporter.finish(Outcome::Failed(describe(&error))),
        }
    }
}

/// One JSON array of all events. They are separated by `,\r`: no event holds a carriage return (it would have ended the
/// line), so the package can still take the text apart when one event turns out not to be JSON.
fn batch(events: &[Event]) -> Outcome {
    let mut text = Vec::with_capacity(events.iter().map(|event| event.data.len() + 2).sum::<usize>() + 2);
    text.push(b'[');
    for (index, event) in events.iter().enumerate() {
        if index > 0 {
            text.extend_from_slice(b",\r");
        }
        text.extend_from_slice(&event.data);
    }
    text.push(b']');
    Outcome::Batch { count: u32::try_from(events.len()).unwrap_or(u32::MAX), text }
}

/// What became of the racers, as a last line under a name that no header can have; nothing without hedging.
fn hedge_line(report: Option<&HedgeReport>) -> String {
    let Some(report) = report else { return String::new() };
    let loser = |loser: &openai_oxide::engine::Loser| {
        let mut told = serde_json::json!({"racer": loser.racer, "outcome": loser.outcome.name()});
        match &loser.outcome {
            Lost::Failed(kind) => told["error"] = kind.name().into(),
            Lost::Completed { usage: Some(usage) } => {
                told["usage"] = serde_json::from_slice(usage).unwrap_or_default();
            }
            _ => {}
        }
        told
    };
    let told = serde_json::json!({
        "started": report.started,
        "winner": report.winner,
        "delay": report.delay.as_secs_f64() * 1000.0,
        "losers": report.losers.iter().map(loser).collect::<Vec<_>>(),
    });
    format!(":hedge: {told}\n")
}

fn pairs(alternating: Option<Vec<String>>) -> impl Iterator<Item = (String, String)> {
    let mut items = alternating.unwrap_or_default().into_iter();
    std::iter::from_fn(move || Some((items.next()?, items.next()?)))
}

/// Out of range (negative, infinite, not a number) becomes the nearest thing a clock can hold.
fn milliseconds(value: f64) -> Duration {
    Duration::try_from_secs_f64((value / 1000.0).max(0.0)).unwrap_or(Duration::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_batch_is_one_json_array_that_can_be_taken_apart_again() {
        let events = ["{\"a\":\n1}", "2,3", "[]"].map(|data| Event { name: None, data: data.into() });
        let Outcome::Batch { count, text } = batch(&events) else { panic!("not a batch") };
        let text = String::from_utf8(text).unwrap();
        assert_eq!((count, text.as_str()), (3, "[{\"a\":\n1},\r2,3,\r[]]"));
        let parts: Vec<_> = text[1..text.len() - 1].split(",\r").map(str::to_owned).collect();
        assert_eq!(parts, ["{\"a\":\n1}", "2,3", "[]"]);
    }

    #[test]
    fn times_that_no_clock_holds_are_clamped() {
        assert_eq!(milliseconds(1500.0), Duration::from_millis(1500));
        assert_eq!(milliseconds(-1.0), Duration::ZERO);
        assert_eq!(milliseconds(f64::NAN), Duration::ZERO);
        assert_eq!(milliseconds(f64::INFINITY), Duration::MAX);
    }
}
