//! What events amount to, whatever they leave out.

use super::*;
use crate::json;
use serde_json::json;

fn event(value: Value) -> ResponseStreamEvent {
    json::decode(value.to_string().as_bytes()).unwrap()
}

fn snapshot(events: impl IntoIterator<Item = Value>) -> Value {
    let mut state = State::default();
    events.into_iter().for_each(|value| state.add(&event(value)));
    serde_json::to_value(state.response()).unwrap()
}

fn response(status: &str, output: Value) -> Value {
    json!({"id": "resp_1", "object": "response", "status": status, "output": output})
}

fn added(index: usize, item: Value) -> Value {
    json!({"type": "response.output_item.added", "output_index": index, "item": item})
}

fn delta(kind: &str, index: usize, part: (&str, usize), text: &str) -> Value {
    json!({"type": format!("response.{kind}.delta"), "item_id": "i", "output_index": index, part.0: part.1, "delta": text})
}

#[test]
fn deltas_end_up_where_they_belong() {
    let created = json!({"type": "response.created", "response": response("in_progress", json!([]))});
    let items = [
        json!({"type": "reasoning", "id": "r", "summary": []}),
        json!({"type": "message", "id": "m", "role": "assistant", "status": "in_progress", "content": []}),
        json!({"type": "function_call", "id": "f", "call_id": "c", "name": "f", "arguments": ""}),
        json!({"type": "mcp_call", "id": "p", "name": "f", "server_label": "s", "arguments": ""}),
        json!({"type": "custom_tool_call", "id": "t", "call_id": "c", "name": "f", "input": ""}),
        json!({"type": "code_interpreter_call", "id": "x", "container_id": "k", "status": "in_progress", "code": null}),
        json!({"type": "brand_new", "id": "n"}),
    ];
    let part = json!({"type": "response.content_part.added", "output_index": 1, "content_index": 0, "part": {"type": "output_text", "text": "", "annotations": []}});
    let mut events = vec![created];
    events.extend(items.into_iter().enumerate().map(|(index, item)| added(index, item)));
    events.push(part);
    for text in ["a", "é"] {
        events.extend([
            delta("reasoning_summary_text", 0, ("summary_index", 0), text),
            delta("reasoning_summary_text", 0, ("summary_index", 1), text),
            delta("reasoning_text", 0, ("content_index", 0), text),
            delta("output_text", 1, ("content_index", 0), text),
            delta("refusal", 1, ("content_index", 1), text),
            delta("function_call_arguments", 2, ("x", 0), text),
            delta("mcp_call_arguments", 3, ("x", 0), text),
            delta("custom_tool_call_input", 4, ("x", 0), text),
            delta("code_interpreter_call_code", 5, ("x", 0), text),
            // None of these fits.
            delta("output_text", 2, ("content_index", 0), text),
            delta("output_text", 9, ("content_index", 0), text),
            delta("output_text", 1, ("content_index", 7), text),
        ]);
    }
    let output = &snapshot(events)["output"];
    assert_eq!(
        *output,
        json!([
            {"type": "reasoning", "id": "r", "summary": [{"type": "summary_text", "text": "aé"}, {"type": "summary_text", "text": "aé"}],
             "content": [{"type": "reasoning_text", "text": "aé"}]},
            {"type": "message", "id": "m", "role": "assistant", "status": "in_progress",
             "content": [{"type": "output_text", "text": "aé", "annotations": []}, {"type": "refusal", "refusal": "aé"}]},
            {"type": "function_call", "id": "f", "call_id": "c", "name": "f", "arguments": "aé"},
            {"type": "mcp_call", "id": "p", "name": "f", "server_label": "s", "arguments": "aé"},
            {"type": "custom_tool_call", "id": "t", "call_id": "c", "name": "f", "input": "aé"},
            {"type": "code_interpreter_call", "id": "x", "container_id": "k", "status": "in_progress", "code": "aé"},
            {"type": "brand_new", "id": "n"},
        ])
    );
}

#[test]
fn done_events_have_the_last_word() {
    let item = json!({"type": "message", "id": "m", "role": "assistant", "status": "completed", "content": [{"type": "output_text", "text": "whole", "annotations": []}]});
    let events = |last: Value| {
        vec![
            json!({"type": "response.created", "response": response("in_progress", json!([]))}),
            added(
                0,
                json!({"type": "message", "id": "m", "role": "assistant", "status": "in_progress", "content": []}),
            ),
            delta("output_text", 0, ("content_index", 0), "wh"),
            last,
        ]
    };
    for last in [
        json!({"type": "response.output_text.done", "output_index": 0, "content_index": 0, "text": "whole"}),
        json!({"type": "response.content_part.done", "output_index": 0, "content_index": 0, "part": {"type": "output_text", "text": "whole", "annotations": []}}),
        json!({"type": "response.output_item.done", "output_index": 0, "item": item}),
        json!({"type": "response.completed", "response": response("completed", json!([item]))}),
    ] {
        assert_eq!(snapshot(events(last.clone()))["output"][0]["content"][0]["text"], "whole", "{last}");
    }
}

#[test]
fn what_the_last_event_leaves_out_is_known() {
    for left_out in [json!([]), Value::Null] {
        let whole = snapshot([
            json!({"type": "response.created", "response": response("in_progress", json!([]))}),
            added(3, json!({"type": "function_call", "call_id": "b", "name": "g", "arguments": "{}"})),
            added(1, json!({"type": "function_call", "call_id": "a", "name": "f", "arguments": "{}"})),
            json!({"type": "response.in_progress", "response": response("in_progress", json!([]))}),
            json!({"type": "response.completed", "response": response("completed", left_out)}),
        ]);
        assert_eq!(whole["status"], "completed");
        let ids: Vec<_> = whole["output"].as_array().unwrap().iter().map(|item| &item["call_id"]).collect();
        assert_eq!(ids, ["a", "b"]);
    }
}

#[test]
fn the_place_of_an_event_is_read_beside_it() {
    for (text, number) in [
        (r#"{"type":"response.new","sequence_number":7,"x":{"sequence_number":1}}"#, Some(7)),
        (r#"{"x":{"sequence_number":1},"type":"response.output_text.delta","delta":"a"}"#, None),
        (r#"{"sequence_number":null,"type":"response.output_text.delta"}"#, None),
    ] {
        let read: Numbered = json::decode(text.as_bytes()).unwrap();
        assert_eq!(read.number, number);
        assert_eq!(read.event, json::decode(text.as_bytes()).unwrap());
    }
}

#[test]
fn what_was_asked_for_is_asked_again() {
    let mut request = Request::new(operation("responses.retrieve").unwrap());
    carry_over(
        br#"{"include":["a"],"stream_options":{"include_obfuscation":false},"input":"x"}"#,
        &mut request,
    );
    assert_eq!(
        request.query.as_deref(),
        Some(br#"{"include":["a"],"include_obfuscation":false}"#.as_slice())
    );
}
