//! A form of any names, types and contents is read back as the parts that it was made of: nothing in a name or a content ends its
//! line or its part.
#![no_main]

use libfuzzer_sys::fuzz_target;
use openai_oxide::engine::fuzzing::form;
use openai_oxide::engine::{Part, PartData};

/// What one part says: its head, line by line, and its content.
fn read(content_type: &str, body: &[u8]) -> Vec<(Vec<String>, Vec<u8>)> {
    let boundary = content_type.strip_prefix("multipart/form-data; boundary=").expect("a form");
    let mut rest =
        body.strip_prefix(format!("--{boundary}").as_bytes()).expect("it begins with its boundary");
    let delimiter = format!("\r\n--{boundary}");
    let mut parts = Vec::new();
    while let Some(part) = rest.strip_prefix(b"\r\n") {
        let end = find(part, b"\r\n\r\n").expect("a head ends");
        let head = String::from_utf8(part[..end].to_vec()).expect("a head is text");
        let content = &part[end + 4..];
        let end = find(content, delimiter.as_bytes()).expect("a part ends");
        parts.push((head.split("\r\n").map(str::to_owned).collect(), content[..end].to_vec()));
        rest = &content[end + delimiter.len()..];
    }
    assert_eq!(rest, b"--\r\n");
    parts
}

fn find(text: &[u8], what: &[u8]) -> Option<usize> {
    text.windows(what.len()).position(|window| window == what)
}

fuzz_target!(|input: &[u8]| {
    let mut fields = input.split(|byte| *byte == 0xff);
    let mut parts = Vec::new();
    while let (Some(name), Some(filename), Some(kind), Some(content)) =
        (fields.next(), fields.next(), fields.next(), fields.next())
    {
        let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
        let maybe = |bytes: &[u8]| (!bytes.is_empty()).then(|| text(bytes));
        let data = match std::str::from_utf8(content) {
            Ok(content) => PartData::Text(content.to_owned()),
            Err(_) => PartData::Bytes(content.to_vec().into()),
        };
        parts.push(Part { name: text(name), filename: maybe(filename), content_type: maybe(kind), data });
    }
    let Some((content_type, body)) = form(&parts) else {
        let refused = |part: &Part| {
            part.content_type.as_ref().is_some_and(|t| !t.bytes().all(|b| matches!(b, b' '..=b'~')))
        };
        assert!(parts.iter().any(refused), "{parts:?}");
        return;
    };
    if parts.is_empty() {
        return;
    }
    let back = read(&content_type, &body);
    assert_eq!(back.len(), parts.len());
    for ((head, content), part) in back.iter().zip(&parts) {
        let expected = match &part.data {
            PartData::Text(text) => text.as_bytes(),
            PartData::Bytes(bytes) => bytes,
            _ => unreachable!("no other part is made here"),
        };
        assert_eq!(content, expected);
        let quoted = |name: &str| name.replace('"', "%22").replace('\r', "%0D").replace('\n', "%0A");
        let mut line = format!("Content-Disposition: form-data; name=\"{}\"", quoted(&part.name));
        if let Some(name) = &part.filename {
            line += &format!("; filename=\"{}\"", quoted(name));
        }
        assert_eq!(head[0], line);
        assert_eq!(head.len(), 1 + usize::from(part.content_type.is_some() || part.filename.is_some()));
        if let Some(kind) = &part.content_type {
            assert_eq!(head[1], format!("Content-Type: {kind}"));
        }
    }
});
