//! What the declarations promise, on made-up types: nothing is lost, nothing of an unexpected shape is fatal.

#![allow(dead_code, unreachable_pub)] // the macros declare public types, with all they have

use super::*;
use serde_json::Value;

open_enum! {
    pub enum Reason {
        Stop = "stop",
        Length = "length",
    }
}

object! {
    pub struct Function {
        name: String,
        arguments: String,
    }
}

builder! {
    Function(name: String) {
        arguments: String,
    }
}

object! {
    pub struct Choice ["object" = "choice"] {
        reason: Reason,
        index: i64,
        type_ as "type": Option<String>,
        function: Option<Function>,
        score: f64,
        items: Vec<Item>,
        vector: Option<Vec<f32>>,
        labels: Option<Map<String>>,
    }
}

plain_object! {
    pub struct Plain {
        name: String,
        schema: Option<Value>,
    }
}

object! {
    pub struct SayMore {
        type_ as "type": String,
        content: String,
        name: Option<String>,
        more: Option<i64>,
    }
}

union! {
    pub enum Item by "type" {
        Text = "text",
        Say { content: String, name: Option<String> } = "say",
        SayMore(SayMore) = "say" | "shout",
        Plain { plain: Plain } = "plain",
        Free(String),
    }
}

union! {
    pub enum Loose {
        Choice(Choice),
        Function(Function),
        Numbers(Vec<i64>),
        Words(Vec<String>),
    }
}

object! {
    pub struct Done ["type" = "done"] {
        choice: Choice,
        sequence_number: Option<i64>,
    }
}

payload! { Done { choice: Choice } }

event_union! {
    pub enum Event by "type" {
        Delta { delta: String, sequence_number: Option<i64> } = "delta",
        Done(choice: Done) = "done",
    }
}

object! {
    pub struct Counted {
        value: i64,
    }
}

object! {
    pub struct Spelled {
        value: String,
    }
}

object! {
    pub struct Noted {
        value: String,
        note: String,
    }
}

union! {
    pub enum Close {
        Counted(Counted),
        Spelled(Spelled),
    }
}

union! {
    pub enum LongFirst {
        Noted(Noted),
        Spelled(Spelled),
    }
}

union! {
    pub enum ShortFirst {
        Spelled(Spelled),
        Noted(Noted),
    }
}

object! {
    pub struct HoldsClose {
        inner: Close,
    }
}

object! {
    pub struct HoldsFlag {
        inner: bool,
    }
}

union! {
    pub enum Outer {
        HoldsClose(HoldsClose),
        HoldsFlag(HoldsFlag),
    }
}

object! {
    pub struct Labelled {
        labels: Map<String>,
    }
}

object! {
    pub struct Tree {
        children: Vec<Tree>,
    }
}

/// Equal as ECMAScript sees it: 2.0 is 2.
fn same(one: &Value, other: &Value) -> bool {
    match (one, other) {
        (Value::Number(a), Value::Number(b)) => {
            a == b || (!(a.is_i64() && b.is_i64()) && a.as_f64() == b.as_f64())
        }
        (Value::Array(a), Value::Array(b)) => a.len() == b.len() && a.iter().zip(b).all(|(a, b)| same(a, b)),
        (Value::Object(a), Value::Object(b)) => {
            a.len() == b.len() && a.iter().all(|(key, a)| b.get(key).is_some_and(|b| same(a, b)))
        }
        _ => one == other,
    }
}

fn trip<T: Json + Default + std::fmt::Debug>(text: &str) -> T {
    let value: T = decode(text.as_bytes()).unwrap();
    let again = String::from_utf8(encode(&value)).unwrap();
    let trees: [Value; 2] = [text, &again].map(|text| serde_json::from_str(text).unwrap());
    assert!(same(&trees[0], &trees[1]), "{text}\nbecame\n{again}\nby way of {value:?}");
    value
}

#[test]
fn unknown_keys_and_values_survive() {
    let choice: Choice = trip(
        r#"{"object":"choice","reason":"bored","index":3,"score":1.5,"items":[],"new":{"a":[1,{"b":"é\n\u0007"}]}}"#,
    );
    assert_eq!(choice.reason, Reason::Other("bored".into()));
    assert_eq!(choice.extra.get("new").unwrap().to_value()["a"][0], 1);
}

#[test]
fn absent_and_null_stay_apart() {
    trip::<Choice>("{}");
    trip::<Choice>(r#"{"object":null,"reason":null,"index":null,"type":null,"items":null}"#);
    trip::<Choice>(r#"{"object":"something else","reason":"","index":0,"score":0,"items":[]}"#);
}

#[test]
fn a_misshapen_value_is_kept_and_harms_nothing_else() {
    let choice: Choice =
        trip(r#"{"index":"three","function":[1],"score":{},"items":{"a":1},"reason":7,"type":"t"}"#);
    assert_eq!((choice.index, choice.type_.as_deref()), (0, Some("t")));
    assert_eq!(choice.extra.get("index").unwrap().get(), "\"three\"");
    let labelled: Labelled = trip(r#"{"labels":{"a":"1","b":2}}"#);
    assert!(labelled.labels.is_empty(), "no half of a map");
    let nested: Choice = trip(r#"{"function":{"name":5,"arguments":"x"}}"#);
    assert_eq!(nested.function.unwrap().arguments, "x");
}

#[test]
fn numbers_keep_their_value() {
    trip::<Choice>(r#"{"index":9007199254740993,"score":-0.1e-7}"#);
    trip::<Choice>(r#"{"index":18446744073709551615,"score":12345678901234567890}"#);
    assert_eq!(trip::<Choice>(r#"{"index":3.0}"#).index, 3);
    assert_eq!(trip::<Choice>(r#"{"index":3.5}"#).index, 0);
    trip::<Choice>(r#"{"new":[1.0,18446744073709551615,1e300]}"#);
}

#[test]
fn a_short_form_is_taken_only_if_it_says_everything() {
    let items: Vec<Item> = trip(
        r#"[{"type":"text"},{"type":"text","new":1},{"content":"a","type":"say"},{"type":"say","content":"a","more":1},
            {"type":"say","content":"a","name":null},{"type":"shout","content":"a"},"free",{"type":"new","x":[1]},7,null,
            {"type":"plain","plain":{"name":"n","schema":{"z":1,"a":2}}},{"type":"plain","plain":{"name":"n","new":1}}]"#,
    );
    let kinds: Vec<String> = items
        .iter()
        .map(|item| format!("{item:?}").split([' ', '(', '{']).next().unwrap().to_owned())
        .collect();
    let expected = [
        "Text", "Other", "Say", "SayMore", "SayMore", "SayMore", "Free", "Other", "Other", "Other", "Plain",
        "Other",
    ];
    assert_eq!(kinds, expected);
}

#[test]
fn without_a_tag_the_best_fitting_arm_is_taken() {
    assert!(matches!(trip(r#"{"name":"f","arguments":"{}"}"#), Loose::Function(_)));
    assert!(matches!(
        trip(r#"{"object":"choice","reason":"stop","index":1,"score":1,"items":[]}"#),
        Loose::Choice(_)
    ));
    assert!(matches!(trip("[1,2]"), Loose::Numbers(_)));
    assert!(matches!(trip(r#"["a"]"#), Loose::Words(_)));
    assert!(matches!(trip("true"), Loose::Other(_)));
}

#[test]
fn what_fits_badly_counts_against_an_arm() {
    // A value of another kind, wherever it stands; of equals the first is taken.
    assert!(matches!(trip(r#"{"value":"a"}"#), Close::Spelled(_)));
    assert!(matches!(trip(r#"{"value":true}"#), Close::Counted(_)));
    assert!(matches!(trip(r#"{"inner":true}"#), Outer::HoldsFlag(_)));
    // A key that is missing, and one that is unknown.
    assert!(matches!(trip(r#"{"value":"a"}"#), LongFirst::Spelled(_)));
    assert!(matches!(trip(r#"{"value":"a","note":"n"}"#), ShortFirst::Noted(_)));
    // A tag that is written with escapes is as good as none: what fits best is found by trying.
    assert!(matches!(trip(r#"{"type":"sa\u0079","content":"a","more":1}"#), Item::SayMore(_)));
}

#[test]
fn events_are_known_by_their_tag() {
    assert!(
        matches!(trip(r#"{"type":"delta","delta":"x","new":1}"#), Event::Delta { delta, .. } if delta == "x")
    );
    assert!(
        matches!(trip(r#"{"type":"done","choice":{"index":4}}"#), Event::Done { choice } if choice.index == 4)
    );
    assert!(matches!(trip(r#"{"type":"new","delta":"x"}"#), Event::Other(_)));
    assert!(matches!(trip(r#"{"delta":"x"}"#), Event::Other(_)));
    assert!(matches!(trip("7"), Event::Other(_)));
}

#[test]
fn embeddings_come_as_numbers_or_as_base64() {
    let expected = Some(vec![0.1f32, 2.0]);
    assert_eq!(trip::<Choice>(r#"{"vector":[0.1,2]}"#).vector, expected);
    assert_eq!(decode::<Choice>(br#"{"vector":"zczMPQAAAEA="}"#).unwrap().vector, expected);
    assert_eq!(trip::<Choice>(r#"{"vector":"not base64"}"#).vector, None);
    assert_eq!(trip::<Choice>(r#"{"vector":"AAAAAAA="}"#).vector, None, "five bytes are no numbers");
}

#[test]
fn extra_replaces_a_field_and_adds_keys_at_the_end() {
    let function = Function { name: "f".into(), arguments: "{}".into(), ..Default::default() };
    let text = String::from_utf8(encode(&function.extra("name", Value::Null).extra("new", 1.0))).unwrap();
    assert_eq!(text, r#"{"name":null,"arguments":"{}","new":1}"#);
    let mut extra = Extra::default();
    extra.insert("new", 1);
    extra.insert("new", 2);
    assert_eq!(extra.iter().map(|(key, value)| (key, value.get())).collect::<Vec<_>>(), [("new", "2")]);
}

#[test]
fn of_a_key_that_comes_twice_the_last_value_holds() {
    let function: Function = decode(br#"{"name":"a","arguments":"","name":"b"}"#).unwrap();
    assert_eq!(function.name, "b");
}

#[test]
fn deep_nesting_is_kept_as_text() {
    let deep = format!(r#"{{"new":{}1{}}}"#, "[".repeat(150), "]".repeat(150));
    let choice: Choice = decode(deep.as_bytes()).unwrap();
    assert_eq!(String::from_utf8(encode(&choice)).unwrap(), deep);
    // Types that hold themselves are decoded so far that no stack runs out, and are text from there on.
    let deep = format!("{}{}", r#"{"children":["#.repeat(90), "]}".repeat(90));
    let mut tree: Tree = decode(deep.as_bytes()).unwrap();
    assert_eq!(String::from_utf8(encode(&tree)).unwrap(), deep);
    let mut levels = 0;
    while let Some(child) = tree.children.pop() {
        (tree, levels) = (child, levels + 1);
    }
    assert!((30..=64).contains(&levels) && !tree.extra.is_empty(), "{levels}");
}

#[test]
fn what_is_no_object_or_no_json_is_an_error() {
    for text in ["", "[]", "7", "{", r#"{"index":}"#, r#"{"index":1} 2"#, r#"{"type":"\ud800"}"#] {
        assert!(decode::<Choice>(text.as_bytes()).is_err(), "{text}");
    }
}

#[test]
fn serde_says_the_same() {
    let text =
        r#"{"object":"choice","reason":"stop","index":1,"score":2,"items":["x"],"labels":{"b":"1","a":"2"}}"#;
    let choice: Choice = serde_json::from_str(text).unwrap();
    assert_eq!(choice, decode(text.as_bytes()).unwrap());
    assert_eq!(serde_json::to_string(&choice).unwrap(), text);
}
