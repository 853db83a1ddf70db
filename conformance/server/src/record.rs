//! The recorder: forwards requests to a real server, relays the answers, and keeps each exchange as a case.
//!
//! A recorded case gives the answer's bytes back exactly: before a file is written, it is read again and compared. The
//! request keeps what every client must send (method, path, query, body); credentials never reach the file, which is
//! refused if one shows up in it. Pauses between chunks are kept as their median; the wait for the first byte says
//! more about the machine than about the server, and is not kept.
//!
//! Headers from the recording program, not forwarded: `x-replay-name`, `x-replay-doc`, `x-replay-operation`.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant, SystemTime};

use bytes::{Buf, BytesMut};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

use crate::http::WireRequest;
use crate::json::Json;
use crate::server::Wire;
use crate::suite::Suite;
use crate::yaml::{flow, quoted, word};

/// Where a recorder forwards to and writes to.
#[derive(Clone, Debug)]
pub struct Recording {
    /// `http://host:port/v1`; https is not supported.
    pub upstream: String,
    pub out: PathBuf,
    /// Named in each case as the source.
    pub server_name: String,
}

pub(crate) struct Recorder {
    authority: String,
    prefix: String,
    recording: Recording,
}

/// One answer as it arrived.
#[derive(Default)]
struct Answer {
    status: u16,
    headers: Vec<(String, String)>,
    body: Vec<u8>,
    /// End of each chunk in the body, and when it arrived.
    chunks: Vec<(usize, Instant)>,
}

impl Recorder {
    pub(crate) fn new(recording: Recording) -> Result<Recorder, String> {
        let rest = recording.upstream.strip_prefix("http://").ok_or("--record needs an http:// URL")?;
        let (authority, prefix) = rest.split_once('/').unwrap_or((rest, ""));
        let prefix = format!("/{prefix}").trim_end_matches('/').to_owned();
        let authority =
            if authority.contains(':') { authority.to_owned() } else { format!("{authority}:80") };
        Ok(Recorder { authority, prefix, recording })
    }

    /// Forwards one request; `path` is below the base URL. Every byte is relayed at once.
    pub(crate) async fn forward<W: Wire>(
        &self,
        client: &mut W,
        request: &WireRequest,
        path: &str,
    ) -> io::Result<()> {
        let mut upstream = TcpStream::connect(&self.authority).await?;
        upstream.set_nodelay(true)?;
        upstream.write_all(&self.request_bytes(request, path)).await?;
        let answer = relay(&mut upstream, client, request.method == "HEAD").await?;
        let case = match self.write_case(request, path, &answer) {
            Ok(file) => format!("recorded {}", file.display()),
            Err(e) => format!("not recorded: {} {path}: {e}", request.method),
        };
        eprintln!("{case}");
        Ok(())
    }

    fn request_bytes(&self, request: &WireRequest, path: &str) -> Vec<u8> {
        let (_, query) = request.path_and_query();
        let mark = if query.is_empty() { "" } else { "?" };
        let mut head = format!(
            "{} {}{path}{mark}{query} HTTP/1.1\r\nhost: {}\r\n",
            request.method, self.prefix, self.authority
        );
        // The answer must be readable, and end with its own framing on a connection of its own.
        let ours = ["host", "connection", "accept-encoding", "content-length", "transfer-encoding", "expect"];
        for (name, value) in &request.headers {
            let lower = name.to_ascii_lowercase();
            if !ours.contains(&lower.as_str()) && !lower.starts_with("x-replay-") {
                head.push_str(&format!("{name}: {value}\r\n"));
            }
        }
        head.push_str(&format!("content-length: {}\r\nconnection: close\r\n\r\n", request.body.len()));
        [head.as_bytes(), &request.body].concat()
    }

    fn write_case(&self, request: &WireRequest, path: &str, answer: &Answer) -> Result<PathBuf, String> {
        let name = match request.header("x-replay-name") {
            Some(name) => format!("recorded/{name}"),
            None => self.free_name(request, path),
        };
        let text = self.case_text(&name, request, path, answer);
        for header in ["authorization", "api-key", "cookie"] {
            for value in request.header_values(header) {
                let secret = value.rsplit(' ').next().unwrap_or(value);
                if secret.len() > 3 && text.contains(secret) {
                    return Err(format!("the value of {header} appears in the exchange"));
                }
            }
        }
        let file = self.file_of(&name);
        prove(&file, &name, &text, &answer.body)?;
        file.parent().map_or(Ok(()), fs::create_dir_all).map_err(|e| e.to_string())?;
        fs::write(&file, text).map_err(|e| e.to_string())?;
        Ok(file)
    }

    fn file_of(&self, name: &str) -> PathBuf {
        self.recording.out.join(format!("{}.yaml", name.strip_prefix("recorded/").unwrap_or(name)))
    }

    fn free_name(&self, request: &WireRequest, path: &str) -> String {
        let stem = format!("recorded/{}", operation(&request.method, path).0.replace(['.', '_'], "-"));
        let name = |n: u32| format!("{stem}-{n}");
        name((1..).find(|n| !self.file_of(&name(*n)).exists()).unwrap_or(1))
    }

    fn case_text(&self, name: &str, request: &WireRequest, path: &str, answer: &Answer) -> String {
        let (_, query) = request.path_and_query();
        let body = Json::parse(&request.body).ok();
        let (derived, mut params) = operation(&request.method, path);
        let operation = request.header("x-replay-operation").unwrap_or(&derived);
        let streams = body.as_ref().and_then(|b| b.get("stream")) == Some(&Json::Bool(true));
        if let Some(Json::Map(entries)) = &body {
            params.extend(entries.iter().filter(|(k, _)| k != "stream").cloned());
        }
        for (key, value) in crate::judge::decode_query(query) {
            params.push((key, Json::Text(value)));
        }
        let model = body.as_ref().and_then(|b| b.get("model")).map_or("null".to_owned(), flow);
        let doc = request
            .header("x-replay-doc")
            .map_or_else(|| format!("What {} answers.", self.recording.server_name), str::to_owned);

        let mut text = format!("cases:\n- name: {name}\n  doc: {}\n  source:\n    recorded: ", quoted(&doc));
        let server = quoted(&self.recording.server_name);
        text.push_str(&format!("{{server: {server}, model: {model}, date: {}}}\n", today()));
        text.push_str(&format!("  client: {{max_retries: 0}}\n  call:\n    operation: {operation}\n"));
        if streams {
            text.push_str("    stream: true\n");
        }
        text.push_str(&format!("    params: {}\n", flow(&Json::Map(params))));
        text.push_str(&format!(
            "  exchange:\n  - request:\n      method: {}\n      path: {}\n",
            request.method,
            quoted(path)
        ));
        if !query.is_empty() {
            text.push_str(&format!("      query: {}\n", quoted(query)));
        }
        match &body {
            Some(body) => text.push_str(&format!("      body: {}\n", flow(body))),
            None => text.push_str(&format!(
                "      body_bytes: {}\n",
                quoted(&String::from_utf8_lossy(&request.body))
            )),
        }
        text.push_str(&format!(
            "    response:\n      status: {}\n      headers: {}\n",
            answer.status,
            flow(&kept_headers(answer))
        ));
        let shared = push_body(&mut text, answer);
        push_timing(&mut text, answer);
        text.push_str("  expect:\n    attempts: 1\n");
        match answer.status {
            // Vectors are decoded on the way, so they are not what was sent.
            200..=299 if shared && !path.starts_with("/embeddings") => {
                text.push_str("    exactly: *answer\n")
            }
            200..=299 if streams => {
                text.push_str(&format!("    events_count: {}\n", data_events(&answer.body)))
            }
            200..=299 => {}
            status => text.push_str(&format!("    error: {{status: {status}}}\n")),
        }
        text
    }
}

/// Reads the answer from `upstream`, passing all bytes on.
async fn relay<W: Wire>(upstream: &mut TcpStream, client: &mut W, bodiless: bool) -> io::Result<Answer> {
    let cut = || io::Error::new(io::ErrorKind::UnexpectedEof, "the server closed inside its answer");
    let mut answer = Answer::default();
    let mut buffer = BytesMut::new();
    let head_end = loop {
        if let Some(end) = buffer.windows(4).position(|w| w == b"\r\n\r\n") {
            break end + 4;
        }
        if read_on(upstream, client, &mut buffer).await? == 0 {
            return Err(cut());
        }
    };
    let head = String::from_utf8_lossy(&buffer.split_to(head_end)).into_owned();
    let mut lines = head.split("\r\n");
    answer.status = lines.next().and_then(|l| l.split(' ').nth(1)?.parse().ok()).ok_or_else(cut)?;
    let pair = |line: &str| line.split_once(':').map(|(n, v)| (n.to_ascii_lowercase(), v.trim().to_owned()));
    answer.headers = lines.filter_map(pair).collect();
    let header = |name: &str| answer.headers.iter().find(|(n, _)| n == name).map(|(_, v)| v.clone());
    let chunked = header("transfer-encoding").is_some_and(|v| v.contains("chunked"));
    let length: Option<usize> = header("content-length").and_then(|v| v.parse().ok());
    if bodiless || answer.status == 204 || answer.status == 304 {
        return Ok(answer);
    }
    loop {
        if chunked {
            while let Some((size, from)) = chunk_line(&buffer) {
                if buffer.len() < from + size + 2 {
                    break;
                }
                answer.body.extend_from_slice(&buffer[from..from + size]);
                buffer.advance(from + size + 2);
                if size == 0 {
                    return Ok(answer);
                }
                answer.chunks.push((answer.body.len(), Instant::now()));
            }
        } else {
            answer.body.extend_from_slice(&buffer.split());
            if length.is_some_and(|length| answer.body.len() >= length) {
                return Ok(answer);
            }
        }
        if read_on(upstream, client, &mut buffer).await? == 0 {
            return if chunked || length.is_some() { Err(cut()) } else { Ok(answer) };
        }
    }
}

async fn read_on<W: Wire>(
    upstream: &mut TcpStream,
    client: &mut W,
    buffer: &mut BytesMut,
) -> io::Result<usize> {
    let before = buffer.len();
    let read = upstream.read_buf(buffer).await?;
    client.write_all(&buffer[before..]).await?;
    Ok(read)
}

/// Size of the chunk at the front, and where its data begins.
pub(crate) fn chunk_line(buffer: &[u8]) -> Option<(usize, usize)> {
    let end = buffer.windows(2).position(|w| w == b"\r\n")?;
    let digits = std::str::from_utf8(&buffer[..end]).ok()?.split(';').next()?;
    Some((usize::from_str_radix(digits.trim(), 16).ok()?, end + 2))
}

/// The operation id and path parameters that a route suggests: `GET /models/x` is `models.retrieve` with `model: x`.
/// Routes that end in a verb need `x-replay-operation`.
fn operation(method: &str, path: &str) -> (String, Vec<(String, Json)>) {
    let words: Vec<&str> = path.trim_matches('/').split('/').collect();
    let group = if words.first() == Some(&"chat") { 1 } else { 0 };
    let (mut id, mut params) = (Vec::new(), Vec::new());
    for (index, word) in words.iter().enumerate() {
        if index > group && !(index - group).is_multiple_of(2) {
            let singular = words[index - 1].trim_end_matches('s');
            let name = if singular == "model" { "model".to_owned() } else { format!("{singular}_id") };
            params.push((name, Json::Text(crate::judge::percent_decode(word, false))));
        } else {
            id.push(*word);
        }
    }
    let names_one = words.len() > group && (words.len() - group).is_multiple_of(2);
    id.push(match (method, names_one) {
        ("GET", true) => "retrieve",
        ("GET", false) => "list",
        ("DELETE", _) => "delete",
        (_, true) => "update",
        _ => "create",
    });
    (id.join("."), params)
}

/// Only what the API documents, and nothing that names an account.
fn kept_headers(answer: &Answer) -> Json {
    let documented = |name: &str| {
        [
            "content-type",
            "x-request-id",
            "retry-after",
            "retry-after-ms",
            "openai-processing-ms",
            "openai-version",
        ]
        .contains(&name)
            || name.starts_with("x-ratelimit-")
    };
    let kept = answer.headers.iter().filter(|(n, _)| documented(n));
    Json::Map(kept.map(|(n, v)| (n.clone(), Json::Text(v.clone()))).collect())
}

/// The body in its most readable exact form; true when it can be referred to as `*answer`.
fn push_body(text: &mut String, answer: &Answer) -> bool {
    let Ok(body) = std::str::from_utf8(&answer.body) else {
        use base64::Engine as _;
        let encoded = base64::engine::general_purpose::STANDARD.encode(&answer.body);
        text.push_str(&format!("      base64: {encoded}\n"));
        return false;
    };
    let streams =
        answer.headers.iter().any(|(n, v)| n == "content-type" && v.starts_with("text/event-stream"));
    if streams {
        text.push_str("      sse:\n");
        let mut ends = Vec::new();
        for event in events(body) {
            ends.push(ends.last().unwrap_or(&0) + event.len());
            text.push_str(&format!("      - {}\n", event_yaml(event)));
        }
        let arrived: Vec<usize> = answer.chunks.iter().map(|(end, _)| *end).collect();
        if !arrived.is_empty() && arrived != ends {
            let cuts: Vec<String> = arrived[..arrived.len() - 1].iter().map(usize::to_string).collect();
            text.push_str(&format!("      chunk: [{}]\n", cuts.join(", ")));
        }
        return false;
    }
    match Json::parse(&answer.body) {
        Ok(json) if json.to_string() == body => {
            text.push_str(&format!("      json: &answer {}\n", flow(&json)));
            true
        }
        _ => {
            text.push_str(&format!("      text: {}\n", quoted(body)));
            false
        }
    }
}

/// Events that reach the user: those with data, but not the end marker.
fn data_events(body: &[u8]) -> usize {
    let body = String::from_utf8_lossy(body);
    let data = |event: &str| event.lines().any(|l| l.starts_with("data:") && l != "data: [DONE]");
    events(&body).filter(|event| data(event)).count()
}

/// A stream's text, cut after each blank line.
fn events(body: &str) -> impl Iterator<Item = &str> {
    let mut rest = body;
    std::iter::from_fn(move || {
        let end = rest.find("\n\n").map_or(rest.len(), |at| at + 2);
        let (event, after) = rest.split_at(end);
        rest = after;
        (!event.is_empty()).then_some(event)
    })
}

/// As a map of fields where that gives the same bytes, else as exact text.
fn event_yaml(event: &str) -> String {
    let fields = event
        .strip_suffix("\n\n")
        .map(|lines| lines.split('\n').map(|l| l.split_once(": ")).collect::<Vec<_>>());
    let data = |data: &str| match Json::parse(data.as_bytes()) {
        Ok(json @ (Json::Map(_) | Json::List(_))) if json.to_string() == data => flow(&json),
        _ => quoted(data),
    };
    match fields.as_deref() {
        Some([Some(("data", value))]) => format!("{{data: {}}}", data(value)),
        Some([Some(("event", name)), Some(("data", value))]) => {
            format!("{{event: {}, data: {}}}", word(name), data(value))
        }
        _ => quoted(event),
    }
}

fn push_timing(text: &mut String, answer: &Answer) {
    let mut gaps: Vec<Duration> = answer.chunks.windows(2).map(|pair| pair[1].1 - pair[0].1).collect();
    gaps.sort();
    if let Some(median) = gaps.get(gaps.len() / 2)
        && median.as_millis() > 0
    {
        text.push_str(&format!("      delay: {}\n", median.as_millis() as f64 / 1000.0));
    }
}

/// Reads the text back as a case and compares what it would play with what arrived.
fn prove(file: &Path, name: &str, text: &str, body: &[u8]) -> Result<(), String> {
    let suite = Suite::from_text(file, text)
        .map_err(|errors| errors.iter().map(ToString::to_string).collect::<Vec<_>>().join("; "))?;
    let played = suite.get(name).and_then(|case| case.rendered.first()?.as_ref().map(|r| r.body.to_bytes()));
    if played.as_deref() == Some(body) {
        Ok(())
    } else {
        Err("the case would not play the same bytes".to_owned())
    }
}

/// The UTC date. Days since 1970 to a civil date, in the era arithmetic of the proleptic Gregorian calendar.
fn today() -> String {
    let seconds = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH).map_or(0, |d| d.as_secs());
    civil(seconds / 86_400)
}

fn civil(days: u64) -> String {
    let shifted = days + 719_468;
    let (era, day_of_era) = (shifted / 146_097, shifted % 146_097);
    let year_of_era = (day_of_era - day_of_era / 1460 + day_of_era / 36_524 - day_of_era / 146_096) / 365;
    let day_of_year = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    let month_from_march = (5 * day_of_year + 2) / 153;
    let day = day_of_year - (153 * month_from_march + 2) / 5 + 1;
    let month = if month_from_march < 10 { month_from_march + 3 } else { month_from_march - 9 };
    let year = era * 400 + year_of_era + u64::from(month <= 2);
    format!("{year:04}-{month:02}-{day:02}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_route_suggests_its_operation() {
        let suggested = |method, path| {
            let (id, params) = operation(method, path);
            let names: Vec<_> = params.into_iter().map(|(name, value)| format!("{name}={value}")).collect();
            format!("{id} {}", names.join(" ")).trim_end().to_owned()
        };
        assert_eq!(suggested("POST", "/chat/completions"), "chat.completions.create");
        assert_eq!(
            suggested("GET", "/chat/completions/c1/messages"),
            "chat.completions.messages.list completion_id=\"c1\""
        );
        assert_eq!(suggested("GET", "/models"), "models.list");
        assert_eq!(suggested("DELETE", "/models/a%2Fb"), "models.delete model=\"a/b\"");
        assert_eq!(suggested("POST", "/responses"), "responses.create");
        assert_eq!(suggested("GET", "/responses/r1"), "responses.retrieve response_id=\"r1\"");
    }

    #[test]
    fn dates_follow_the_calendar() {
        let days =
            [(0, "1970-01-01"), (11_016, "2000-02-29"), (11_017, "2000-03-01"), (20_779, "2026-11-22")];
        for (day, date) in days {
            assert_eq!(civil(day), date);
        }
    }

    #[test]
    fn events_are_cut_after_blank_lines_only() {
        assert_eq!(events("a\n\nb\nc\n\n\nd").collect::<Vec<_>>(), ["a\n\n", "b\nc\n\n", "\nd"]);
        assert_eq!(event_yaml("data: {\"a\":1}\n\n"), "{data: {a: 1}}");
        assert_eq!(event_yaml("event: x\ndata: [DONE]\n\n"), "{event: x, data: \"[DONE]\"}");
        for exact in ["data:{\"a\":1}\n\n", "id: 1\ndata: a\n\n", "data: a\n", ": ping\n\n"] {
            assert_eq!(event_yaml(exact), quoted(exact));
        }
        assert_eq!(data_events(b"data: 1\n\n: ping\n\nevent: a\ndata: 2\n\ndata: [DONE]\n\n"), 2);
    }
}
