//! What chunks add up to, and what must make no difference.

use super::*;
use serde_json::{Value, json};

fn chunk(choices: Value) -> ChatCompletionChunk {
    let chunk =
        json!({"id": "c", "object": "chat.completion.chunk", "created": 1, "model": "m", "choices": choices});
    json::decode(chunk.to_string().as_bytes()).unwrap()
}

fn delta(delta: Value) -> ChatCompletionChunk {
    chunk(json!([{"index": 0, "delta": delta, "finish_reason": null}]))
}

fn call(delta_of_call: Value) -> ChatCompletionChunk {
    delta(json!({"tool_calls": [delta_of_call]}))
}

fn end(reason: &str) -> ChatCompletionChunk {
    chunk(json!([{"index": 0, "delta": {}, "finish_reason": reason}]))
}

/// The events without the chunks, one line each.
fn lines(
    state: &mut ChatCompletionStreamState,
    chunks: impl IntoIterator<Item = ChatCompletionChunk>,
) -> Vec<String> {
    let events = chunks.into_iter().flat_map(|chunk| state.handle_chunk(chunk).unwrap()).collect::<Vec<_>>();
    events.iter().filter_map(line).collect()
}

fn line(event: &ChatStreamEvent) -> Option<String> {
    Some(match event {
        ChatStreamEvent::Chunk(_) => return None,
        ChatStreamEvent::ContentDelta { delta, snapshot } => format!("text +{delta} = {snapshot}"),
        ChatStreamEvent::ContentDone { content } => format!("text done {content}"),
        ChatStreamEvent::RefusalDelta { delta, snapshot } => format!("refusal +{delta} = {snapshot}"),
        ChatStreamEvent::RefusalDone { refusal } => format!("refusal done {refusal}"),
        ChatStreamEvent::ToolCallDelta { index, name, arguments_delta, arguments_snapshot } => {
            format!("call {index} {name} +{arguments_delta} = {arguments_snapshot}")
        }
        ChatStreamEvent::ToolCallDone { index, call_id, name, arguments } => {
            format!("call {index} {call_id} {name} done {arguments}")
        }
        ChatStreamEvent::Done { finish_reason } => {
            format!("done {}", finish_reason.as_ref().map_or("-", |reason| reason.as_str()))
        }
        other => format!("{other:?}"),
    })
}

fn completed(state: &ChatCompletionStreamState) -> Value {
    serde_json::to_value(state.current_completion_snapshot()).unwrap()
}

fn calls(state: &ChatCompletionStreamState) -> Value {
    completed(state)["choices"][0]["message"]["tool_calls"].clone()
}

fn whole_call(id: &str, name: &str, arguments: &str) -> Value {
    json!({"id": id, "type": "function", "function": {"name": name, "arguments": arguments}})
}

#[test]
fn the_completion_reads_like_one_that_was_not_streamed() {
    let mut state = ChatCompletionStreamState::new();
    let told = lines(
        &mut state,
        [
            delta(json!({"role": "assistant", "content": "", "refusal": null})),
            delta(json!({"content": "Hé"})),
            delta(json!({"content": "llo"})),
            end("stop"),
            chunk(json!([])),
        ],
    );
    assert_eq!(told, ["text + = ", "text +Hé = Hé", "text +llo = Héllo", "text done Héllo", "done stop"]);
    assert_eq!(state.current_content(), "Héllo");
    let whole = r#"{"id":"c","object":"chat.completion","created":1,"model":"m","choices":[{"index":0,"message":{"role":"assistant","content":"Héllo","refusal":null},"finish_reason":"stop"}]}"#;
    assert_eq!(completed(&state), serde_json::from_str::<Value>(whole).unwrap());
    assert_eq!(state.get_final_completion().unwrap(), serde_json::from_str(whole).unwrap());
}

#[test]
fn an_unfinished_choice_has_no_reason_to_stop() {
    let mut state = ChatCompletionStreamState::new();
    lines(&mut state, [delta(json!({"content": "a"}))]);
    assert_eq!(completed(&state)["choices"][0]["finish_reason"], Value::Null);
    assert!(completed(&state)["choices"][0].as_object().unwrap().contains_key("finish_reason"));
}

#[test]
fn nothing_unknown_is_lost() {
    let mut state = ChatCompletionStreamState::new();
    let first = json!({
        "id": "c", "object": "chat.completion.chunk", "created": 1, "model": "m", "provider": "acme", "obfuscation": "x",
        "choices": [{"index": 0, "seed": 7, "delta": {"role": "model", "thinking": "a", "content": [{"type": "text"}]}}],
    });
    lines(&mut state, [json::decode(first.to_string().as_bytes()).unwrap()]);
    lines(
        &mut state,
        [
            delta(json!({"thinking": "b"})),
            call(
                json!({"index": 0, "id": "i", "signature": "s", "function": {"name": "f", "arguments": "{}", "v": 1}}),
            ),
            call(json!({"index": 0, "signature": "t"})),
        ],
    );
    assert_eq!(
        completed(&state),
        json!({
            "id": "c", "object": "chat.completion", "created": 1, "model": "m", "provider": "acme",
            "choices": [{"index": 0, "seed": 7, "finish_reason": null, "message": {
                "role": "model", "content": [{"type": "text"}], "refusal": null, "thinking": "ab",
                "tool_calls": [{"id": "i", "type": "function", "signature": "st", "function": {"name": "f", "arguments": "{}", "v": 1}}],
            }}],
        })
    );
}

#[test]
fn what_is_no_chunk_of_a_completion_adds_nothing() {
    let mut state = ChatCompletionStreamState::new();
    let mut other = delta(json!({"content": "x"}));
    other.extra.insert("object", "");
    assert!(lines(&mut state, [other]).is_empty());
    assert_eq!(completed(&state)["choices"], json!([]));
}

#[test]
fn audio_and_the_old_function_call_add_up() {
    let mut state = ChatCompletionStreamState::new();
    lines(
        &mut state,
        [
            delta(json!({"audio": {"id": "a1", "transcript": "Hel"}})),
            delta(json!({"audio": {"transcript": "lo", "data": "QUI="}})),
            delta(json!({"audio": {"data": "Qw==", "expires_at": 9}})),
            delta(json!({"function_call": {"name": "f", "arguments": "{\"a\""}})),
            delta(json!({"function_call": {"arguments": ":1}"}})),
        ],
    );
    let message = &completed(&state)["choices"][0]["message"];
    assert_eq!(
        message["audio"],
        json!({"id": "a1", "transcript": "Hello", "data": "QUI=Qw==", "expires_at": 9})
    );
    assert_eq!(message["function_call"], json!({"name": "f", "arguments": "{\"a\":1}"}));
}

#[test]
fn a_custom_tool_call_is_in_the_completion_alone() {
    let mut state = ChatCompletionStreamState::new();
    let told = lines(
        &mut state,
        [
            call(json!({"index": 0, "id": "i", "type": "custom", "custom": {"name": "sh", "input": "l"}})),
            call(json!({"index": 0, "custom": {"input": "s"}})),
            end("tool_calls"),
        ],
    );
    assert_eq!(told, ["done tool_calls"]);
    assert_eq!(
        calls(&state),
        json!([{"type": "custom", "id": "i", "custom": {"name": "sh", "input": "ls"}}])
    );
    let completion = state.get_final_completion().unwrap();
    let held = completion.choices[0].message.tool_calls.as_ref().unwrap();
    assert_eq!(held[0].custom.as_ref().unwrap().input, "ls");
}

#[test]
fn calls_are_told_apart_however_the_server_numbers_them() {
    let whole = json!([whole_call("a", "f", "{\"x\":1}"), whole_call("b", "g", "{}")]);
    let f = |index: Value, id: Value, name: Value, arguments: &str| {
        call(json!({"index": index, "id": id, "function": {"name": name, "arguments": arguments}}))
    };
    let (none, zero, one) = (Value::Null, json!(0), json!(1));
    let (a, b) = (json!("a"), json!("b"));
    for (what, chunks) in [
        (
            "plainly",
            [
                f(zero.clone(), a.clone(), json!("f"), "{\"x\""),
                f(zero.clone(), none.clone(), none.clone(), ":1}"),
                f(one.clone(), b.clone(), json!("g"), "{}"),
            ],
        ),
        (
            "not at all",
            [
                f(none.clone(), a.clone(), json!("f"), "{\"x\""),
                f(none.clone(), none.clone(), none.clone(), ":1}"),
                f(none.clone(), b.clone(), json!("g"), "{}"),
            ],
        ),
        (
            "all alike",
            [
                f(zero.clone(), a.clone(), json!("f"), "{\"x\""),
                f(zero.clone(), none.clone(), none.clone(), ":1}"),
                f(zero.clone(), b.clone(), json!("g"), "{}"),
            ],
        ),
        (
            "with the head repeated",
            [
                f(zero.clone(), a.clone(), json!("f"), "{\"x\""),
                f(zero.clone(), a.clone(), json!("f"), ":1}"),
                f(one.clone(), b.clone(), json!("g"), "{}"),
            ],
        ),
        (
            "with empty ids",
            [
                f(zero.clone(), a.clone(), json!("f"), "{\"x\""),
                f(zero.clone(), json!(""), json!(""), ":1}"),
                f(one.clone(), b.clone(), json!("g"), "{}"),
            ],
        ),
        (
            "with a late id",
            [
                f(zero.clone(), none.clone(), json!("f"), "{\"x\""),
                f(zero.clone(), a.clone(), none.clone(), ":1}"),
                f(one.clone(), b.clone(), json!("g"), "{}"),
            ],
        ),
    ] {
        let mut state = ChatCompletionStreamState::new();
        let told = lines(&mut state, chunks);
        assert_eq!(calls(&state), whole, "{what}");
        assert_eq!(told.last().unwrap(), "call 0 a f done {\"x\":1}", "{what}");
        assert_eq!(
            lines(&mut state, [end("tool_calls")]),
            ["call 1 b g done {}", "done tool_calls"],
            "{what}"
        );
    }
}

#[test]
fn calls_without_ids_are_told_apart_by_their_names() {
    for index in [json!(0), Value::Null] {
        let mut state = ChatCompletionStreamState::new();
        let whole = |name: &str| call(json!({"index": index, "function": {"name": name, "arguments": "{}"}}));
        lines(&mut state, [whole("f"), whole("g"), whole("g"), end("tool_calls")]);
        assert_eq!(
            calls(&state),
            json!([
                whole_call("call_0", "f", "{}"),
                whole_call("call_1", "g", "{}"),
                whole_call("call_2", "g", "{}")
            ])
        );
    }
}

#[test]
fn one_id_under_two_indexes_is_two_calls() {
    let mut state = ChatCompletionStreamState::new();
    let part = |index: i64, name: &str, arguments: &str| {
        call(json!({"index": index, "id": "same", "function": {"name": name, "arguments": arguments}}))
    };
    lines(&mut state, [part(0, "f", "{"), part(1, "g", "["), part(0, "f", "}"), part(1, "g", "]")]);
    assert_eq!(calls(&state), json!([whole_call("same", "f", "{}"), whole_call("same", "g", "[]")]));
}

#[test]
fn a_call_is_done_before_the_end_only_if_nothing_can_follow() {
    let mut state = ChatCompletionStreamState::new();
    let part = |index: i64, id: Value, arguments: &str| json!({"index": index, "id": id, "function": {"name": id.as_str().map(|_| "f"), "arguments": arguments}});
    let both = |one: Value, two: Value| delta(json!({"tool_calls": [one, two]}));
    let told = lines(
        &mut state,
        [
            both(part(0, json!("a"), "{\"x\""), part(1, json!("b"), "{")),
            both(part(0, Value::Null, ":1}"), part(1, Value::Null, "}")),
            end("tool_calls"),
        ],
    );
    assert_eq!(
        told[2..],
        [
            "call 0 f +:1} = {\"x\":1}",
            "call 1 f +} = {}",
            "call 0 a f done {\"x\":1}",
            "call 1 b f done {}",
            "done tool_calls"
        ]
    );
}

#[test]
fn an_id_for_each_piece_is_one_call() {
    let mut state = ChatCompletionStreamState::new();
    for index in [json!(0), Value::Null] {
        state = ChatCompletionStreamState::new();
        let piece = |id: &str, arguments: &str| {
            call(json!({"index": index, "id": id, "function": {"arguments": arguments}}))
        };
        let first = call(json!({"index": index, "id": "a", "function": {"name": "f", "arguments": ""}}));
        lines(&mut state, [first, piece("x", "{"), piece("y", "}")]);
        assert_eq!(calls(&state), json!([whole_call("a", "f", "{}")]));
    }
    assert_eq!(lines(&mut state, [end("tool_calls")]), ["call 0 a f done {}", "done tool_calls"]);
}

#[test]
fn arguments_sent_as_json_are_arguments() {
    let mut state = ChatCompletionStreamState::new();
    lines(
        &mut state,
        [call(json!({"index": 0, "id": "a", "function": {"name": "f", "arguments": {"x": 1}}}))],
    );
    assert_eq!(calls(&state), json!([whole_call("a", "f", "{\"x\":1}")]));
}

#[test]
fn a_name_in_pieces_is_joined() {
    let mut state = ChatCompletionStreamState::new();
    lines(
        &mut state,
        [
            call(json!({"index": 0, "id": "a", "function": {"name": "get_"}})),
            call(json!({"index": 0, "function": {"name": "weather"}})),
            call(json!({"index": 0, "function": {"arguments": "{}"}})),
        ],
    );
    assert_eq!(calls(&state), json!([whole_call("a", "get_weather", "{}")]));
}

#[test]
fn a_stream_without_a_reason_to_stop_is_done_at_its_end() {
    let mut state = ChatCompletionStreamState::new();
    lines(&mut state, [delta(json!({"content": "a"}))]);
    let told: Vec<_> = state.finish().iter().filter_map(line).collect();
    assert_eq!(told, ["text done a", "done -"]);
    assert!(state.finish().is_empty());
}

#[test]
fn a_cut_off_answer_is_no_completion() {
    for (reason, kind) in
        [("length", ErrorKind::LengthFinishReason), ("content_filter", ErrorKind::ContentFilterFinishReason)]
    {
        let mut state = ChatCompletionStreamState::new();
        assert_eq!(lines(&mut state, [delta(json!({"content": "a"})), end(reason)]).len(), 3);
        let error = state.get_final_completion().unwrap_err();
        assert_eq!(error.kind(), kind);
        let partial: ChatCompletion = serde_json::from_slice(error.body().unwrap()).unwrap();
        assert_eq!(partial.choices[0].message.content.as_deref(), Some("a"));
        let mut strict = ChatCompletionStreamState { strict: true, ..Default::default() };
        strict.handle_chunk(delta(json!({"content": "a"}))).unwrap();
        assert_eq!(strict.handle_chunk(end(reason)).unwrap_err().kind(), kind);
    }
    assert_eq!(
        ChatCompletionStreamState::new().get_final_completion().unwrap_err().kind(),
        ErrorKind::IncompleteStream
    );
}

/// Texts and calls in pieces of any length, the pieces of all of them in any order: the sums are the same.
#[test]
fn any_chunking_and_any_interleaving_gives_the_same() {
    let texts = [("content", "Grüße an 👩‍🚀!"), ("refusal", "Nein."), ("reasoning_content", "Hm, hm.")];
    let arguments = ["{\"city\": \"Zürich\"}", "[1, 2, {\"a\": null}]", "{}", "\"just text\""];
    let mut whole = None;
    let mut random = 1u64;
    let mut below = |bound: usize| {
        random = random.wrapping_mul(6364136223846793005).wrapping_add(1442695040888963407);
        (random >> 33) as usize % bound
    };
    for _ in 0..300 {
        // Each queue is what one text or call is cut into; chunks take from the front of a random one.
        let mut queues: Vec<Vec<Value>> = Vec::new();
        let mut cut = |text: &str| {
            let mut pieces = vec![String::new()];
            for character in text.chars() {
                if below(3) == 0 {
                    pieces.push(String::new());
                }
                pieces.last_mut().unwrap().push(character);
            }
            pieces
        };
        for (key, text) in texts {
            queues.push(cut(text).into_iter().map(|piece| json!({key: piece})).collect());
        }
        for (index, text) in arguments.iter().enumerate() {
            let pieces = cut(text).into_iter().enumerate().map(|(at, piece)| {
                let head = json!({"index": index, "id": format!("id{index}"), "type": "function", "function": {"name": format!("f{index}"), "arguments": piece}});
                let tail = json!({"index": index, "function": {"arguments": piece}});
                json!({"tool_calls": [if at == 0 { head } else { tail }]})
            });
            queues.push(pieces.collect());
        }
        queues.iter_mut().for_each(|queue| queue.reverse());
        let mut state = ChatCompletionStreamState::new();
        let mut told = Vec::new();
        while !queues.is_empty() {
            let at = below(queues.len());
            let mut next = queues[at].pop().unwrap();
            if queues[at].is_empty() {
                queues.swap_remove(at);
            }
            // Sometimes two pieces share a chunk.
            if !queues.is_empty() && below(3) == 0 {
                let at = below(queues.len());
                let other = queues[at].pop().unwrap();
                if queues[at].is_empty() {
                    queues.swap_remove(at);
                }
                for (key, value) in other.as_object().unwrap() {
                    match (next.get_mut(key), value) {
                        (Some(Value::Array(held)), Value::Array(more)) => held.extend(more.clone()),
                        (Some(Value::String(held)), Value::String(more)) => held.push_str(more),
                        _ => next[key] = value.clone(),
                    }
                }
            }
            told.extend(lines(&mut state, [delta(next)]));
        }
        told.extend(lines(&mut state, [end("tool_calls")]));
        // Text that goes on after a call began was done with the call's beginning: its event depends on the order.
        let is_done = |line: &String| line.starts_with("call") && line.contains(" done ");
        let mut done: Vec<_> = told.into_iter().filter(is_done).collect();
        done.sort();
        let mut message = completed(&state)["choices"][0]["message"].take();
        // The order of keys is no difference.
        let sums = (done, message["tool_calls"].take(), message);
        assert_eq!(*whole.get_or_insert_with(|| sums.clone()), sums);
    }
    let (done, calls, message) = whole.unwrap();
    assert_eq!(done.len(), 4, "{done:?}");
    assert_eq!(calls[1], whole_call("id1", "f1", arguments[1]));
    assert_eq!(message["reasoning_content"], "Hm, hm.");
}

#[test]
fn the_work_for_a_delta_does_not_grow_with_the_text() {
    // With a copy of the text in every event this would move 40 GB.
    let mut state = ChatCompletionStreamState::new();
    let piece = delta(
        json!({"content": "abcd", "tool_calls": [{"index": 0, "id": "a", "function": {"arguments": "abcd"}}]}),
    );
    for _ in 0..100_000 {
        state.handle_chunk(piece.clone()).unwrap();
    }
    assert_eq!(state.current_content().len(), 400_000);
}
