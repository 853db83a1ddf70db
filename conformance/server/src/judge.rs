//! Compares the request that arrived with the one that the case expects, in words an author can act on.

use crate::case::{ExpectedQuery, ExpectedRequest, HeaderRule};
use crate::http::WireRequest;
use crate::json::Json;
use crate::multipart;

/// Everything that differs; empty means right. `path` and `query` are the raw parts after the case's base URL.
pub(crate) fn judge(
    expected: &ExpectedRequest,
    request: &WireRequest,
    path: &str,
    query: &str,
) -> Vec<String> {
    let mut wrong = Vec::new();
    if let Some(method) = &expected.method
        && *method != request.method
    {
        wrong.push(format!("method: expected {method}, got {}", request.method));
    }
    if let Some(expected) = &expected.path
        && expected != path
    {
        wrong.push(format!("path: expected {expected}, got {path}"));
    }
    judge_query(expected.query.as_ref(), query, &mut wrong);
    for (name, rule) in &expected.headers {
        judge_header(name, rule, &request.header_values(name), &mut wrong);
    }
    judge_body(expected, request, &mut wrong);
    wrong
}

fn judge_query(expected: Option<&ExpectedQuery>, query: &str, wrong: &mut Vec<String>) {
    match expected {
        Some(ExpectedQuery::Exact(text)) if text != query => {
            wrong.push(format!("query: expected {text:?}, got {query:?}"));
        }
        Some(ExpectedQuery::Exact(_)) => {}
        Some(ExpectedQuery::Params(expected)) => {
            let got = decode_query(query);
            if *expected != got {
                wrong.push(format!("query: expected {expected:?}, got {got:?}"));
            }
        }
        None if query.is_empty() => {}
        None => wrong.push(format!("query: expected none, got {query:?}")),
    }
}

pub(crate) fn judge_header(name: &str, rule: &HeaderRule, got: &[&str], wrong: &mut Vec<String>) {
    let mut expected = |what: &str| wrong.push(format!("header {name}: expected {what}, got {got:?}"));
    match (rule, got) {
        (HeaderRule::Absent, []) => {}
        (HeaderRule::Absent, _) => expected("none"),
        (HeaderRule::Present, []) => expected("any value"),
        (HeaderRule::Present, _) => {}
        (HeaderRule::Exact(value), [one]) if value == one => {}
        (HeaderRule::Exact(value), _) => expected(&format!("{value:?}")),
        (HeaderRule::Matches(regex), [one]) if regex.is_match(one) => {}
        (HeaderRule::Matches(regex), _) => expected(&format!("one value that matches {}", regex.as_str())),
    }
}

fn judge_body(expected: &ExpectedRequest, request: &WireRequest, wrong: &mut Vec<String>) {
    let shown = || excerpt(&String::from_utf8_lossy(&request.body));
    if let Some(text) = &expected.body_bytes {
        if text.as_bytes() != request.body {
            wrong.push(format!("body bytes: expected {}, got {}", excerpt(text), shown()));
        }
        return;
    }
    if let Some(parts) = &expected.multipart {
        return multipart::judge_form(parts, request, wrong);
    }
    let Some((json, exact)) =
        expected.body.as_ref().map(|b| (b, true)).or(expected.body_has.as_ref().map(|b| (b, false)))
    else {
        if expected.method.as_deref() == Some("GET") && !request.body.is_empty() {
            wrong.push(format!("body: expected none with GET, got {}", shown()));
        }
        return;
    };
    match Json::parse(&request.body) {
        Ok(got) => compare("body", json, &got, exact, wrong),
        Err(e) => wrong.push(format!("body: expected JSON, got {} ({e})", shown())),
    }
}

/// Lists the differences by path. Not exact: maps may have more keys than expected; lists never more items.
pub(crate) fn compare(at: &str, expected: &Json, got: &Json, exact: bool, wrong: &mut Vec<String>) {
    match (expected, got) {
        (Json::Map(expected), Json::Map(entries)) => {
            for (key, value) in expected {
                match got.get(key) {
                    Some(found) => compare(&format!("{at}.{key}"), value, found, exact, wrong),
                    None => wrong
                        .push(format!("{at}.{key}: expected {}, got nothing", excerpt(&value.to_string()))),
                }
            }
            if exact {
                for (key, value) in entries {
                    if !expected.iter().any(|(k, _)| k == key) {
                        wrong.push(format!("{at}.{key}: not expected, got {}", excerpt(&value.to_string())));
                    }
                }
            }
        }
        (Json::List(expected), Json::List(got)) if expected.len() == got.len() => {
            for (index, (expected, got)) in expected.iter().zip(got).enumerate() {
                compare(&format!("{at}[{index}]"), expected, got, exact, wrong);
            }
        }
        _ if expected == got => {}
        _ => {
            let (expected, got) = (expected.to_string(), got.to_string());
            wrong.push(format!("{at}: expected {}, got {}", excerpt(&expected), excerpt(&got)));
        }
    }
}

/// A 2 MB body in a message helps nobody.
pub(crate) fn excerpt(text: &str) -> String {
    const LONGEST: usize = 300;
    match text.char_indices().nth(LONGEST) {
        Some((cut, _)) => format!("{}… ({} bytes)", &text[..cut], text.len()),
        None => text.to_owned(),
    }
}

/// Decoded, sorted parameters.
pub(crate) fn decode_query(query: &str) -> Vec<(String, String)> {
    let mut params: Vec<_> = query
        .split('&')
        .filter(|part| !part.is_empty())
        .map(|part| {
            let (name, value) = part.split_once('=').unwrap_or((part, ""));
            (percent_decode(name, true), percent_decode(value, true))
        })
        .collect();
    params.sort();
    params
}

/// `form`: a plus sign means a space, as in a query.
pub(crate) fn percent_decode(text: &str, form: bool) -> String {
    let mut bytes = Vec::with_capacity(text.len());
    let mut rest = text.as_bytes();
    while let Some((first, after)) = rest.split_first() {
        let hex = after
            .get(..2)
            .and_then(|h| std::str::from_utf8(h).ok())
            .and_then(|h| u8::from_str_radix(h, 16).ok());
        rest = match (first, hex) {
            (b'%', Some(byte)) => {
                bytes.push(byte);
                &after[2..]
            }
            (b'+', _) if form => {
                bytes.push(b' ');
                after
            }
            _ => {
                bytes.push(*first);
                after
            }
        };
    }
    String::from_utf8_lossy(&bytes).into_owned()
}
