//! The case format: what one YAML file of the suite may say. `schema.json` states the same for editors and the harness.
//!
//! Unknown keys are refused everywhere, because a misspelt expectation would otherwise pass silently.
#![expect(dead_code, reason = "what only the drivers and the harness act on is read here to be checked")]

use std::collections::BTreeMap;

use serde::Deserialize;
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
    pub(crate) hedge: Option<Json>,
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
    pub(crate) operation: Option<String>,
    pub(crate) helper: Option<Helper>,
    pub(crate) params: Option<Json>,
    #[serde(default)]
    pub(crate) stream: bool,
    /// The shapes and tools that every driver declares are listed in `schema.json`.
    pub(crate) format: Option<String>,
    pub(crate) tools: Option<Vec<String>>,
    pub(crate) max_rounds: Option<u32>,
    pub(crate) options: Option<CallOptions>,
    pub(crate) take: Option<u64>,
    pub(crate) abort_after: Option<f64>,
    pub(crate) surface: Option<Surface>,
}

/// What makes the call, where it is no plain call.
#[derive(Clone, Copy, Debug, PartialEq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Helper {
    Stream,
    Fc,
    Parse,
    RunTools,
    ToolRunner,
    AgentTurn,
    AgentFiles,
    StrictSchema,
    PartialJson,
}

impl Helper {
    /// Whether it works on what it is given, without a request.
    pub(crate) fn is_local(self) -> bool {
        matches!(self, Helper::StrictSchema | Helper::PartialJson)
    }
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
    pub(crate) hedge: Option<Json>,
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
    pub(crate) bytes: Option<String>,
    pub(crate) events: Option<Vec<Json>>,
    pub(crate) events_count: Option<u64>,
    pub(crate) text: Option<String>,
    pub(crate) parsed: Option<Json>,
    pub(crate) error: Option<ExpectedError>,
    pub(crate) request_id: Option<Json>,
    pub(crate) attempts: Option<u64>,
    pub(crate) min_elapsed: Option<f64>,
    pub(crate) max_elapsed: Option<f64>,
    pub(crate) min_lead: Option<f64>,
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
    /// Why a turn of an agent gave no result.
    pub(crate) reason: Option<String>,
    /// Ids of the files that were uploaded before it.
    pub(crate) uploaded: Option<Vec<String>>,
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
    pub(crate) multipart: Option<Vec<ExpectedPart>>,
}

/// One part of a form. Its content is not judged where nothing says what it is.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct ExpectedPart {
    pub(crate) name: String,
    /// Not given: it has none.
    pub(crate) filename: Option<HeaderRule>,
    /// Not given: any, or none.
    pub(crate) content_type: Option<HeaderRule>,
    /// `{{x * 2000000}}` stands for a long text.
    pub(crate) text: Option<String>,
    pub(crate) base64: Option<String>,
    pub(crate) json: Option<Json>,
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

#[derive(Debug, Default)]
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

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use serde::de::DeserializeOwned;

    use super::*;

    /// The members that a type knows, as serde lists them when it refuses one.
    fn known<T: DeserializeOwned>() -> BTreeSet<String> {
        let Err(refusal) = serde_json::from_str::<T>(r#"{"no such member": 0}"#) else { panic!("accepted") };
        let refusal = refusal.to_string();
        assert!(refusal.contains("unknown field"), "{refusal}");
        refusal.split('`').skip(3).step_by(2).map(str::to_owned).collect()
    }

    fn in_schema(pointer: &str) -> BTreeSet<String> {
        let schema: serde_json::Value = serde_json::from_str(include_str!("../../schema.json")).unwrap();
        let definition = schema.pointer(pointer).unwrap_or_else(|| panic!("no {pointer}"));
        assert_eq!(definition["additionalProperties"], false, "{pointer} lets unknown members pass");
        definition["properties"].as_object().unwrap().keys().cloned().collect()
    }

    #[test]
    fn the_schema_and_the_types_know_the_same_members() {
        assert_eq!(known::<CaseFile>(), in_schema(""));
        assert_eq!(known::<Case>(), in_schema("/$defs/case"));
        assert_eq!(known::<Recorded>(), in_schema("/$defs/source/oneOf/1/properties/recorded"));
        assert_eq!(known::<Client>(), in_schema("/$defs/client"));
        assert_eq!(known::<Call>(), in_schema("/$defs/call"));
        assert_eq!(known::<CallOptions>(), in_schema("/$defs/options"));
        assert_eq!(known::<Webhook>(), in_schema("/$defs/webhook"));
        assert_eq!(known::<Exchange>(), in_schema("/$defs/exchange"));
        assert_eq!(known::<ExpectedRequest>(), in_schema("/$defs/request"));
        assert_eq!(known::<ExpectedPart>(), in_schema("/$defs/part"));
        assert_eq!(known::<Response>(), in_schema("/$defs/response"));
        assert_eq!(known::<Expect>(), in_schema("/$defs/expect"));
        assert_eq!(known::<ExpectedError>(), in_schema("/$defs/error"));
        let sse: BTreeSet<String> = crate::shapes::SSE_FIELDS.map(str::to_owned).into();
        assert_eq!(sse, in_schema("/$defs/sse_item/oneOf/1"));
    }
}
