//! What the harness tells of a case, and the client it asks for.

use std::sync::Mutex;
use std::time::Duration;

use openai_oxide::config::ClientConfig;
use openai_oxide::{Hedge, OpenAI};
use serde::Deserialize;
use serde_json::{Map, Value};

#[derive(Deserialize)]
pub(crate) struct Run {
    pub(crate) id: String,
    base_url: String,
    pub(crate) case: Case,
}

#[derive(Deserialize)]
pub(crate) struct Case {
    #[serde(default)]
    client: Client,
    pub(crate) call: Call,
}

#[derive(Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
struct Client {
    api_key: Option<String>,
    base_url: Option<String>,
    organization: Option<String>,
    project: Option<String>,
    max_retries: Option<u32>,
    hedge: Option<Value>,
    timeout: Option<f64>,
    connect_timeout: Option<f64>,
    first_token_timeout: Option<f64>,
    idle_timeout: Option<f64>,
    deadline: Option<f64>,
    max_event_bytes: Option<usize>,
    default_headers: Map<String, Value>,
    default_query: Map<String, Value>,
    environment: Map<String, Value>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Call {
    /// Empty for a helper that makes no request.
    #[serde(default)]
    pub(crate) operation: String,
    pub(crate) helper: Option<Helper>,
    pub(crate) format: Option<String>,
    #[serde(default)]
    pub(crate) tools: Vec<String>,
    pub(crate) max_rounds: Option<u32>,
    #[serde(default)]
    pub(crate) params: Map<String, Value>,
    #[serde(default)]
    pub(crate) stream: bool,
    #[serde(default)]
    pub(crate) options: Options,
    pub(crate) take: Option<usize>,
    pub(crate) abort_after: Option<f64>,
    /// This crate has one surface; the harness gives it only cases that fit.
    #[serde(rename = "surface")]
    _surface: Option<String>,
}

#[derive(Clone, Copy, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Helper {
    Stream,
    Fc,
    PartialJson,
    Parse,
    RunTools,
    StrictSchema,
    AgentTurn,
    AgentFiles,
}

#[derive(Clone, Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub(crate) struct Options {
    pub(crate) timeout: Option<f64>,
    pub(crate) first_token_timeout: Option<f64>,
    pub(crate) idle_timeout: Option<f64>,
    pub(crate) deadline: Option<f64>,
    pub(crate) max_retries: Option<u32>,
    pub(crate) hedge: Option<Value>,
    pub(crate) idempotency_key: Option<String>,
    pub(crate) extra_headers: Map<String, Value>,
    pub(crate) extra_query: Map<String, Value>,
    pub(crate) extra_body: Map<String, Value>,
}

/// What a call gave before it ended, also when it ended in an error.
#[derive(Default)]
pub(crate) struct Outcome {
    pub(crate) result: Option<Value>,
    /// An answer of bytes, in base64.
    pub(crate) bytes: Option<String>,
    pub(crate) events: Option<Vec<Value>>,
    /// The value of a structured answer; null for a refusal.
    pub(crate) parsed: Option<Value>,
    /// Seconds from the last handed-over call to the end of the stream.
    pub(crate) lead: Option<f64>,
    pub(crate) request_id: Option<String>,
    /// The suite's name of an error that has a type of its own.
    pub(crate) class: Option<&'static str>,
    /// Why a turn of an agent gave no result.
    pub(crate) reason: Option<&'static str>,
    /// The uploads that an error left.
    pub(crate) uploaded: Option<Vec<String>>,
    /// Why the driver cannot make this call at all.
    pub(crate) unsupported: Option<String>,
}

/// Clients are made one at a time, for the environment is the process's.
static ENVIRONMENT: Mutex<()> = Mutex::new(());

impl Run {
    pub(crate) fn client(&self) -> OpenAI {
        let told = &self.case.client;
        let mut config = from_environment(&told.environment)
            .base_url(told.base_url.as_ref().unwrap_or(&self.base_url))
            .first_token_timeout(told.first_token_timeout.map(Duration::from_secs_f64))
            .idle_timeout(told.idle_timeout.map(Duration::from_secs_f64))
            .deadline(told.deadline.map(Duration::from_secs_f64))
            .max_event_bytes(told.max_event_bytes)
            .hedge(told.hedge.as_ref().map(hedge));
        if let Some(key) = &told.api_key {
            config = config.api_key(key);
        }
        if let Some(id) = &told.organization {
            config = config.organization(id);
        }
        if let Some(id) = &told.project {
            config = config.project(id);
        }
        if let Some(retries) = told.max_retries {
            config = config.max_retries(retries);
        }
        if let Some(limit) = told.timeout {
            config = config.timeout(Duration::from_secs_f64(limit));
        }
        if let Some(limit) = told.connect_timeout {
            config = config.connect_timeout(Duration::from_secs_f64(limit));
        }
        for (name, value) in &told.default_headers {
            config = config.default_header(name, text(value));
        }
        for (name, value) in &told.default_query {
            config = config.default_query(name, text(value));
        }
        OpenAI::with_config(config)
    }
}

/// `true`, seconds, or settings by name.
pub(crate) fn hedge(told: &Value) -> Hedge {
    let number = |name: &str| told.get(name).and_then(Value::as_f64);
    match told {
        Value::Bool(false) => Hedge::off(),
        Value::Number(_) => Hedge::new().delay(Duration::from_secs_f64(told.as_f64().unwrap_or_default())),
        _ => {
            let hedge = Hedge::new().max(number("max").map_or(2, |max| max as u32));
            let hedge = hedge.budget(Some(number("budget").unwrap_or(0.1)));
            number("delay").map(Duration::from_secs_f64).into_iter().fold(hedge, Hedge::delay)
        }
    }
}

fn from_environment(variables: &Map<String, Value>) -> ClientConfig {
    if variables.is_empty() {
        return ClientConfig::default();
    }
    let _alone = ENVIRONMENT.lock().unwrap_or_else(|poisoned| poisoned.into_inner());
    for (name, value) in variables {
        // SAFETY: the lock keeps other cases out, and nothing else in this process writes the environment.
        unsafe { std::env::set_var(name, text(value)) };
    }
    let config = ClientConfig::from_env();
    for name in variables.keys() {
        // SAFETY: as above.
        unsafe { std::env::remove_var(name) };
    }
    config
}

pub(crate) fn text(value: &Value) -> String {
    value.as_str().map_or_else(|| value.to_string(), str::to_owned)
}
