//! One logical call as the caller states it, and the whole answer to it.

use super::error::Error;
use super::hedge::{Hedge, HedgeReport};
#[cfg(not(target_arch = "wasm32"))]
use super::multipart::PartData;
use super::multipart::{self, Part, Piece, Pieces};
use super::operation::{Auth, Operation, ResultKind, Terminal};
use bytes::Bytes;
use http::{HeaderMap, Method};
use std::borrow::Cow;
use std::time::Duration;

/// A call: an operation, its arguments, and what is special about this one call.
#[derive(Clone, Debug)]
pub struct Request {
    pub operation: Operation,
    /// Values of the path's placeholders, in the order of the template.
    pub path_params: Vec<String>,
    /// A JSON object; encoded by the API's query rules, order kept.
    pub query: Option<Bytes>,
    pub body: Body,
    pub options: CallOptions,
    custom_path: Option<String>,
}

impl Request {
    pub fn new(operation: &Operation) -> Self {
        Self {
            operation: operation.clone(),
            path_params: Vec::new(),
            query: None,
            body: Body::None,
            options: CallOptions::default(),
            custom_path: None,
        }
    }

    /// A call that the operations table does not know. `path` is below the base URL, already escaped, and may end in a query.
    pub fn custom(
        method: Method,
        path: impl Into<String>,
        result: ResultKind,
        stream: Option<Terminal>,
    ) -> Self {
        let operation = Operation {
            id: "custom",
            method,
            path: "",
            result,
            stream,
            beta: None,
            accept: None,
            auth: Auth::Bearer,
            synthesize_event: false,
        };
        Self { custom_path: Some(path.into()), ..Self::new(&operation) }
    }

    pub fn path_param(mut self, value: impl Into<String>) -> Self {
        self.path_params.push(value.into());
        self
    }

    pub fn query(mut self, json: impl Into<Bytes>) -> Self {
        self.query = Some(json.into());
        self
    }

    pub fn json(mut self, body: impl Into<Bytes>) -> Self {
        self.body = Body::Json(body.into());
        self
    }

    pub fn multipart(mut self, parts: Vec<Part>) -> Self {
        self.body = Body::Multipart(parts);
        self
    }

    pub fn options(mut self, options: CallOptions) -> Self {
        self.options = options;
        self
    }

    pub(crate) fn custom_path(&self) -> Option<&str> {
        self.custom_path.as_deref()
    }
}

/// The request's body. Every attempt sends the same bytes.
#[derive(Clone, Default)]
#[non_exhaustive]
pub enum Body {
    #[default]
    None,
    Json(Bytes),
    Raw {
        content_type: String,
        bytes: Bytes,
    },
    /// Form fields and files; see [`multipart_fields`](super::multipart_fields) for the fields.
    Multipart(Vec<Part>),
}

impl Body {
    /// Whether some of it can be sent once only.
    pub(crate) fn is_once(&self) -> bool {
        #[cfg(not(target_arch = "wasm32"))]
        if let Self::Multipart(parts) = self {
            return parts.iter().any(|part| matches!(&part.data, PartData::Feed(source) if source.is_once()));
        }
        false
    }

    /// What goes over the wire, and its content type.
    pub(crate) fn pieces(&self) -> Result<(Pieces, Option<Cow<'_, str>>), Error> {
        let whole = |bytes: &Bytes| Pieces::from([Piece::Bytes(bytes.clone())]);
        Ok(match self {
            Self::None => (Pieces::from([]), None),
            Self::Json(bytes) => (whole(bytes), Some("application/json".into())),
            Self::Raw { content_type, bytes } => (whole(bytes), Some(content_type.into())),
            Self::Multipart(parts) => {
                let (content_type, pieces) = multipart::encode(parts)?;
                (pieces, Some(content_type.into()))
            }
        })
    }
}

/// Sizes only: bodies carry users' content, which belongs in no log.
impl std::fmt::Debug for Body {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::None => f.write_str("None"),
            Self::Json(bytes) => write!(f, "Json({} bytes)", bytes.len()),
            Self::Raw { content_type, bytes } => write!(f, "Raw({content_type}, {} bytes)", bytes.len()),
            Self::Multipart(parts) => f.debug_tuple("Multipart").field(parts).finish(),
        }
    }
}

/// What one call changes of the client's configuration; `None` keeps the client's value.
#[derive(Clone, Default)]
pub struct CallOptions {
    /// Set (`Some`) or remove (`None`) a header, over everything the engine would send.
    pub headers: Vec<(String, Option<String>)>,
    pub timeout: Option<Duration>,
    pub first_token_timeout: Option<Duration>,
    pub idle_timeout: Option<Duration>,
    pub deadline: Option<Duration>,
    pub max_retries: Option<u32>,
    /// Replaces the generated key of this logical call.
    pub idempotency_key: Option<String>,
    /// [`Hedge::off`] turns off what the client would do.
    pub hedge: Option<Hedge>,
}

/// Header values stay out: they may be credentials.
impl std::fmt::Debug for CallOptions {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("CallOptions")
            .field("headers", &self.headers.iter().map(|(name, _)| name.as_str()).collect::<Vec<_>>())
            .field("timeout", &self.timeout)
            .field("first_token_timeout", &self.first_token_timeout)
            .field("idle_timeout", &self.idle_timeout)
            .field("deadline", &self.deadline)
            .field("max_retries", &self.max_retries)
            .field("hedge", &self.hedge)
            .finish_non_exhaustive()
    }
}

/// A successful answer, whole and decompressed.
#[derive(Clone)]
pub struct Reply {
    pub status: u16,
    pub headers: HeaderMap,
    pub body: Bytes,
    /// How many requests it took; 1 without retries. Hedged: those of the racer that won.
    pub attempts: u32,
    /// What became of the racers, where the call was to be hedged.
    pub hedge: Option<Box<HedgeReport>>,
}

impl Reply {
    pub fn request_id(&self) -> Option<&str> {
        request_id(&self.headers)
    }
}

impl std::fmt::Debug for Reply {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Reply")
            .field("status", &self.status)
            .field("request_id", &self.request_id())
            .field("body", &format_args!("{} bytes", self.body.len()))
            .field("attempts", &self.attempts)
            .finish_non_exhaustive()
    }
}

pub(crate) fn request_id(headers: &HeaderMap) -> Option<&str> {
    headers.get("x-request-id")?.to_str().ok()
}
