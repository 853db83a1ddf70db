//! The case format: what one YAML file of the suite may say. `schema.json` states the same for editors and the harness.
//!
//! Unknown keys are refused everywhere, because a misspelt expectation would otherwise pass silently.
#![expect(dead_code, reason = "what only the drivers and the harness act on is read here to be checked")]

use std::collections::BTreeMap;

use serde::Deserialize;
use serde::de::{Deserializer, Error as _};
use serde_saphyr::Spanned;

use crate::json::Json;

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct CaseFile {
    pub(crate) cases: Vec<Case>,
}

/// One case. The server acts on `exchange`; the other parts are read to refuse what no driver would understand.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Case {
    pub(crate) name: Spanned<String>,
    pub(crate) doc: String,
    pub(crate) source: Source,
    #[serde(default)]
    pub(crate) client: Option<Client>,
    #[serde(default)]
    pub(crate) call: Option<Call>,
    #[serde(default)]
    pub(crate) webhook: Option<Webhook>,
    #[serde(default)]
    pub(crate) exchange: Vec<Exchange>,
    #[serde(default)]
    pub(crate) expect: Option<Expect>,
    #[serde(default)]
    pub(crate) except: BTreeMap<String, Json>,
}

/// Where the bytes come from. Nothing constructed may be called recorded.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "lowercase", deny_unknown_fields)]
pub(crate) enum Source {
    Constructed(String),
    Recorded(Recorded),
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Recorded {
    pub(crate) server: String,
    pub(crate) model: Option<String>,
    pub(crate) date: String,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Client {
    pub(crate) api_key: Option<Json>,
    pub(crate) base_url: Option<String>,
    pub(crate) organization: Option<String>,
    pub(crate) project: Option<String>,
    pub(crate) max_retries: Option<u32>,
    pub(crate) timeout: Option<f64>,
    pub(crate) connect_timeout: Option<f64>,
    pub(crate) first_token_timeout: Option<f64>,
    pub(crate) idle_timeout: Option<f64>,
    pub(crate) deadline: Option<f64>,
    pub(crate) max_event_bytes: Option<u64>,
    #[serde(default)]
    pub(crate) default_headers: BTreeMap<String, Json>,
    #[serde(default)]
    pub(crate) default_query: BTreeMap<String, Json>,
    #[serde(default)]
    pub(crate) environment: BTreeMap<String, String>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Call {
    pub(crate) operation: String,
    pub(crate) params: Option<Json>,
    #[serde(default)]
    pub(crate) stream: bool,
    pub(crate) options: Option<CallOptions>,
    pub(crate) take: Option<u64>,
    pub(crate) abort_after: Option<f64>,
    pub(crate) surface: Option<Surface>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct CallOptions {
    pub(crate) timeout: Option<f64>,
    pub(crate) first_token_timeout: Option<f64>,
    pub(crate) idle_timeout: Option<f64>,
    pub(crate) deadline: Option<f64>,
    pub(crate) max_retries: Option<u32>,
    pub(crate) idempotency_key: Option<String>,
    #[serde(default)]
    pub(crate) extra_headers: BTreeMap<String, Json>,
    #[serde(default)]
    pub(crate) extra_query: BTreeMap<String, Json>,
    pub(crate) extra_body: Option<Json>,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "lowercase")]
pub(crate) enum Surface {
    Compat,
    Native,
}

/// A delivery to verify instead of a call; drivers get it as it stands.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Webhook {
    pub(crate) secret: String,
    pub(crate) headers: BTreeMap<String, String>,
    pub(crate) body: String,
    pub(crate) clock: Option<f64>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Expect {
    pub(crate) result: Option<Json>,
    pub(crate) exactly: Option<Json>,
    pub(crate) events: Option<Vec<Json>>,
    pub(crate) events_count: Option<u64>,
    pub(crate) text: Option<String>,
    pub(crate) error: Option<ExpectedError>,
    pub(crate) request_id: Option<Json>,
    pub(crate) attempts: Option<u64>,
    pub(crate) min_elapsed: Option<f64>,
    pub(crate) max_elapsed: Option<f64>,
    pub(crate) max_crossings: Option<u64>,
    pub(crate) connections: Option<u64>,
    pub(crate) closed_early: Option<bool>,
    pub(crate) leak_free: Option<bool>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct ExpectedError {
    pub(crate) class: Option<String>,
    pub(crate) status: Option<u16>,
    pub(crate) code: Option<Json>,
    pub(crate) param: Option<String>,
    #[serde(rename = "type")]
    pub(crate) kind: Option<String>,
    pub(crate) message: Option<String>,
    pub(crate) request_id: Option<String>,
    pub(crate) phase: Option<String>,
    pub(crate) attempts: Option<u64>,
}

/// One expected attempt, in order.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Exchange {
    #[serde(default)]
    pub(crate) request: ExpectedRequest,
    pub(crate) response: Option<Response>,
    /// What happens instead of a response, once the request has been read.
    pub(crate) fault: Option<Ending>,
    /// What happens instead of a connection. Such an attempt cannot be seen, so it must be alone in its case.
    pub(crate) connect: Option<ConnectFault>,
    pub(crate) websocket: Option<Json>,
}

#[derive(Clone, Copy, Debug, PartialEq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub(crate) enum ConnectFault {
    /// The port is closed: the kernel answers with RST.
    Refuse,
    /// The handshake never completes: the kernel's accept queue is full.
    Stall,
}

/// What the client must send. What is not mentioned is not judged, except the query and the body of a GET: no mention, none sent.
#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct ExpectedRequest {
    pub(crate) method: Option<String>,
    pub(crate) path: Option<String>,
    pub(crate) query: Option<ExpectedQuery>,
    #[serde(default)]
    pub(crate) headers: BTreeMap<String, HeaderRule>,
    pub(crate) body: Option<Json>,
    pub(crate) body_bytes: Option<String>,
    pub(crate) body_has: Option<Json>,
}

#[derive(Debug, PartialEq)]
pub(crate) enum ExpectedQuery {
    /// The raw text after `?`.
    Exact(String),
    /// Decoded parameters; names may repeat (a list in YAML), order between names is free.
    Params(Vec<(String, String)>),
}

#[derive(Debug)]
pub(crate) enum HeaderRule {
    Absent,
    Present,
    Exact(String),
    Matches(regex_lite::Regex),
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Response {
    pub(crate) status: Option<u16>,
    pub(crate) reason: Option<String>,
    /// Several values: a list. `null` takes away a header that the server would add.
    #[serde(default)]
    pub(crate) headers: BTreeMap<String, HeaderValues>,
    /// Interim (1xx) responses sent before this one.
    #[serde(default)]
    pub(crate) interim: Vec<u16>,

    pub(crate) json: Option<Json>,
    pub(crate) text: Option<String>,
    pub(crate) base64: Option<String>,
    pub(crate) file: Option<String>,
    pub(crate) sse: Option<Vec<SseItem>>,
    /// Every byte of the answer, status line and headers included.
    pub(crate) raw: Option<String>,

    /// The body this many times over; `{{i}}` in text counts from 0.
    pub(crate) repeat: Option<u64>,
    #[serde(default)]
    pub(crate) line_end: LineEnd,
    #[serde(default)]
    pub(crate) gzip: bool,
    #[serde(default)]
    pub(crate) br: bool,
    #[serde(default)]
    pub(crate) zstd: bool,

    pub(crate) framing: Option<Framing>,
    pub(crate) chunk: Option<Chunk>,
    /// Seconds before each chunk but the first.
    #[serde(default)]
    pub(crate) delay: f64,
    /// Seconds before the chunk of this index, in place of `delay`.
    #[serde(default)]
    pub(crate) pause_at: BTreeMap<usize, f64>,
    /// Seconds before the status line.
    #[serde(default)]
    pub(crate) head_delay: f64,
    /// Bytes per write of the status line and headers, `delay` apart.
    pub(crate) head_chunk: Option<usize>,
    #[serde(default)]
    pub(crate) end: Ending,
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub(crate) enum Ending {
    /// As the framing asks.
    #[default]
    Done,
    /// FIN without the framing's terminator.
    Close,
    /// RST.
    Reset,
    /// Silence on an open connection, until the client leaves.
    Stall,
}

#[derive(Clone, Copy, Debug, PartialEq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub(crate) enum Framing {
    /// `content-length`.
    Length,
    /// Chunked coding, one HTTP chunk per cut.
    Chunked,
    /// Chunked coding in one HTTP chunk; the cuts count encoded bytes, so that they also fall into the chunk-size line.
    Raw,
    /// Neither: the body ends with the connection.
    Eof,
}

#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Chunk {
    Every(usize),
    At(Vec<usize>),
    Lines,
    Events,
    Whole,
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub(crate) enum LineEnd {
    #[default]
    Lf,
    Crlf,
    Cr,
}

impl LineEnd {
    pub(crate) fn text(self) -> &'static str {
        match self {
            LineEnd::Lf => "\n",
            LineEnd::Crlf => "\r\n",
            LineEnd::Cr => "\r",
        }
    }
}

#[derive(Debug)]
pub(crate) enum SseItem {
    /// Exact text, line ends included.
    Raw(String),
    Event(SseEvent),
}

#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct SseEvent {
    pub(crate) comment: Option<String>,
    pub(crate) event: Option<String>,
    pub(crate) id: Option<String>,
    pub(crate) retry: Option<u64>,
    /// Text goes out as it is, one `data:` line per line; anything else as compact JSON.
    pub(crate) data: Option<Json>,
    /// Exact bytes in place of the fields, for text that is not UTF-8.
    pub(crate) base64: Option<String>,
    pub(crate) repeat: Option<u64>,
}

#[derive(Debug)]
pub(crate) struct HeaderValues(pub(crate) Vec<String>);

/// Reads a value as JSON first: the choice between shapes then has an error message of its own instead of
/// serde's "did not match any variant".
fn by_shape<'de, D: Deserializer<'de>, T>(
    d: D,
    read: impl FnOnce(Json) -> Result<T, String>,
) -> Result<T, D::Error> {
    read(Json::deserialize(d)?).map_err(D::Error::custom)
}

fn scalar_text(value: Json) -> Result<String, String> {
    match value {
        Json::Text(text) => Ok(text),
        Json::Int(_) | Json::Float(_) | Json::Bool(_) => Ok(value.to_string()),
        other => Err(format!("expected a scalar, got {}", other.kind())),
    }
}

fn count(value: Json) -> Result<usize, String> {
    match value {
        Json::Int(i) => usize::try_from(i).map_err(|_| format!("{i} is not a count of bytes")),
        other => Err(format!("expected a count of bytes, got {}", other.kind())),
    }
}

impl<'de> Deserialize<'de> for ExpectedQuery {
    fn deserialize<D: Deserializer<'de>>(d: D) -> Result<Self, D::Error> {
        by_shape(d, |value| match value {
            Json::Text(text) => Ok(ExpectedQuery::Exact(text)),
            Json::Map(entries) => {
                let mut params = Vec::new();
                for (name, value) in entries {
                    match value {
                        Json::List(values) => {
                            for value in values {
                                params.push((name.clone(), scalar_text(value)?));
                            }
                        }
                        value => params.push((name, scalar_text(value)?)),
                    }
                }
                params.sort();
                Ok(ExpectedQuery::Params(params))
            }
            other => Err(format!("query is a map or the raw text after `?`, not {}", other.kind())),
        })
    }
}

impl<'de> Deserialize<'de> for HeaderRule {
    fn deserialize<D: Deserializer<'de>>(d: D) -> Result<Self, D::Error> {
        by_shape(d, |value| match value {
            Json::Text(text) if text == "absent" => Ok(HeaderRule::Absent),
            Json::Text(text) if text == "present" => Ok(HeaderRule::Present),
            Json::Map(entries) => match entries.as_slice() {
                [(key, Json::Text(pattern))] if key == "matches" => {
                    regex_lite::Regex::new(pattern).map(HeaderRule::Matches).map_err(|e| e.to_string())
                }
                _ => {
                    Err("a header rule is `absent`, `present`, the exact value, or `{matches: regex}`".into())
                }
            },
            value => scalar_text(value).map(HeaderRule::Exact),
        })
    }
}

impl<'de> Deserialize<'de> for HeaderValues {
    fn deserialize<D: Deserializer<'de>>(d: D) -> Result<Self, D::Error> {
        by_shape(d, |value| match value {
            Json::Null => Ok(HeaderValues(Vec::new())),
            Json::List(values) => {
                Ok(HeaderValues(values.into_iter().map(scalar_text).collect::<Result<_, _>>()?))
            }
            value => Ok(HeaderValues(vec![scalar_text(value)?])),
        })
    }
}

impl<'de> Deserialize<'de> for Chunk {
    fn deserialize<D: Deserializer<'de>>(d: D) -> Result<Self, D::Error> {
        by_shape(d, |value| match value {
            Json::Text(text) => text.parse(),
            Json::List(cuts) => {
                let cuts = cuts.into_iter().map(count).collect::<Result<Vec<_>, _>>()?;
                if cuts.first() == Some(&0) || cuts.windows(2).any(|pair| pair[0] >= pair[1]) {
                    return Err("cut positions must rise, and begin above 0".into());
                }
                Ok(Chunk::At(cuts))
            }
            value => match count(value)? {
                0 => Err("a chunk has at least one byte".into()),
                size => Ok(Chunk::Every(size)),
            },
        })
    }
}

/// The words of `chunk:`, and the two numeric forms that the harness puts into a URL: `17` and `cut:17`.
impl std::str::FromStr for Chunk {
    type Err = String;

    fn from_str(text: &str) -> Result<Chunk, String> {
        let number = |digits: &str| match digits.parse() {
            Ok(0) | Err(_) => {
                Err(format!("chunk {text:?} is none of: a size, cut positions, lines, events, whole"))
            }
            Ok(n) => Ok(n),
        };
        match text {
            "lines" => Ok(Chunk::Lines),
            "events" => Ok(Chunk::Events),
            "whole" => Ok(Chunk::Whole),
            _ => match text.strip_prefix("cut:") {
                Some(position) => Ok(Chunk::At(vec![number(position)?])),
                None => Ok(Chunk::Every(number(text)?)),
            },
        }
    }
}

impl<'de> Deserialize<'de> for SseItem {
    fn deserialize<D: Deserializer<'de>>(d: D) -> Result<Self, D::Error> {
        by_shape(d, |value| match value {
            Json::Text(text) => Ok(SseItem::Raw(text)),
            value @ Json::Map(_) => {
                serde_json::from_str(&value.to_string()).map(SseItem::Event).map_err(|e| e.to_string())
            }
            other => Err(format!("an SSE item is a map of fields or exact text, not {}", other.kind())),
        })
    }
}

impl Response {
    /// Contradictions that the types allow.
    fn check(&self) -> Result<(), String> {
        let bodies = [
            ("json", self.json.is_some()),
            ("text", self.text.is_some()),
            ("base64", self.base64.is_some()),
            ("file", self.file.is_some()),
            ("sse", self.sse.is_some()),
            ("raw", self.raw.is_some()),
        ];
        let given: Vec<_> = bodies.iter().filter(|(_, given)| *given).map(|(name, _)| *name).collect();
        if given.len() > 1 {
            return Err(format!("a response has one body, this one has {}", given.join(" and ")));
        }
        if [self.gzip, self.br, self.zstd].iter().filter(|on| **on).count() > 1 {
            return Err("one of gzip, br and zstd at a time".into());
        }
        if matches!(self.chunk, Some(Chunk::Events)) && self.sse.is_none() {
            return Err("`chunk: events` needs an `sse` body".into());
        }
        if matches!(self.chunk, Some(Chunk::Events)) && (self.gzip || self.br || self.zstd) {
            return Err("events have no borders in an encoded body: cut by size or position".into());
        }
        if self.raw.is_some() && (self.status.is_some() || !self.headers.is_empty() || self.framing.is_some())
        {
            return Err("`raw` already holds the status line, headers and framing".into());
        }
        let seconds = [self.delay, self.head_delay].into_iter().chain(self.pause_at.values().copied());
        if seconds.into_iter().any(|s| !(0.0..=3600.0).contains(&s)) {
            return Err("a delay lies between 0 and 3600 seconds".into());
        }
        Ok(())
    }
}

impl Case {
    pub(crate) fn check(&self) -> Result<(), String> {
        let name = self.name.value.as_str();
        let allowed = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || "/-_.".contains(c);
        if name.is_empty() || !name.chars().all(allowed) || name.split('/').any(str::is_empty) {
            return Err("the name is a path of lower-case words, digits, `-`, `_` and `.`".into());
        }
        if self.call.is_some() == self.webhook.is_some() {
            return Err("a case has either `call` or `webhook`".into());
        }
        if self.exchange.iter().any(|e| e.connect.is_some()) && self.exchange.len() > 1 {
            return Err("an attempt with `connect` cannot be counted, so it stands alone in its case".into());
        }
        for (index, exchange) in self.exchange.iter().enumerate() {
            let attempt = |message: String| format!("attempt {}: {message}", index + 1);
            let endings = [
                exchange.response.is_some(),
                exchange.fault.is_some(),
                exchange.connect.is_some(),
                exchange.websocket.is_some(),
            ];
            if endings.iter().filter(|given| **given).count() != 1 {
                return Err(attempt("give one of response, fault, connect, websocket".into()));
            }
            if exchange.fault == Some(Ending::Done) {
                return Err(attempt("a fault is close, reset or stall".into()));
            }
            if let Some(response) = &exchange.response {
                response.check().map_err(attempt)?;
            }
            let bodies = [
                exchange.request.body.is_some(),
                exchange.request.body_bytes.is_some(),
                exchange.request.body_has.is_some(),
            ];
            if bodies.iter().filter(|given| **given).count() > 1 {
                return Err(attempt("give one of body, body_bytes, body_has".into()));
            }
        }
        Ok(())
    }
}
