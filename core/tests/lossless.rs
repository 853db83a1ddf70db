//! Every answer, event and request of the conformance suite, decoded and encoded again: it must say the same.
#![cfg(all(feature = "chat", feature = "embeddings", feature = "models", feature = "responses"))]

use openai_oxide::types::chat::*;
use openai_oxide::types::responses::*;
use openai_oxide::types::*;
use serde::{Serialize, de::DeserializeOwned};
use serde_json::Value;
use std::path::{Path, PathBuf};

/// Equal as ECMAScript sees it: 2.0 is 2. Embeddings are told as numbers, so their base64 form is left out of the comparison.
fn same(one: &Value, other: &Value) -> bool {
    match (one, other) {
        (Value::Number(a), Value::Number(b)) => {
            a == b || (!(a.is_i64() && b.is_i64()) && a.as_f64() == b.as_f64())
        }
        (Value::Array(a), Value::Array(b)) => a.len() == b.len() && a.iter().zip(b).all(|(a, b)| same(a, b)),
        (Value::Object(a), Value::Object(b)) => {
            a.len() == b.len()
                && a.iter().all(|(key, a)| {
                    b.get(key)
                        .is_some_and(|b| same(a, b) || (key == "embedding" && a.is_string() && b.is_array()))
                })
        }
        _ => one == other,
    }
}

fn trip<T: DeserializeOwned + Serialize>(place: &str, value: &Value) {
    let Ok(typed) = serde_json::from_value::<T>(value.clone()) else {
        assert!(!value.is_object(), "{place}: not decoded: {value}");
        return;
    };
    let again = serde_json::to_value(&typed).unwrap();
    assert!(same(value, &again), "{place}:\n{value}\nbecame\n{again}");
}

fn result(operation: &str, place: &str, value: &Value) -> bool {
    match operation {
        "chat.completions.create" | "chat.completions.retrieve" | "chat.completions.update" => {
            trip::<ChatCompletion>(place, value);
        }
        "chat.completions.delete" => trip::<ChatCompletionDeleted>(place, value),
        "embeddings.create" => trip::<CreateEmbeddingResponse>(place, value),
        "models.retrieve" => trip::<Model>(place, value),
        "models.delete" => trip::<ModelDeleted>(place, value),
        "responses.create" | "responses.retrieve" | "responses.cancel" => trip::<Response>(place, value),
        "responses.compact" => trip::<CompactedResponse>(place, value),
        "responses.input_tokens.count" => {
            trip::<input_token_count_response::InputTokenCountResponse>(place, value)
        }
        _ => return false,
    }
    true
}

fn event(operation: &str, place: &str, value: &Value) -> bool {
    match operation {
        "chat.completions.create" => trip::<ChatCompletionChunk>(place, value),
        "responses.create" | "responses.retrieve" => trip::<ResponseStreamEvent>(place, value),
        _ => return false,
    }
    true
}

fn arguments(operation: &str, place: &str, value: &Value) -> bool {
    match operation {
        "chat.completions.create" => trip::<ChatCompletionRequest>(place, value),
        "embeddings.create" => trip::<EmbeddingCreateRequest>(place, value),
        "responses.create" => trip::<ResponseCreateRequest>(place, value),
        "responses.compact" => trip::<ResponseCompactRequest>(place, value),
        _ => return false,
    }
    true
}

fn files(folder: &Path, found: &mut Vec<PathBuf>) {
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            files(&path, found);
        } else if path.extension().is_some_and(|kind| kind == "yaml") {
            found.push(path);
        }
    }
}

#[test]
fn the_suite_survives_the_types() {
    let mut paths = Vec::new();
    files(&Path::new(env!("CARGO_MANIFEST_DIR")).join("../conformance/suite"), &mut paths);
    let (mut results, mut events, mut requests) = (0, 0, 0);
    for path in paths {
        let text = std::fs::read_to_string(&path).unwrap();
        let options = serde_saphyr::options! { budget: None };
        let suite: Value = serde_saphyr::from_str_with_options(&text, options)
            .unwrap_or_else(|error| panic!("{}: {error}", path.display()));
        for case in suite["cases"].as_array().into_iter().flatten() {
            let place = case["name"].as_str().unwrap_or("?");
            let operation = case["call"]["operation"].as_str().unwrap_or("");
            if let Some(params) = case["call"].get("params") {
                requests += usize::from(arguments(operation, place, params));
            }
            for exchange in case["exchange"].as_array().into_iter().flatten() {
                let response = &exchange["response"];
                if let Some(value) = response.get("json").filter(|_| response["status"] == 200) {
                    results += usize::from(result(operation, place, value));
                }
                for sent in response["sse"].as_array().into_iter().flatten() {
                    let data = match &sent["data"] {
                        Value::String(text) => serde_json::from_str(text).unwrap_or_default(),
                        data => data.clone(),
                    };
                    if data.is_object() {
                        events += usize::from(event(operation, place, &data));
                    }
                }
            }
        }
    }
    assert!(
        results > 40 && events > 100 && requests > 80,
        "{results} results, {events} events, {requests} requests"
    );
}
