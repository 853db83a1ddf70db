//! What an event means to the engine: content, sign of life, terminal mark, or an error in its place.
//!
//! Ordinary events are not parsed: a search for the few words that could make an event special comes first, and only events
//! that contain one are looked into, at their top level.

use super::error::Error;
use super::operation::Terminal;
use super::sse::Block;
use super::stream::Event;
use bytes::Bytes;
use memchr::memmem::{self, Finder};
use serde::Deserialize;
use serde_json::value::RawValue;
use std::borrow::Cow;
use std::collections::HashMap;
use std::sync::LazyLock;

pub(crate) enum Meaning {
    Content(Event),
    /// Content after which the connection may close.
    Closing(Event),
    /// Handed to the caller, but it does not break the silence.
    Liveness(Event),
    /// Nothing for the caller.
    Nothing,
    /// The last event; the stream is complete.
    Last(Event),
    /// The bare terminal mark; the stream is complete.
    End,
    /// The server reports an error.
    Failed(Bytes),
    NotText,
}

pub(crate) fn meaning(block: Block, terminal: Terminal) -> Meaning {
    let Block { name, data } = block;
    if &data[..] == b"[DONE]" {
        return Meaning::End;
    }
    if data.is_empty() {
        return Meaning::Nothing;
    }
    if std::str::from_utf8(&data).is_err() {
        return Meaning::NotText;
    }
    let kind = match name.as_deref() {
        Some("error") if terminal != Terminal::Close => Kind::Error,
        Some("keepalive" | "ping") => Kind::Liveness,
        Some(name) if terminal == Terminal::ResponseEvent && is_last(name) => Kind::Last,
        Some(name) if terminal == Terminal::LastEvent && is_closing(name) => Kind::Closing,
        named => kind(&data, terminal, named.is_none()),
    };
    let event = Event { name, data };
    match kind {
        Kind::Error => Meaning::Failed(event.data),
        Kind::Liveness => Meaning::Liveness(event),
        Kind::Last => Meaning::Last(event),
        Kind::Closing => Meaning::Closing(event),
        Kind::Content => Meaning::Content(event),
    }
}

enum Kind {
    Content,
    Liveness,
    Last,
    Closing,
    Error,
}

#[derive(Deserialize)]
struct Top<'a> {
    #[serde(borrow, default, rename = "type")]
    type_: Option<Cow<'a, str>>,
    #[serde(borrow, default)]
    error: Option<&'a RawValue>,
}

fn kind(data: &[u8], terminal: Terminal, unnamed: bool) -> Kind {
    static ERROR: LazyLock<Finder<'static>> = LazyLock::new(|| Finder::new(b"\"error\""));
    let has = |word: &[u8]| memmem::find(data, word).is_some();
    let typed = unnamed
        && (data.len() < LONGEST_LIVENESS && has(b"\"keepalive\"")
            || terminal == Terminal::ResponseEvent && has(b"\"response.")
            || terminal == Terminal::LastEvent && (has(b".done\"") || has(b".completed\"")));
    if !(typed || ERROR.find(data).is_some()) {
        return Kind::Content;
    }
    let Ok(top) = serde_json::from_slice::<Top<'_>>(data) else { return Kind::Content };
    // In a stream without a marked end an error is something that the events tell, as of a session that has failed: it may go on.
    let tells = terminal == Terminal::Close;
    if !tells && top.error.is_some_and(|error| error.get() != "null") {
        return Kind::Error;
    }
    match top.type_.as_deref() {
        Some("error") if !tells => Kind::Error,
        Some("keepalive") if unnamed => Kind::Liveness,
        Some(type_) if unnamed && terminal == Terminal::ResponseEvent && is_last(type_) => Kind::Last,
        Some(type_) if unnamed && terminal == Terminal::LastEvent && is_closing(type_) => Kind::Closing,
        _ => Kind::Content,
    }
}

/// Keep-alive events carry a type and a number, no more.
const LONGEST_LIVENESS: usize = 256;

fn is_last(type_: &str) -> bool {
    matches!(type_, "response.completed" | "response.failed" | "response.incomplete")
}

fn is_closing(type_: &str) -> bool {
    type_.ends_with(".done") || type_.ends_with(".completed")
}

/// Whether a response that goes on without this stream is announced: a repeated call would start a second one.
pub(crate) fn is_in_background(event: &Event) -> bool {
    #[derive(Default, Deserialize)]
    struct Announced {
        #[serde(default)]
        response: Announcement,
    }
    #[derive(Default, Deserialize)]
    struct Announcement {
        #[serde(default)]
        background: Option<bool>,
    }
    serde_json::from_slice::<Announced>(&event.data)
        .is_ok_and(|announced| announced.response.background == Some(true))
}

/// What `response.failed` tells as the error that it would be as an event of its own.
pub(crate) fn failure_of_response(event: &Event) -> Option<Error> {
    #[derive(Deserialize)]
    struct Failed<'a> {
        #[serde(borrow, rename = "type")]
        type_: Cow<'a, str>,
        #[serde(borrow)]
        response: Told<'a>,
    }
    #[derive(Deserialize)]
    struct Told<'a> {
        #[serde(borrow)]
        error: &'a RawValue,
    }
    let failed: Failed<'_> = serde_json::from_slice(&event.data).ok()?;
    (failed.type_ == "response.failed")
        .then(|| Error::event(format!("{{\"error\":{}}}", failed.response.error.get()).into()))
}

/// Whether an event comes before any output of the model: the announcements of a response, a chat chunk that names a role and
/// says nothing yet, and signs of life. Of an unknown form, it counts as output.
pub(crate) fn is_opening(event: &Event, terminal: Terminal) -> bool {
    if matches!(event.name.as_deref(), Some("keepalive" | "ping")) {
        return true;
    }
    let announces = |type_: &str| {
        matches!(type_, "keepalive" | "response.created" | "response.queued" | "response.in_progress")
    };
    match terminal {
        Terminal::Done => {
            serde_json::from_slice::<Chunk<'_>>(&event.data).is_ok_and(|chunk| chunk.says_nothing())
        }
        _ => match event.name.as_deref() {
            Some(name) => announces(name),
            None => serde_json::from_slice::<Top<'_>>(&event.data)
                .is_ok_and(|top| top.type_.is_some_and(|t| announces(&t))),
        },
    }
}

#[derive(Deserialize)]
struct Chunk<'a> {
    #[serde(borrow, default)]
    choices: Option<Vec<Choice<'a>>>,
    #[serde(borrow, default)]
    usage: Option<&'a RawValue>,
    #[serde(borrow, default, rename = "type")]
    type_: Option<Cow<'a, str>>,
}

#[derive(Deserialize)]
struct Choice<'a> {
    #[serde(borrow, default)]
    delta: HashMap<Cow<'a, str>, &'a RawValue>,
    #[serde(borrow, default)]
    text: Option<&'a RawValue>,
    #[serde(borrow, default)]
    finish_reason: Option<&'a RawValue>,
}

impl Chunk<'_> {
    fn says_nothing(&self) -> bool {
        let Some(choices) = &self.choices else { return self.type_.as_deref() == Some("keepalive") };
        self.usage.is_none() && choices.iter().all(Choice::says_nothing)
    }
}

impl Choice<'_> {
    fn says_nothing(&self) -> bool {
        let empty = |value: &RawValue| matches!(value.get(), "null" | "\"\"" | "[]" | "{}");
        self.finish_reason.is_none()
            && self.text.is_none_or(empty)
            && self.delta.iter().all(|(name, value)| name == "role" || empty(value))
    }
}

/// Whether a successful answer is certainly not an event stream. Mislabelled streams (plain text, no type) are read as one.
pub(crate) fn not_a_stream(content_type: &str) -> bool {
    let essence = content_type.split(';').next().unwrap_or_default().trim().to_ascii_lowercase();
    essence.ends_with("json") || essence.ends_with("html") || essence.ends_with("xml")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn tell(name: Option<&str>, data: &'static str, terminal: Terminal) -> &'static str {
        match meaning(
            Block { name: name.map(Into::into), data: Bytes::from_static(data.as_bytes()) },
            terminal,
        ) {
            Meaning::Content(_) => "content",
            Meaning::Closing(_) => "closing",
            Meaning::Liveness(_) => "liveness",
            Meaning::Nothing => "nothing",
            Meaning::Last(_) => "last",
            Meaning::End => "end",
            Meaning::Failed(_) => "failed",
            Meaning::NotText => "not text",
        }
    }

    #[test]
    fn chat_events() {
        for (name, data, expected) in [
            (None, "{\"id\":1}", "content"),
            (None, "[DONE]", "end"),
            (None, "[DONE] ", "content"),
            (None, "[DONE]x", "content"),
            (None, "", "nothing"),
            (None, "{\"error\":{\"message\":\"m\"}}", "failed"),
            (None, "{\"error\":\"text\"}", "failed"),
            (None, "{\"error\":null}", "content"),
            (None, "{\"delta\":{\"error\":{}}}", "content"),
            (None, "{\"text\":\"the \\\"error\\\": {\"}", "content"),
            (None, "{\"type\":\"error\",\"message\":\"m\"}", "failed"),
            (Some("error"), "{\"message\":\"m\"}", "failed"),
            (Some("error"), "not json", "failed"),
            (None, "{\"type\":\"keepalive\"}", "liveness"),
            (Some("keepalive"), "{}", "liveness"),
            (None, "{\"text\":\"keepalive\"}", "content"),
            (Some("new.event"), "{}", "content"),
            (None, "{\"type\":\"response.completed\"}", "content"),
            (None, "\"error\" but not JSON", "content"),
        ] {
            assert_eq!(tell(name, data, Terminal::Done), expected, "{name:?} {data}");
        }
    }

    #[test]
    fn session_events() {
        for (data, expected) in [
            ("{\"object\":\"agent.session\",\"error\":{\"message\":\"m\"}}", "content"),
            ("{\"type\":\"error\",\"error\":{\"message\":\"m\"}}", "content"),
        ] {
            assert_eq!(tell(None, data, Terminal::Close), expected, "{data}");
            assert_eq!(tell(Some("error"), data, Terminal::Close), "content", "{data}");
        }
    }

    #[test]
    fn response_events() {
        for (name, data, expected) in [
            (None, "{\"type\":\"response.created\",\"response\":{\"error\":null}}", "content"),
            (None, "{\"response\":{\"error\":{\"code\":1}},\"type\":\"response.failed\"}", "last"),
            (None, "{\"type\":\"response.output_text.delta\",\"delta\":\"response.completed\"}", "content"),
            (Some("response.incomplete"), "{}", "last"),
            (Some("response.output_text.delta"), "{\"type\":\"response.completed\"}", "content"),
            (Some("message"), "{\"type\":\"error\",\"code\":\"x\"}", "failed"),
            (None, "[DONE]", "end"),
        ] {
            assert_eq!(tell(name, data, Terminal::ResponseEvent), expected, "{name:?} {data}");
        }
    }

    #[test]
    fn events_before_a_connection_closes() {
        for (name, data, expected) in [
            (Some("image_generation.partial_image"), "{}", "content"),
            (Some("image_generation.completed"), "{}", "closing"),
            (None, "{\"type\":\"transcript.text.done\",\"text\":\"a\"}", "closing"),
            (None, "{\"type\":\"transcript.text.delta\",\"delta\":\"x.done\"}", "content"),
            (Some("transcript.text.delta"), "{\"type\":\"transcript.text.done\"}", "content"),
            (None, "[DONE]", "end"),
        ] {
            assert_eq!(tell(name, data, Terminal::LastEvent), expected, "{name:?} {data}");
        }
    }

    fn event(data: &'static str) -> Event {
        Event { name: None, data: Bytes::from_static(data.as_bytes()) }
    }

    #[test]
    fn only_a_failed_response_is_an_error_of_its_own() {
        let failed = event(r#"{"type":"response.failed","response":{"error":{"code":"server_error"}}}"#);
        assert_eq!(failure_of_response(&failed).unwrap().code(), Some("server_error"));
        for data in [
            r#"{"type":"response.completed","response":{"error":{"code":"server_error"}}}"#,
            r#"{"type":"response.failed","response":{}}"#,
            r#"{"type":"response.failed"}"#,
        ] {
            assert!(failure_of_response(&event(data)).is_none(), "{data}");
        }
    }

    #[test]
    fn a_response_is_in_the_background_where_it_says_so() {
        for (data, expected) in [
            (r#"{"type":"response.created","response":{"background":true}}"#, true),
            (r#"{"type":"response.created","response":{"background":false}}"#, false),
            (r#"{"type":"response.created","response":{"background":null}}"#, false),
            (r#"{"choices":[],"background":true}"#, false),
        ] {
            assert_eq!(is_in_background(&event(data)), expected, "{data}");
        }
    }

    #[test]
    fn json_and_html_are_no_streams() {
        for (content_type, expected) in [
            ("text/event-stream; charset=utf-8", false),
            ("", false),
            ("text/plain", false),
            ("application/octet-stream", false),
            ("application/json", true),
            ("Application/Problem+JSON; x=y", true),
            ("text/html;charset=utf-8", true),
        ] {
            assert_eq!(not_a_stream(content_type), expected, "{content_type}");
        }
    }
}
