//! The one error type: a kind to branch on, fields to read, one line to show.
//!
//! `Display` is one line; `Debug` is several and adds what is safe to add. Neither ever shows a credential: request headers
//! are not part of an error, and the client's key is cut out of whatever a server echoes (`scrub`).

use super::request::{Reply, request_id};
use super::secret::{REDACTED, Secret};
use bytes::Bytes;
use http::{HeaderMap, HeaderValue, StatusCode};
use serde_json::Value;
use std::fmt;

pub use crate::generated::errors::ErrorKind;

/// Local servers are given words for a key (`none`, `ollama`, `lm-studio`); cutting those out would only garble messages.
const SHORTEST_SECRET: usize = 16;

type Source = Box<dyn std::error::Error + Send + Sync>;

/// Why a call failed.
pub struct Error(Box<Fields>);

struct Fields {
    kind: ErrorKind,
    message: String,
    status: Option<u16>,
    code: Option<String>,
    type_: Option<String>,
    param: Option<String>,
    headers: HeaderMap,
    body: Option<Bytes>,
    attempts: u32,
    phase: Option<Phase>,
    source: Option<Source>,
}

/// The time limit that ended a call.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Phase {
    /// DNS, TCP and TLS of one connection.
    Connect,
    /// One attempt: to the end of the body, or for a stream to its headers.
    Attempt,
    /// From the start of the attempt to the first content event.
    FirstToken,
    /// Silence within a stream.
    Idle,
    /// The whole call: attempts, backoff and stream.
    Deadline,
}

impl Phase {
    pub fn name(self) -> &'static str {
        match self {
            Self::Connect => "connect",
            Self::Attempt => "attempt",
            Self::FirstToken => "first_token",
            Self::Idle => "idle",
            Self::Deadline => "deadline",
        }
    }
}

impl Error {
    /// An error of the caller's side or of the transport, without an answer behind it.
    pub fn new(kind: ErrorKind, message: impl Into<String>) -> Self {
        Self(Box::new(Fields {
            kind,
            message: message.into(),
            status: None,
            code: None,
            type_: None,
            param: None,
            headers: HeaderMap::new(),
            body: None,
            attempts: 0,
            phase: None,
            source: None,
        }))
    }

    /// A successful answer whose body is not what its operation promises.
    pub fn response_validation(reply: &Reply, message: impl Into<String>) -> Self {
        let mut error = Self::new(ErrorKind::ResponseValidation, message);
        error.0.status = Some(reply.status);
        error.0.headers = reply.headers.clone();
        error.0.body = Some(reply.body.clone());
        error.0.attempts = reply.attempts;
        error
    }

    /// A failing answer. Its body may be anything: JSON in several shapes, text, nothing.
    pub(crate) fn answer(status: StatusCode, headers: HeaderMap, body: Bytes) -> Self {
        let mut error = Self::new(ErrorKind::from_status(status.as_u16()), String::new());
        error.0.status = Some(status.as_u16());
        error.0.headers = headers;
        let told = Told::in_body(&body);
        error.0.message = match told.message {
            Some(message) => message,
            None if status.is_redirection() => format!("{status}; redirects are not followed"),
            None => match excerpt(&body) {
                text if text.is_empty() => format!("{status} (no body)"),
                text => text,
            },
        };
        (error.0.code, error.0.type_, error.0.param) = (told.code, told.type_, told.param);
        error.0.body = Some(body);
        error
    }

    /// An error event, nested (`{"error": {…}}`) or flat (`{"type": "error", …}`). Where it names a status or a rate limit,
    /// it counts as the answer that it stands for.
    pub(crate) fn event(data: Bytes) -> Self {
        let told = Told::in_body(&data);
        let status = told
            .status
            .or_else(|| told.code.as_deref()?.parse().ok())
            .filter(|status| (400..600).contains(status));
        let status = status.or_else(|| {
            matches!(told.code.as_deref(), Some("rate_limit_exceeded" | "insufficient_quota")).then_some(429)
        });
        let kind = status.map_or(ErrorKind::Stream, ErrorKind::from_status);
        let mut error = Self::new(
            kind,
            told.message.unwrap_or_else(|| "the server reported an error in the stream".into()),
        );
        error.0.status = status;
        (error.0.code, error.0.type_, error.0.param) = (told.code, told.type_, told.param);
        error.0.body = Some(data);
        error
    }

    /// The status by which the retry policy takes an answer or an error event: the one it has, else the one that its words
    /// stand for. Words that nobody knows stand for none, for what cannot be told to pass is not repeated.
    pub(crate) fn stands_for(&self) -> Option<u16> {
        let word = |text: Option<&str>| match text? {
            "rate_limit_exceeded" | "rate_limit_error" | "too_many_requests" | "slow_down" => Some(429),
            "server_error" | "internal_error" | "internal_server_error" | "api_error" => Some(500),
            "overloaded"
            | "overloaded_error"
            | "server_overloaded"
            | "engine_overloaded"
            | "service_unavailable"
            | "service_unavailable_error" => Some(503),
            "timeout" | "timeout_error" | "gateway_timeout" | "vector_store_timeout" => Some(504),
            "invalid_request_error" => Some(400),
            _ => None,
        };
        self.0.status.or_else(|| word(self.code())).or_else(|| word(self.type_()))
    }

    pub(crate) fn with_phase(mut self, phase: Phase) -> Self {
        self.0.phase = Some(phase);
        self
    }

    pub(crate) fn with_source(mut self, source: Source) -> Self {
        self.0.source = Some(source);
        self
    }

    pub(crate) fn with_attempts(mut self, attempts: u32) -> Self {
        self.0.attempts = attempts;
        self
    }

    /// What the error is about: an answer that was cut off, as JSON.
    pub fn with_body(mut self, body: Bytes) -> Self {
        self.0.body = Some(body);
        self
    }

    pub(crate) fn with_headers(mut self, headers: &HeaderMap) -> Self {
        self.0.headers = headers.clone();
        self
    }

    /// Cuts the client's key out of what a server echoed, unless it is a placeholder.
    pub(crate) fn scrub(mut self, key: &Secret) -> Self {
        let key = key.expose();
        if key.len() < SHORTEST_SECRET {
            return self;
        }
        let fields = &mut *self.0;
        let texts =
            [Some(&mut fields.message), fields.code.as_mut(), fields.type_.as_mut(), fields.param.as_mut()];
        for text in texts.into_iter().flatten().filter(|text| text.contains(key)) {
            *text = text.replace(key, REDACTED);
        }
        if let Some(body) = &mut fields.body
            && memchr::memmem::find(body, key.as_bytes()).is_some()
        {
            *body = replace(body, key.as_bytes(), REDACTED.as_bytes()).into();
        }
        for value in fields.headers.values_mut() {
            if memchr::memmem::find(value.as_bytes(), key.as_bytes()).is_some() {
                *value = HeaderValue::from_static(REDACTED);
            }
        }
        self
    }

    pub fn kind(&self) -> ErrorKind {
        self.0.kind
    }

    /// HTTP status of the answer; for an error event, the status it stands for.
    pub fn status(&self) -> Option<u16> {
        self.0.status
    }

    /// The API's `error.code`, numbers as text.
    pub fn code(&self) -> Option<&str> {
        self.0.code.as_deref()
    }

    /// The API's `error.type`.
    pub fn type_(&self) -> Option<&str> {
        self.0.type_.as_deref()
    }

    /// The API's `error.param`.
    pub fn param(&self) -> Option<&str> {
        self.0.param.as_deref()
    }

    pub fn message(&self) -> &str {
        &self.0.message
    }

    pub fn request_id(&self) -> Option<&str> {
        request_id(&self.0.headers)
    }

    /// Headers of the answer; empty when there was none.
    pub fn headers(&self) -> &HeaderMap {
        &self.0.headers
    }

    /// The error answer's body, or an error event's data.
    pub fn body(&self) -> Option<&Bytes> {
        self.0.body.as_ref()
    }

    /// Requests sent before giving up; 0 when the call failed before sending.
    pub fn attempts(&self) -> u32 {
        self.0.attempts
    }

    /// The time limit that was reached, for errors of kind `timeout`.
    pub fn phase(&self) -> Option<Phase> {
        self.0.phase
    }
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.0.kind.name())?;
        if let Some(status) = self.0.status {
            write!(f, " {status}")?;
        }
        if let Some(code) = self.code() {
            write!(f, " ({})", code.escape_debug())?;
        }
        f.write_str(": ")?;
        for (index, line) in self.0.message.lines().enumerate() {
            write!(f, "{}{}", if index > 0 { " " } else { "" }, line.trim())?;
        }
        if let Some(id) = self.request_id() {
            write!(f, " [request {id}]")?;
        }
        Ok(())
    }
}

impl fmt::Debug for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Error")
            .field("kind", &self.0.kind)
            .field("status", &self.0.status)
            .field("code", &self.0.code)
            .field("type", &self.0.type_)
            .field("param", &self.0.param)
            .field("message", &self.0.message)
            .field("request_id", &self.request_id())
            .field("attempts", &self.0.attempts)
            .field("phase", &self.0.phase)
            .field("source", &self.0.source)
            .finish_non_exhaustive()
    }
}

impl std::error::Error for Error {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        self.0.source.as_deref().map(|source| source as _)
    }
}

/// What an error body says, wherever it says it.
#[derive(Default)]
struct Told {
    message: Option<String>,
    code: Option<String>,
    type_: Option<String>,
    param: Option<String>,
    status: Option<u16>,
}

impl Told {
    fn in_body(body: &[u8]) -> Self {
        let Ok(Value::Object(top)) = serde_json::from_slice(body) else { return Self::default() };
        let inner = match top.get("error") {
            Some(Value::Object(inner)) => inner,
            Some(Value::String(message)) => {
                return Self { message: Some(message.clone()), ..Self::default() };
            }
            _ => &top,
        };
        let text = |name: &str| match inner.get(name)? {
            Value::String(text) => Some(text.clone()),
            Value::Number(number) => Some(number.to_string()),
            _ => None,
        };
        let status = inner.get("status").or_else(|| top.get("status")).and_then(Value::as_u64);
        Self {
            // `detail` is what FastAPI servers say.
            message: text("message").or_else(|| text("detail")),
            code: text("code"),
            type_: text("type"),
            param: text("param"),
            status: status.and_then(|status| status.try_into().ok()),
        }
    }
}

/// The start of a body that is not the API's JSON, as one would quote it.
pub(crate) fn excerpt(body: &[u8]) -> String {
    const LONGEST: usize = 500;
    let text = String::from_utf8_lossy(&body[..body.len().min(4 * LONGEST)]);
    let text = text.trim();
    match text.char_indices().nth(LONGEST) {
        Some((end, _)) => format!("{}…", &text[..end]),
        None => text.to_owned(),
    }
}

fn replace(text: &[u8], from: &[u8], to: &[u8]) -> Vec<u8> {
    let mut out = Vec::with_capacity(text.len());
    let mut done = 0;
    for start in memchr::memmem::find_iter(text, from) {
        out.extend_from_slice(&text[done..start]);
        out.extend_from_slice(to);
        done = start + from.len();
    }
    out.extend_from_slice(&text[done..]);
    out
}

#[cfg(test)]
#[path = "error_tests.rs"]
mod tests;
