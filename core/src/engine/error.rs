//! The one error type: a kind to branch on, fields to read, one line to show.
//!
//! `Display` is one line; `Debug` is several and adds what is safe to add. Neither ever shows a credential: request headers
//! are not part of an error, and the client's key is cut out of whatever a server echoes (`scrub`).

use super::request::{Reply, request_id};
use bytes::Bytes;
use http::HeaderMap;
use std::fmt;

pub use crate::generated::errors::ErrorKind;

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
