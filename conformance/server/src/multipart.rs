//! A form as it stood on the wire, taken apart and compared with the one that a case expects.
//!
//! The boundary is the client's, and so is the order of different names; what bears the same name keeps its order. Names and
//! file names are judged as sent: between two quotes, with the escapes that the client chose.

use crate::body::{decode, filled};
use crate::case::{ExpectedPart, HeaderRule};
use crate::http::{WireRequest, find};
use crate::json::Json;
use crate::judge::{compare, excerpt, judge_header};

struct Part<'a> {
    name: &'a str,
    filename: Option<&'a str>,
    content_type: Option<&'a str>,
    content: &'a [u8],
}

pub(crate) fn judge_form(expected: &[ExpectedPart], request: &WireRequest, wrong: &mut Vec<String>) {
    let parts = match parse(request) {
        Ok(parts) => parts,
        Err(message) => return wrong.push(format!("form: {message}")),
    };
    let mut used = vec![false; parts.len()];
    for part in expected {
        let found = parts.iter().zip(&mut used).find(|(got, used)| !**used && got.name == part.name);
        match found {
            Some((got, used)) => {
                *used = true;
                judge_part(part, got, wrong);
            }
            None => wrong.push(format!("part {}: expected, got nothing", part.name)),
        }
    }
    for (part, used) in parts.iter().zip(used) {
        if !used {
            let shown = excerpt(&String::from_utf8_lossy(part.content));
            wrong.push(format!("part {}: not expected, got {shown:?}", part.name));
        }
    }
}

fn judge_part(expected: &ExpectedPart, got: &Part<'_>, wrong: &mut Vec<String>) {
    let name = &expected.name;
    let filename = expected.filename.as_ref().unwrap_or(&HeaderRule::Absent);
    let mut header = |what: &str, rule, value: Option<&str>| {
        let mut found = Vec::new();
        judge_header(what, rule, value.as_slice(), &mut found);
        wrong.extend(found.into_iter().map(|message| format!("part {name}: {message}")));
    };
    header("filename", filename, got.filename);
    if let Some(rule) = &expected.content_type {
        header("content-type", rule, got.content_type);
    }
    if let Some(json) = &expected.json {
        return match Json::parse(got.content) {
            Ok(value) => compare(&format!("part {name}"), json, &value, true, wrong),
            Err(e) => wrong.push(format!("part {name}: expected JSON ({e})")),
        };
    }
    let wanted = match (&expected.text, &expected.base64) {
        (Some(text), _) => filled(text),
        (_, Some(base64)) => decode(base64).expect("checked when the case was read"),
        _ => return,
    };
    if wanted != got.content {
        let [wanted, got] = [wanted.as_slice(), got.content]
            .map(|bytes| format!("{} ({} bytes)", excerpt(&String::from_utf8_lossy(bytes)), bytes.len()));
        wrong.push(format!("part {name}: expected {wanted}, got {got}"));
    }
}

/// Every part, or what is wrong with the form as a whole.
fn parse(request: &WireRequest) -> Result<Vec<Part<'_>>, String> {
    let content_type = request.header("content-type").unwrap_or_default();
    let boundary = content_type
        .strip_prefix("multipart/form-data;")
        .and_then(|rest| rest.split(';').find_map(|part| part.trim().strip_prefix("boundary=")))
        .map(|text| text.trim_matches('"'))
        .ok_or_else(|| format!("expected multipart/form-data with a boundary, got {content_type:?}"))?;
    let opening = format!("--{boundary}\r\n");
    let divider = format!("\r\n--{boundary}");
    let mut rest = request.body.as_slice();
    let closing = format!("--{boundary}--");
    if rest.starts_with(closing.as_bytes()) {
        return Ok(Vec::new());
    }
    rest = rest.strip_prefix(opening.as_bytes()).ok_or("the body does not begin with the boundary")?;
    let mut parts = Vec::new();
    loop {
        let head_end = find(rest, b"\r\n\r\n").ok_or("a part's headers have no end")?;
        let (head, after) = rest.split_at(head_end);
        let after = &after[4..];
        let end = find(after, divider.as_bytes()).ok_or("the last part has no end")?;
        parts.push(part(head, &after[..end])?);
        rest = &after[end + divider.len()..];
        if let Some(tail) = rest.strip_prefix(b"--") {
            return match tail {
                b"" | b"\r\n" => Ok(parts),
                _ => Err("there is more after the end of the form".to_owned()),
            };
        }
        rest = rest.strip_prefix(b"\r\n").ok_or("the boundary stands inside a line")?;
    }
}

fn part<'a>(head: &'a [u8], content: &'a [u8]) -> Result<Part<'a>, String> {
    let head = std::str::from_utf8(head).map_err(|_| "a part's headers are not UTF-8")?;
    let (mut disposition, mut content_type) = (None, None);
    for line in head.split("\r\n") {
        let (name, value) = line.split_once(':').ok_or_else(|| format!("no header of a part: {line:?}"))?;
        match name.to_ascii_lowercase().as_str() {
            "content-disposition" => disposition = Some(value.trim()),
            "content-type" => content_type = Some(value.trim()),
            _ => return Err(format!("a part has the header {line:?}")),
        }
    }
    let attributes = disposition
        .and_then(|text| text.strip_prefix("form-data"))
        .ok_or_else(|| format!("a part has no form-data disposition: {head:?}"))?;
    let (mut name, mut filename, mut rest) = (None, None, attributes);
    while !rest.is_empty() {
        let attribute = rest.strip_prefix("; ").and_then(|text| text.split_once("=\""));
        let (key, after) = attribute.ok_or_else(|| format!("no attribute of a part: {rest:?}"))?;
        let (value, after) = after.split_once('"').ok_or_else(|| format!("a quote is open: {rest:?}"))?;
        let place = match key {
            "name" => &mut name,
            "filename" => &mut filename,
            _ => return Err(format!("a part has the attribute {key}")),
        };
        if place.replace(value).is_some() {
            return Err(format!("a part has the attribute {key} twice: {attributes:?}"));
        }
        rest = after;
    }
    let name = name.ok_or_else(|| format!("a part has no name: {head:?}"))?;
    Ok(Part { name, filename, content_type, content })
}
