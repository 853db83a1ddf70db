//! Bench mode: prebuilt answers, so that a benchmark measures the client and not this server.
//!
//! The model name chooses: `stream-5000` streams 5,000 chunks of about 300 bytes as fast as the socket takes them,
//! `stream-100@20ms` one every 20 ms, `structured-1mb` gives a long answer; any other name a small one.

use std::collections::HashMap;
use std::sync::Mutex;
use std::time::Duration;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use bytes::Bytes;
use serde::Deserialize;
use tokio::io::{AsyncWrite, AsyncWriteExt};

use crate::http::WireRequest;

const CHUNK: usize = 300;
/// More would only fill the memory.
const MOST_CHUNKS: usize = 1_000_000;

#[derive(Deserialize)]
struct Asked<'a> {
    #[serde(borrow, default)]
    model: std::borrow::Cow<'a, str>,
    #[serde(default)]
    stream: bool,
}

#[derive(Default)]
pub(crate) struct Bench {
    built: Mutex<HashMap<String, Bytes>>,
}

impl Bench {
    pub(crate) async fn answer<W: AsyncWrite + Unpin>(
        &self,
        writer: &mut W,
        request: &WireRequest,
        path: &str,
    ) -> std::io::Result<()> {
        let asked =
            serde_json::from_slice(&request.body).unwrap_or(Asked { model: "small".into(), stream: false });
        if !asked.stream {
            return writer.write_all(&self.built(path, &asked.model, || whole(path, &asked.model))).await;
        }
        let (count, pace) = stream_of(&asked.model);
        let Some(pace) = pace else {
            return writer
                .write_all(&self.built(path, &asked.model, || stream(path, count).concat().into()))
                .await;
        };
        for part in stream(path, count) {
            writer.write_all(&part).await?;
            tokio::time::sleep(pace).await;
        }
        Ok(())
    }

    fn built(&self, path: &str, model: &str, build: impl FnOnce() -> Bytes) -> Bytes {
        let mut built = self.built.lock().unwrap_or_else(|poisoned| poisoned.into_inner());
        built.entry(format!("{path} {model}")).or_insert_with(build).clone()
    }
}

fn stream_of(model: &str) -> (usize, Option<Duration>) {
    let spec = model.strip_prefix("stream-").unwrap_or("100");
    let (count, pace) = spec.split_once('@').unwrap_or((spec, ""));
    let pace = pace.strip_suffix("ms").and_then(|ms| ms.parse().ok()).map(Duration::from_millis);
    (count.parse().unwrap_or(100).min(MOST_CHUNKS), pace)
}

/// The whole answer, head included.
fn whole(path: &str, model: &str) -> Bytes {
    let body = match path {
        "/embeddings" => embeddings(),
        "/responses" => response("completed", &content(model)),
        _ => chat(&content(model)),
    };
    let length = body.len();
    let head = format!(
        "HTTP/1.1 200 OK\r\ncontent-type: application/json\r\nx-request-id: req_bench\r\ncontent-length: {length}\r\n\r\n"
    );
    (head + &body).into()
}

fn content(model: &str) -> String {
    match model {
        "structured-1mb" => {
            let item = |i| {
                let text = "A sentence with a \"quoted\" word and some length. ".repeat(3);
                serde_json::json!({"id": i, "name": format!("item {i}"), "tags": ["alpha", "beta"], "price": 9.95, "text": text})
            };
            serde_json::json!({"items": (0..4500).map(item).collect::<Vec<_>>()}).to_string()
        }
        _ => "A short answer of the usual length. ".repeat(14),
    }
}

fn chat(content: &str) -> String {
    serde_json::json!({
        "id": "chatcmpl-bench", "object": "chat.completion", "created": 1_760_000_000, "model": "bench",
        "choices": [{
            "index": 0, "finish_reason": "stop", "logprobs": null,
            "message": {"role": "assistant", "content": content, "refusal": null, "annotations": []},
        }],
        "usage": {
            "prompt_tokens": 20, "completion_tokens": 120, "total_tokens": 140,
            "prompt_tokens_details": {"cached_tokens": 0, "audio_tokens": 0},
            "completion_tokens_details": {
                "reasoning_tokens": 0, "audio_tokens": 0, "accepted_prediction_tokens": 0, "rejected_prediction_tokens": 0,
            },
        },
        "service_tier": "default", "system_fingerprint": "fp_bench",
    })
    .to_string()
}

fn response(status: &str, text: &str) -> String {
    serde_json::json!({
        "id": "resp_bench", "object": "response", "created_at": 1_760_000_000, "status": status, "model": "bench",
        "error": null, "incomplete_details": null, "instructions": null, "metadata": {}, "parallel_tool_calls": true,
        "temperature": 1.0, "top_p": 1.0, "tool_choice": "auto", "tools": [],
        "output": [{
            "id": "msg_bench", "type": "message", "role": "assistant", "status": status,
            "content": [{"type": "output_text", "text": text, "annotations": []}],
        }],
        "usage": {
            "input_tokens": 20, "output_tokens": 120, "total_tokens": 140,
            "input_tokens_details": {"cached_tokens": 0}, "output_tokens_details": {"reasoning_tokens": 0},
        },
    })
    .to_string()
}

/// 100 vectors of 1,536 numbers in the base64 form that the official clients ask for.
fn embeddings() -> String {
    let vector = |seed: usize| {
        let numbers = (0..1536).map(|i| ((i * 7 + seed * 13) % 2000) as f32 / 1000.0 - 1.0);
        STANDARD.encode(numbers.flat_map(f32::to_le_bytes).collect::<Vec<u8>>())
    };
    let data: Vec<_> = (0..100)
        .map(|i| serde_json::json!({"object": "embedding", "index": i, "embedding": vector(i)}))
        .collect();
    let usage = serde_json::json!({"prompt_tokens": 800, "total_tokens": 800});
    serde_json::json!({"object": "list", "data": data, "model": "bench", "usage": usage}).to_string()
}

/// Head, events and terminator of a stream; each event is one HTTP chunk.
fn stream(path: &str, count: usize) -> Vec<Vec<u8>> {
    let head = "HTTP/1.1 200 OK\r\ncontent-type: text/event-stream\r\nx-request-id: req_bench\r\ntransfer-encoding: chunked\r\n\r\n";
    let mut parts = vec![head.as_bytes().to_vec()];
    let mut push = |event: String| parts.push(format!("{:x}\r\n{event}\r\n", event.len()).into_bytes());
    let responses = path == "/responses";
    for i in 0..count {
        let event = |text: &str| match responses {
            true => format!(
                "event: response.output_text.delta\ndata: {{\"type\":\"response.output_text.delta\",\"sequence_number\":{i},\"item_id\":\"msg_bench\",\"output_index\":0,\"content_index\":0,\"delta\":\"{text}\",\"logprobs\":[]}}\n\n"
            ),
            false => format!(
                "data: {{\"id\":\"chatcmpl-bench\",\"object\":\"chat.completion.chunk\",\"created\":1760000000,\"model\":\"bench\",\"service_tier\":\"default\",\"system_fingerprint\":\"fp_bench\",\"choices\":[{{\"index\":0,\"delta\":{{\"content\":\"{text}\"}},\"logprobs\":null,\"finish_reason\":null}}],\"usage\":null}}\n\n"
            ),
        };
        let filling = CHUNK.saturating_sub(event("").len());
        push(event(&"word ".repeat(filling / 5 + 1)[..filling]));
    }
    match responses {
        true => push(format!(
            "event: response.completed\ndata: {{\"type\":\"response.completed\",\"sequence_number\":{count},\"response\":{}}}\n\n",
            response("completed", "done")
        )),
        false => push("data: [DONE]\n\n".to_owned()),
    }
    parts.push(b"0\r\n\r\n".to_vec());
    parts
}
