//! Against serde_json on the completed prefix, for every prefix and every split.

use super::{Malformed, PartialJson};
use serde_json::Value;

const DOCUMENTS: &[&str] = &[
    r#"{"city": "Paris", "days": 10, "exact": -1.5e+3, "tags": ["a", "b\n"], "none": null, "yes": true, "no": false}"#,
    r#"[[], {}, [[1], {"a": {"b": []}}], "", "é😀\u00e9\ud83d\ude00\\\"\/\b\f\n\r\t", 0, -0, 1E2]"#,
    r#"{"a\"b\u0041": 1, "": {"": ""}, "é": [null, [true, [false]]]}"#,
    r#"  {"a" : 1 , "a" : [ 2 , { "a" : "x" } ] , "b" : 3 } "#,
    r#""alone \ud83d\ude00 and more""#,
    "true",
    " [ ] ",
    "-12.75",
];

/// What the prefix of a document tells, by completing it as text: cut back to the last thing that is certain, close what is open.
fn completed(prefix: &str) -> Option<Value> {
    let (mut open, mut in_string, mut is_key) = (Vec::new(), false, false);
    // The text that is certain, and how many are open there.
    let mut certain = String::new();
    let mut waiting = String::new();
    let mut chars = prefix.chars().peekable();
    let mut token = String::new();
    let mut expects_key = false;
    loop {
        let next = chars.next();
        if in_string {
            let Some(c) = next else { break };
            match c {
                '"' => {
                    in_string = false;
                    if is_key {
                        waiting.push('"');
                    } else {
                        certain.push('"');
                    }
                }
                '\\' => {
                    let mut escape = String::from('\\');
                    let mut units = Vec::new();
                    let whole = loop {
                        let Some(kind) = chars.next() else { break false };
                        escape.push(kind);
                        if kind != 'u' {
                            break units.is_empty();
                        }
                        let digits: String = chars.by_ref().take(4).collect();
                        escape.push_str(&digits);
                        if digits.len() < 4 {
                            break false;
                        }
                        units.push(u16::from_str_radix(&digits, 16).unwrap());
                        if units.len() == 2 || !(0xd800..0xdc00).contains(&units[0]) {
                            break true;
                        }
                        if chars.next() != Some('\\') {
                            break false;
                        }
                        escape.push('\\');
                    };
                    if whole {
                        if is_key { waiting.push_str(&escape) } else { certain.push_str(&escape) }
                    }
                }
                c if is_key => waiting.push(c),
                c => certain.push(c),
            }
            continue;
        }
        if let Some(c) = next.filter(|c| !" \t\n\r,:[]{}\"".contains(*c)) {
            token.push(c);
            if !matches!(&*token, "true" | "false" | "null") {
                continue;
            }
            certain.push_str(&std::mem::take(&mut waiting));
            certain.push_str(&std::mem::take(&mut token));
            continue;
        }
        // A number before another character; the end of the text is none.
        if !token.is_empty() && next.is_some() {
            certain.push_str(&std::mem::take(&mut waiting));
            certain.push_str(&std::mem::take(&mut token));
        }
        let Some(c) = next else { break };
        match c {
            '"' => {
                in_string = true;
                is_key = expects_key;
                if is_key {
                    waiting.push('"');
                } else {
                    certain.push_str(&std::mem::take(&mut waiting));
                    certain.push('"');
                }
                expects_key = false;
            }
            '{' | '[' => {
                certain.push_str(&std::mem::take(&mut waiting));
                certain.push(c);
                open.push(c);
                expects_key = c == '{';
            }
            '}' | ']' => {
                certain.push(c);
                open.pop();
                expects_key = false;
            }
            ',' => {
                waiting.push(',');
                expects_key = open.last() == Some(&'{');
            }
            ':' => waiting.push(':'),
            _ => {}
        }
    }
    if in_string && !is_key {
        certain.push('"');
    }
    certain.extend(open.iter().rev().map(|open| if *open == '{' { '}' } else { ']' }));
    match certain.is_empty() {
        true => None,
        false => Some(serde_json::from_str(&certain).unwrap_or_else(|error| panic!("{certain}: {error}"))),
    }
}

/// `later` is `earlier` or more of it.
fn grows(earlier: &Value, later: &Value) -> bool {
    match (earlier, later) {
        (Value::String(earlier), Value::String(later)) => later.starts_with(&**earlier),
        (Value::Array(earlier), Value::Array(later)) => {
            earlier.len() <= later.len() && earlier.iter().zip(later).all(|(one, other)| grows(one, other))
        }
        (Value::Object(earlier), Value::Object(later)) => {
            earlier.iter().all(|(key, value)| later.get(key).is_some_and(|later| grows(value, later)))
        }
        _ => earlier == later,
    }
}

fn ends(document: &str) -> Vec<usize> {
    (0..=document.len()).filter(|at| document.is_char_boundary(*at)).collect()
}

#[test]
fn every_prefix_says_what_the_completed_text_says() {
    for document in DOCUMENTS {
        let mut json = PartialJson::new();
        let mut last = None;
        let mut from = 0;
        for to in ends(document) {
            json.push(&document[from..to]).unwrap();
            from = to;
            let value = json.value().cloned();
            assert_eq!(value, completed(&document[..to]), "{}", &document[..to]);
            let repeats = document.contains("\"a\" :"); // a key that comes twice takes its value back
            if let (Some(last), Some(value), false) = (&last, &value, repeats) {
                assert!(grows(last, value), "{last} then {value}");
            }
            last = value;
        }
        json.finish().unwrap();
        assert!(json.is_complete());
        assert_eq!(json.into_value().unwrap(), serde_json::from_str::<Value>(document).unwrap());
    }
}

#[test]
fn every_split_gives_the_same() {
    for document in DOCUMENTS {
        for (at, one) in ends(document).into_iter().enumerate() {
            for two in ends(document).into_iter().skip(at) {
                let mut json = PartialJson::new();
                for (index, piece) in
                    [&document[..one], &document[one..two], &document[two..]].into_iter().enumerate()
                {
                    json.push(piece).unwrap();
                    // Looking must not change anything, nor must not looking.
                    if (one + two + index) % 2 == 0 {
                        json.value();
                    }
                }
                json.finish().unwrap();
                assert_eq!(json.into_value().unwrap(), serde_json::from_str::<Value>(document).unwrap());
            }
        }
    }
}

#[test]
fn random_documents_in_random_pieces() {
    let mut random = Random(7);
    for _ in 0..500 {
        let document = serde_json::to_string(&random.value(4)).unwrap();
        let mut json = PartialJson::new();
        let mut from = 0;
        for to in ends(&document) {
            if to == document.len() || random.below(4) == 0 {
                json.push(&document[from..to]).unwrap();
                assert_eq!(json.value().cloned(), completed(&document[..to]), "{}", &document[..to]);
                from = to;
            }
        }
        json.finish().unwrap();
        assert_eq!(json.into_value().unwrap(), serde_json::from_str::<Value>(&document).unwrap());
    }
}

#[test]
fn garbage_is_an_error_wherever_it_is_cut() {
    for (text, offset) in [
        ("{]", 1),
        ("{\"a\" 1}", 5),
        ("{\"a\":1,}", 7),
        ("[1,]", 3),
        ("[1 2]", 3),
        ("[,1]", 1),
        ("{1:2}", 1),
        ("[01,", 3),
        ("[1.,", 3),
        ("[1e,", 3),
        ("[-,", 2),
        ("[+1,", 1),
        ("[trux", 4),
        ("[nul,", 4),
        ("\"a\nb\"", 2),
        ("\"\\x\"", 2),
        ("\"\\u12g4\"", 5),
        ("\"\\ud83dx\"", 7),
        ("\"\\ud83d\\n\"", 8),
        ("\"\\ud83d\"", 7),
        ("\"\\ud83d\\ud83d\"", 12),
        ("\"\\ude00\"", 6),
        ("{} x", 3),
        ("]", 0),
        ("Sure! {", 0),
    ] {
        let mut whole = PartialJson::new();
        let fault = whole.push(text).unwrap_err();
        assert_eq!(fault.offset(), offset, "{text}: {fault}");
        assert_eq!(whole.push(" "), Err(fault.clone()), "it stays failed");
        assert_eq!(whole.finish(), Err(fault.clone()));
        for at in 0..text.len() {
            let mut json = PartialJson::new();
            let first = json.push(&text[..at]);
            assert_eq!(first.and_then(|()| json.push(&text[at..])), Err(fault.clone()), "{text} at {at}");
        }
    }
}

#[test]
fn what_was_understood_before_garbage_stays() {
    let mut json = PartialJson::new();
    assert!(json.push("{\"a\": [1, tru!").is_err());
    assert_eq!(json.value().unwrap().to_string(), "{\"a\":[1]}");
}

#[test]
fn an_early_end_is_an_error() {
    for text in ["", " ", "{", "[1", "[1,", "{\"a\"", "{\"a\":", "\"a", "\"a\\", "tru", "1.", "-"] {
        let mut json = PartialJson::new();
        json.push(text).unwrap();
        assert!(json.finish().is_err(), "{text}");
    }
}

#[test]
fn depth_has_a_limit() {
    let mut json = PartialJson::new();
    json.push(&"[".repeat(super::MAX_DEPTH)).unwrap();
    let fault = json.push("[").unwrap_err();
    assert_eq!(fault.to_string(), "not JSON: lists and objects lie too deep in each other at byte 128");
    assert!(json.value().is_some());
}

#[test]
fn a_number_beyond_all_bounds_is_null() {
    let mut json = PartialJson::new();
    json.push("[1e999, 123456789012345678901234567890]").unwrap();
    assert_eq!(json.value().unwrap()[0], Value::Null);
    assert!(json.value().unwrap()[1].is_f64());
}

#[test]
fn the_work_is_linear_in_the_bytes() {
    // A quadratic parser needs minutes for this, or copies the string for each look at it.
    let mut json = PartialJson::new();
    json.push("{\"list\": [{\"text\": \"").unwrap();
    for _ in 0..1_000_000 {
        json.push("ab\\n").unwrap();
        assert!(json.value().is_some());
    }
    json.push("\"}]}").unwrap();
    assert_eq!(json.into_value().unwrap()["list"][0]["text"].as_str().unwrap().len(), 3_000_000);
}

#[test]
fn a_fault_is_an_error() {
    let fault: Box<dyn std::error::Error + Send + Sync> =
        Box::new(PartialJson::new().push("x").unwrap_err() as Malformed);
    assert_eq!(fault.to_string(), "not JSON: unexpected character at byte 0");
}

struct Random(u64);

impl Random {
    fn below(&mut self, bound: u64) -> u64 {
        self.0 = self.0.wrapping_mul(6364136223846793005).wrapping_add(1442695040888963407);
        (self.0 >> 33) % bound
    }

    fn text(&mut self) -> String {
        (0..self.below(6))
            .map(|_| ['a', '"', '\\', '\n', '\u{1}', 'é', '😀', ' '][self.below(8) as usize])
            .collect()
    }

    fn value(&mut self, depth: u64) -> Value {
        match self.below(if depth == 0 { 5 } else { 7 }) {
            0 => Value::Null,
            1 => Value::Bool(self.below(2) == 0),
            2 => (self.below(1000) as i64 - 500).into(),
            3 => (self.below(1000) as f64 / 8.0).into(),
            4 => self.text().into(),
            5 => (0..self.below(4)).map(|_| self.value(depth - 1)).collect(),
            _ => Value::Object((0..self.below(4)).map(|_| (self.text(), self.value(depth - 1))).collect()),
        }
    }
}
