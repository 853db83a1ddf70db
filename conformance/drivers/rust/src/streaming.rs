//! The helpers over streams: `stream`, `fc`, and `partial_json`, which needs no client.

use std::time::Instant;

use openai_oxide::partial::PartialJson;
use openai_oxide::stream_helpers::{ChatStreamEvent, FunctionCall, ResponseStream};
use openai_oxide::types::chat::chat_completion_token_logprob::ChatCompletionTokenLogprob;
use openai_oxide::{OpenAI, OpenAIError};
use serde::de::DeserializeOwned;
use serde_json::{Value, json};

use crate::calls::{Done, to_json, unusable, with_options};
use crate::case::{Call, Helper, Outcome, text};

pub(crate) async fn run(client: &OpenAI, call: &Call, outcome: &mut Outcome) -> Done {
    let completions = client.chat().completions();
    let responses = client.responses();
    match (call.helper, call.operation.as_str()) {
        (Some(Helper::PartialJson), _) => partial_json(call, outcome),
        (Some(Helper::Stream), "chat.completions.create") => {
            let events = outcome.events.insert(Vec::new());
            let mut stream = with_options(completions.stream(request(call)?), &call.options).await?;
            while Some(events.len()) != call.take
                && let Some(event) = stream.recv().await
            {
                events.extend(chat_event(event?)?);
            }
            if Some(events.len()) != call.take {
                outcome.result = Some(to_json(&stream.get_final_completion().await?)?);
            }
            Ok(())
        }
        (Some(Helper::Stream), "responses.create") => {
            let ready = with_options(responses.stream(request(call)?), &call.options);
            response_events(call, ready.await?, outcome).await
        }
        (Some(Helper::Stream), "responses.retrieve") => {
            let id = call.params.get("response_id").map(text).unwrap_or_default();
            let mut ready = with_options(responses.stream_by_id(id), &call.options);
            if let Some(after) = call.params.get("starting_after").and_then(Value::as_i64) {
                ready = ready.starting_after(after);
            }
            response_events(call, ready.await?, outcome).await
        }
        (Some(Helper::Fc), "chat.completions.create") => {
            outcome.events = Some(Vec::new());
            let ready = completions.create_stream_fc(request(call)?);
            let mut calls = with_options(ready, &call.options).await?;
            let mut taken = Taken::new(call);
            while taken.more(outcome)
                && let Some(found) = calls.recv().await
            {
                taken.take(&found?, outcome);
            }
            if taken.more(outcome) {
                outcome.lead = taken.lead();
                outcome.result = Some(to_json(&calls.final_completion().await?)?);
            }
            Ok(())
        }
        (Some(Helper::Fc), "responses.create") => {
            outcome.events = Some(Vec::new());
            let ready = responses.create_stream_fc(request(call)?);
            let mut calls = with_options(ready, &call.options).await?;
            let mut taken = Taken::new(call);
            while taken.more(outcome)
                && let Some(found) = calls.recv().await
            {
                taken.take(&found?, outcome);
            }
            if taken.more(outcome) {
                outcome.lead = taken.lead();
                outcome.result = Some(to_json(&calls.final_response().await?)?);
            }
            Ok(())
        }
        (_, operation) => {
            outcome.unsupported = Some(format!("the driver has no such helper of {operation}"));
            Ok(())
        }
    }
}

fn request<T: DeserializeOwned>(call: &Call) -> Result<T, OpenAIError> {
    let mut params = call.params.clone();
    params.extend(call.options.extra_body.clone());
    serde_json::from_value(Value::Object(params)).map_err(|error| unusable(error.to_string()))
}

async fn response_events(call: &Call, mut stream: ResponseStream, outcome: &mut Outcome) -> Done {
    let events = outcome.events.insert(Vec::new());
    while Some(events.len()) != call.take
        && let Some(event) = stream.recv().await
    {
        events.push(to_json(&event?)?);
    }
    if Some(events.len()) != call.take {
        outcome.result = Some(to_json(&stream.get_final_response().await?)?);
    }
    Ok(())
}

/// The calls that were handed over, and when the last one was.
struct Taken {
    limit: Option<usize>,
    last: Option<Instant>,
}

impl Taken {
    fn new(call: &Call) -> Self {
        Self { limit: call.take, last: None }
    }

    fn more(&self, outcome: &Outcome) -> bool {
        self.limit.is_none() || outcome.events.as_ref().map(Vec::len) < self.limit
    }

    fn take(&mut self, call: &FunctionCall, outcome: &mut Outcome) {
        self.last = Some(Instant::now());
        let told = json!({"name": call.name, "call_id": call.call_id, "arguments": call.arguments});
        outcome.events.get_or_insert_default().push(told);
    }

    fn lead(&self) -> Option<f64> {
        Some(self.last?.elapsed().as_secs_f64())
    }
}

/// An event in the form that all languages tell it; none for what they do not all tell.
fn chat_event(event: ChatStreamEvent) -> Result<Option<Value>, OpenAIError> {
    let logprobs = |tokens: &[ChatCompletionTokenLogprob]| to_json(&tokens);
    Ok(Some(match event {
        ChatStreamEvent::ContentDelta { delta, snapshot } => {
            json!({"type": "content.delta", "delta": delta, "snapshot": &*snapshot})
        }
        ChatStreamEvent::ContentDone { content } => json!({"type": "content.done", "content": content}),
        ChatStreamEvent::RefusalDelta { delta, snapshot } => {
            json!({"type": "refusal.delta", "delta": delta, "snapshot": &*snapshot})
        }
        ChatStreamEvent::RefusalDone { refusal } => json!({"type": "refusal.done", "refusal": refusal}),
        ChatStreamEvent::ToolCallDelta { index, name, arguments_delta, arguments_snapshot } => json!({
            "type": "tool_calls.function.arguments.delta", "index": index, "name": name,
            "arguments": &*arguments_snapshot, "arguments_delta": arguments_delta,
        }),
        ChatStreamEvent::ToolCallDone { index, name, arguments, .. } => json!({
            "type": "tool_calls.function.arguments.done", "index": index, "name": name, "arguments": arguments,
        }),
        ChatStreamEvent::LogprobsContentDelta { content, snapshot } => json!({
            "type": "logprobs.content.delta", "content": logprobs(&content)?, "snapshot": logprobs(&snapshot)?,
        }),
        ChatStreamEvent::LogprobsContentDone { content } => {
            json!({"type": "logprobs.content.done", "content": logprobs(&content)?})
        }
        ChatStreamEvent::LogprobsRefusalDelta { refusal, snapshot } => json!({
            "type": "logprobs.refusal.delta", "refusal": logprobs(&refusal)?, "snapshot": logprobs(&snapshot)?,
        }),
        ChatStreamEvent::LogprobsRefusalDone { refusal } => {
            json!({"type": "logprobs.refusal.done", "refusal": logprobs(&refusal)?})
        }
        _ => return Ok(None),
    }))
}

fn partial_json(call: &Call, outcome: &mut Outcome) -> Done {
    let mut document = PartialJson::new();
    let events = outcome.events.insert(Vec::new());
    for piece in call.params.get("pieces").and_then(Value::as_array).into_iter().flatten() {
        document.push(&text(piece)).map_err(|fault| unusable(fault.to_string()))?;
        let mut event = json!({"complete": document.is_complete()});
        if let Some(value) = document.value() {
            event["value"] = value.clone();
        }
        events.push(event);
    }
    Ok(())
}
