//! The vector parser against serde_json: the same texts are JSON, and they say the same.

use super::*;
use serde_json::{Map, Value};

fn read(parser: &mut Parser<'_>) -> Result<Value> {
    Ok(match parser.peek()? {
        Peek::Null => parser.known_null().map(|()| Value::Null)?,
        Peek::True | Peek::False => parser.next_bool()?.into(),
        Peek::String => parser.next_str()?.into(),
        Peek::Number => {
            let start = parser.clone();
            match parser.next_int() {
                Ok(NumberInt::Int(value)) => value.into(),
                Err(_) => {
                    *parser = start;
                    parser.next_float()?.into()
                }
            }
        }
        Peek::Array => {
            let mut items = Vec::new();
            let mut more = parser.next_array()?.is_some();
            while more {
                items.push(read(parser)?);
                more = parser.array_step()?.is_some();
            }
            items.into()
        }
        Peek::Object => {
            let mut entries = Map::new();
            let mut key = parser.next_object()?.map(str::to_owned);
            while let Some(name) = key {
                entries.insert(name, read(parser)?);
                key = parser.next_key()?.map(str::to_owned);
            }
            entries.into()
        }
    })
}

/// Numbers by value: serde_json keeps big integers, which no field of ours holds.
fn plain(value: Value) -> Value {
    match value {
        Value::Number(number) => number.as_f64().into(),
        Value::Array(items) => items.into_iter().map(plain).collect(),
        Value::Object(entries) => entries.into_iter().map(|(key, value)| (key, plain(value))).collect(),
        other => other,
    }
}

fn agree(text: &[u8]) {
    let expected = serde_json::from_slice::<Value>(text).ok().map(plain);
    let mut parser = Parser::new(text);
    let found = read(&mut parser).and_then(|value| parser.finish().map(|()| plain(value))).ok();
    assert_eq!(found, expected, "{}", String::from_utf8_lossy(text));
    // Skipping does not look at what escapes and bytes of a string stand for, so it may let more pass, never less.
    let mut parser = Parser::new(text);
    let skipped = parser.next_skip().and_then(|()| parser.finish()).is_ok();
    assert!(skipped || expected.is_none(), "{}", String::from_utf8_lossy(text));
}

const TEXTS: [&str; 14] = [
    r#"{"id":"c1","choices":[{"index":0,"delta":{"content":"Hel\"lo \\ \/ \b\f\n\r\t"},"finish_reason":null}],"ok":true}"#,
    r#" { "a" : [ 1 , -2.5e+3 , 0 , -0 , 0.1E-7 , 12345678901234567890 , 1e300 ] , "b" : { } , "c" : [ ] , "d" : false } "#,
    r#"["a string that is longer than what is searched without vectors, as most answers are, with \"quotes\" only at its end, and ümläuts: Zürich €, 漢字, 😀"]"#,
    r#"["\u00e9\u20ac\ud83d\ude00","\ud83d","\ude00\ud83d","\u12g4","\x"]"#,
    "[\"a\nb\"]",
    "[1e400]",
    "[01]",
    "[1,]",
    r#"{"a":1,}"#,
    r#"{"a" 1}"#,
    r#"{1:2}"#,
    "nul",
    "[\"\\ud83d\\u0041\"]",
    "\u{feff}[]",
];

#[test]
fn every_beginning_of_a_text_is_judged_as_serde_json_judges_it() {
    for text in TEXTS {
        for end in 0..=text.len() {
            agree(&text.as_bytes()[..end]);
        }
    }
}

#[test]
fn texts_with_random_faults_are_judged_as_serde_json_judges_them() {
    let mut state = 0x9E37_79B9_7F4A_7C15u64;
    let mut random = |below: usize| {
        state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (state >> 33) as usize % below
    };
    let pool = b"\"\\{}[],: \n\x01\x1f-+.eE0159nulltruefalsu\xc3\xa9\xff";
    for round in 0..40_000 {
        let mut text = TEXTS[round % TEXTS.len()].as_bytes().to_vec();
        for _ in 0..=random(3) {
            let at = random(text.len());
            match random(3) {
                0 => text[at] = pool[random(pool.len())],
                1 => text.insert(at, pool[random(pool.len())]),
                _ => drop(text.remove(at)),
            }
            if text.is_empty() {
                text.push(b' ');
            }
        }
        agree(&text);
    }
}

#[test]
fn deep_nesting_ends_in_an_error() {
    let text = vec![b'['; 100_000];
    assert!(Parser::new(&text).next_skip().is_err());
}

#[test]
fn a_fault_is_told_with_its_place() {
    let mut parser = Parser::new(b"{\n  \"a\": tru\n}");
    let fault = read(&mut parser).unwrap_err();
    assert_eq!(fault.description(&parser), "expected ident at line 2 column 8");
}
