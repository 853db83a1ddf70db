//! Errors cross as JSON text; the TypeScript package throws the class that belongs to `kind`.

use openai_oxide::engine::{Error, Phase};
use serde_json::{Map, Value};

/// The description of an engine error. Headers and body are included, the API key never is.
pub(crate) fn describe(error: &Error) -> String {
    let mut fields = Map::new();
    let mut put = |name: &str, value: Value| {
        if !value.is_null() {
            fields.insert(name.to_owned(), value);
        }
    };
    put("kind", error.kind().name().into());
    put("message", error.message().into());
    put("status", error.status().into());
    put("code", error.code().into());
    put("type", error.type_().into());
    put("param", error.param().into());
    put("phase", error.phase().map(Phase::name).into());
    put("attempts", error.attempts().into());
    put("headers", header_lines(error.headers()).into());
    put("body", error.body().map(|body| String::from_utf8_lossy(body).into_owned()).into());
    Value::Object(fields).to_string()
}

/// For a call that a panic ended: `internal` is no kind of the core, so it becomes the base class.
pub(crate) fn panicked() -> String {
    r#"{"kind":"internal","message":"openai-oxide: internal error (panic) in the native core"}"#.to_owned()
}

/// For a reply that no JavaScript string can hold.
pub(crate) fn too_large(length: usize) -> String {
    format!(
        r#"{{"kind":"response_validation","message":"a reply of {length} bytes does not fit into a JavaScript string"}}"#
    )
}

/// `name: value` lines. A value's bytes beyond ASCII are read as Latin-1, as `fetch` reads them.
pub(crate) fn header_lines(headers: &http::HeaderMap) -> String {
    let mut lines = String::with_capacity(headers.len() * 40);
    for (name, value) in headers {
        lines.push_str(name.as_str());
        lines.push_str(": ");
        lines.extend(value.as_bytes().iter().map(|&byte| char::from(byte)));
        lines.push('\n');
    }
    lines
}

#[cfg(test)]
mod tests {
    use super::*;
    use http::{HeaderMap, HeaderValue};
    use openai_oxide::engine::ErrorKind;

    #[test]
    fn headers_beyond_ascii_are_latin_1() {
        let mut headers = HeaderMap::new();
        headers.insert("x-a", HeaderValue::from_bytes(b"caf\xe9").unwrap());
        headers.append("x-b", HeaderValue::from_static("1"));
        headers.append("x-b", HeaderValue::from_static("2: 3"));
        assert_eq!(header_lines(&headers), "x-a: café\nx-b: 1\nx-b: 2: 3\n");
    }

    #[test]
    fn a_description_is_json_without_what_is_absent() {
        let text = describe(&Error::new(ErrorKind::Connection, "say \"no\""));
        let value: Value = serde_json::from_str(&text).unwrap();
        assert_eq!(
            value,
            serde_json::json!({"kind": "connection", "message": "say \"no\"", "attempts": 0, "headers": ""})
        );
        for text in [panicked(), too_large(7)] {
            assert!(serde_json::from_str::<Value>(&text).unwrap()["kind"].is_string());
        }
    }
}
