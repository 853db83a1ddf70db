//! Structured output and tools against a small server: what only Rust has of them. What all languages share is in the conformance suite.
#![cfg(all(feature = "macros", feature = "chat", feature = "responses"))]

use openai_oxide::config::ClientConfig;
use openai_oxide::schemars::{self, JsonSchema};
use openai_oxide::tools::{Step, Tool, ToolArguments};
use openai_oxide::types::chat::*;
use openai_oxide::types::responses::{ResponseCreateRequest, ResponseStreamEvent};
use openai_oxide::{ErrorKind, OpenAI, tool};
use serde::Deserialize;
use serde_json::{Value, json};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpListener;
use tokio::sync::mpsc;

/// Answers each request with the next list of events, the last of which stays open if it is `"hold"`; tells the bodies it got.
async fn server(answers: Vec<Vec<Value>>) -> (OpenAI, mpsc::UnboundedReceiver<Value>) {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    let (tell, told) = mpsc::unbounded_channel();
    tokio::spawn(async move {
        for events in answers {
            let (mut socket, _) = listener.accept().await.unwrap();
            let mut seen = Vec::new();
            let body: Value = loop {
                let mut chunk = [0; 4096];
                let count = socket.read(&mut chunk).await.unwrap();
                seen.extend_from_slice(&chunk[..count]);
                let text = String::from_utf8_lossy(&seen);
                if let Some(body) =
                    text.split_once("\r\n\r\n").and_then(|(_, body)| serde_json::from_str(body).ok())
                {
                    break body;
                }
            };
            let _ = tell.send(body);
            let head = "HTTP/1.1 200 OK\r\ncontent-type: text/event-stream\r\nx-request-id: req_7\r\nconnection: close\r\n\r\n";
            socket.write_all(head.as_bytes()).await.unwrap();
            for event in &events {
                if event == "hold" {
                    // Until the client leaves.
                    let _ = socket.read(&mut [0; 1]).await;
                    return;
                }
                let data = event.as_str().map_or_else(|| event.to_string(), str::to_owned);
                socket.write_all(format!("data: {data}\n\n").as_bytes()).await.unwrap();
            }
        }
    });
    let config = ClientConfig::new("sk-test")
        .base_url(format!("http://{address}/v1"))
        .max_retries(0)
        .proxy(None::<String>);
    (OpenAI::with_config(config), told)
}

fn chunk(delta: Value, finish: Option<&str>) -> Value {
    json!({"id": "c", "object": "chat.completion.chunk", "created": 1, "model": "m",
        "choices": [{"index": 0, "delta": delta, "finish_reason": finish}]})
}

fn call(index: u32, name: &str, arguments: &str) -> Value {
    let function = json!({"name": name, "arguments": arguments});
    chunk(
        json!({"tool_calls": [{"index": index, "id": format!("call_{index}"), "type": "function", "function": function}]}),
        None,
    )
}

fn says(text: &str) -> Vec<Value> {
    vec![chunk(json!({"role": "assistant", "content": text}), Some("stop")), json!("[DONE]")]
}

fn calls(calls: Vec<Value>) -> Vec<Value> {
    let end = [chunk(json!({}), Some("tool_calls")), json!("[DONE]")];
    calls.into_iter().chain(end).collect()
}

fn question() -> ChatCompletionRequest {
    ChatCompletionRequest::new("m", [ChatCompletionMessageParam::user("?")])
}

/// The next high tide
/// of a harbour.
#[tool]
async fn tide(
    /// As sailors call it.
    harbour: String,
    days: Option<u8>,
) -> Result<Value, std::io::Error> {
    match harbour.as_str() {
        "Brest" => Ok(json!({"time": "18:42", "days": days})),
        _ => Err(std::io::Error::other("no such harbour")),
    }
}

/// Not told to the model.
#[tool(name = "greet-me", description = "Says hello.")]
fn greet() -> String {
    "hello".to_owned()
}

#[derive(Deserialize, JsonSchema, ToolArguments)]
/// The sum.
struct AddUp {
    numbers: Vec<i64>,
}

#[tokio::test]
async fn tools_declare_themselves_and_are_told_apart() {
    let add_up = AddUp::tool(|AddUp { numbers }| async move { Ok::<_, String>(numbers.iter().sum::<i64>()) });
    let (client, mut told) = server(vec![
        calls(vec![
            call(0, "tide", r#"{"harbour": "Brest", "days": null}"#),
            call(1, "greet-me", ""),
            call(2, "add_up", r#"{"numbers": [1, 2]}"#),
            call(3, "tide", r#"{"harbour": "Atlantis", "days": 1}"#),
        ]),
        says("Done."),
    ])
    .await;
    let mut seen = Vec::new();
    let run = client.chat().completions().run_tools(question(), [tide(), greet(), add_up]);
    let run = run.on_step(|step| seen.push(step.clone())).await.unwrap();
    assert_eq!(seen, run.steps);
    let first = told.recv().await.unwrap();
    assert_eq!(
        first["tools"],
        json!([
            {"type": "function", "function": {"name": "tide", "description": "The next high tide\nof a harbour.", "parameters": {
                "title": "Arguments", "type": "object",
                "properties": {
                    "harbour": {"description": "As sailors call it.", "type": "string"},
                    "days": {"type": ["integer", "null"], "minimum": 0, "maximum": 255},
                },
                "required": ["harbour", "days"], "additionalProperties": false,
            }, "strict": true}},
            {"type": "function", "function": {"name": "greet-me", "description": "Says hello.", "parameters": {
                "title": "Arguments", "type": "object", "additionalProperties": false,
            }, "strict": true}},
            {"type": "function", "function": {"name": "add_up", "description": "The sum.", "parameters": {
                "title": "AddUp", "description": "The sum.", "type": "object",
                "properties": {"numbers": {"type": "array", "items": {"type": "integer"}}},
                "required": ["numbers"], "additionalProperties": false,
            }, "strict": true}},
        ])
    );
    let outputs = run.steps.iter().filter_map(|step| match step {
        Step::Tool { output, failed, .. } => Some((output.as_str(), *failed)),
        _ => None,
    });
    assert_eq!(
        outputs.collect::<Vec<_>>(),
        [
            (r#"{"time":"18:42","days":null}"#, false),
            ("hello", false),
            ("3", false),
            ("no such harbour", true)
        ]
    );
    assert_eq!(run.completion.choices[0].message.content.as_deref(), Some("Done."));
    // The question, the calls, four results, the answer.
    assert_eq!(run.messages.len(), 7);
}

#[tokio::test]
async fn a_function_that_must_be_called_is_called_once() {
    let (client, mut told) = server(vec![calls(vec![call(0, "greet-me", "{}")]), says("Never asked.")]).await;
    let choice: ToolChoice =
        serde_json::from_value(json!({"type": "function", "function": {"name": "greet-me"}})).unwrap();
    let run = client.chat().completions().run_tools(question().tool_choice(choice), [greet()]).await.unwrap();
    assert_eq!(run.steps.len(), 2);
    assert!(told.recv().await.is_some() && told.try_recv().is_err());
}

#[tokio::test]
async fn a_run_ends_where_the_conversation_cannot_go_on() {
    let custom = chunk(
        json!({"tool_calls": [{"index": 1, "id": "call_1", "type": "custom", "custom": {"name": "draw", "input": "a cat"}}]}),
        None,
    );
    let (client, mut told) =
        server(vec![calls(vec![call(0, "greet-me", "{}"), custom]), says("Never asked.")]).await;
    let run = client.chat().completions().run_tools(question(), [greet()]).await.unwrap();
    assert_eq!(run.steps.len(), 2, "the function was called, the custom tool is for the caller");
    assert!(told.recv().await.is_some() && told.try_recv().is_err());

    let (client, mut told) = server(vec![calls(vec![call(0, "greet-me", "{}")]), says("Never asked.")]).await;
    let run = client.chat().completions().run_tools(question(), [greet()]).max_rounds(0).await.unwrap();
    assert_eq!(run.steps.len(), 2, "there is always one round");
    assert!(told.recv().await.is_some() && told.try_recv().is_err());
}

/// A response that calls `greet-me`, or says something.
fn responds(id: &str, calls: bool) -> Vec<Value> {
    let call = json!({"type": "function_call", "id": "fc_1", "call_id": "call_1", "name": "greet-me", "arguments": "{}",
        "status": "completed"});
    let message = json!({"id": "msg_1", "type": "message", "role": "assistant", "status": "completed", "content": [
        {"type": "output_text", "annotations": [], "text": "Done."}]});
    let item = if calls { call } else { message };
    let response = json!({"id": id, "object": "response", "created_at": 1, "status": "completed", "model": "m", "output": [item]});
    vec![
        json!({"type": "response.output_item.done", "sequence_number": 0, "output_index": 0, "item": item}),
        json!({"type": "response.completed", "sequence_number": 1, "response": response}),
    ]
}

#[tokio::test]
async fn a_conversation_kept_at_the_server_gets_only_what_is_new() {
    let (client, mut told) = server(vec![responds("resp_1", true), responds("resp_2", false)]).await;
    let mut request = ResponseCreateRequest::new("m").input("?");
    request.conversation = serde_json::from_value(json!("conv_1")).unwrap();
    let run = client.responses().run_tools(request, [greet()]).await.unwrap();
    assert_eq!(run.response.output_text(), "Done.");
    assert_eq!(told.recv().await.unwrap()["input"], json!([{"role": "user", "content": "?"}]));
    assert_eq!(
        told.recv().await.unwrap()["input"],
        json!([{"type": "function_call_output", "call_id": "call_1", "output": "hello"}])
    );

    let (client, mut told) = server(vec![responds("resp_1", true), responds("resp_2", false)]).await;
    let mut request = ResponseCreateRequest::new("m").input("?");
    request.tool_choice = serde_json::from_value(json!({"type": "function", "name": "greet-me"})).unwrap();
    let run = client.responses().run_tools(request, [greet()]).await.unwrap();
    assert_eq!(
        (run.response.id.as_str(), run.steps.len()),
        ("resp_1", 2),
        "what must be called is called once"
    );
    assert!(told.recv().await.is_some() && told.try_recv().is_err());
}

#[tokio::test]
async fn a_tool_that_cannot_be_declared_is_refused_before_anything_is_sent() {
    let client = OpenAI::with_config(ClientConfig::new("sk-test").base_url("http://127.0.0.1:1/v1"));
    let schema = json!({"type": "object", "additionalProperties": {"type": "string"}});
    let open = Tool::new("open", "", schema.clone(), |_| async { Ok::<_, String>(()) });
    let misnamed = Tool::new("a name", "", json!({"type": "object"}), |_| async { Ok::<_, String>(()) });
    let long = Tool::new("n".repeat(65), "", json!({"type": "object"}), |_| async { Ok::<_, String>(()) });
    for (tool, told) in [
        (open.clone(), "`additionalProperties`"),
        (misnamed, "a name has 1 to 64"),
        (long, "a name has 1 to 64"),
    ] {
        let error = client.chat().completions().run_tools(question(), [tool.clone()]).await.unwrap_err();
        assert_eq!(error.kind(), ErrorKind::InvalidRequest);
        assert!(error.message().contains(told), "{error}");
        let request = ResponseCreateRequest::new("m").input("?");
        assert_eq!(
            client.responses().run_tools(request, [tool]).await.unwrap_err().kind(),
            ErrorKind::InvalidRequest
        );
    }
    let (client, mut told) = server(vec![says("Done.")]).await;
    client.chat().completions().run_tools(question(), [open.lenient(schema.clone())]).await.unwrap();
    let function = &told.recv().await.unwrap()["tools"][0]["function"];
    assert_eq!((&function["parameters"], &function["strict"]), (&schema, &json!(false)));
}

#[tokio::test]
async fn dropping_a_run_drops_the_tools_that_run() {
    struct Told(Arc<AtomicBool>);
    impl Drop for Told {
        fn drop(&mut self) {
            self.0.store(true, Ordering::SeqCst);
        }
    }
    let (started, stopped) = (Arc::new(AtomicBool::new(false)), Arc::new(AtomicBool::new(false)));
    let endless = Tool::new("endless", "", json!({"type": "object"}), {
        let (started, stopped) = (started.clone(), stopped.clone());
        move |_| {
            started.store(true, Ordering::SeqCst);
            let told = Told(stopped.clone());
            async move {
                std::future::pending::<()>().await;
                drop(told);
                Ok::<_, String>(())
            }
        }
    });
    // The second call begins, which completes the first; then the stream stays open.
    let (client, _told) =
        server(vec![vec![call(0, "endless", "{}"), call(1, "endless", ""), json!("hold")]]).await;
    let completions = client.chat().completions();
    let run = std::future::IntoFuture::into_future(completions.run_tools(question(), [endless]));
    assert!(tokio::time::timeout(Duration::from_millis(500), run).await.is_err());
    assert!(started.load(Ordering::SeqCst), "a tool starts while the answer streams");
    assert!(stopped.load(Ordering::SeqCst), "and ends with the run");
}

#[derive(Debug, Deserialize, JsonSchema, PartialEq)]
struct Recipe {
    dish: String,
    minutes: u32,
}

#[tokio::test]
async fn what_is_known_of_a_value_is_told_while_it_streams() {
    let mut events: Vec<Value> = [r#"{"dish": "So"#, r#"up", "minutes": 2"#, r#"0}"#]
        .map(|text| chunk(json!({"content": text}), None))
        .into_iter()
        .collect();
    events.extend([chunk(json!({}), Some("stop")), json!("[DONE]")]);
    #[derive(Debug, Deserialize, PartialEq)]
    struct PartOfRecipe {
        dish: Option<String>,
        minutes: Option<u32>,
    }
    let (client, mut told) = server(vec![events]).await;
    let mut stream = client.chat().completions().parse_stream::<Recipe>(question()).await.unwrap();
    let (mut values, mut parts) = (Vec::new(), Vec::new());
    while let Some(event) = stream.recv().await {
        event.unwrap();
        let part = stream.partial_as::<PartOfRecipe>();
        if part.is_some() && part.as_ref() != parts.last() {
            parts.extend(part);
        }
        let whole = parts.last().is_some_and(|part| part.minutes.is_some());
        assert_eq!(stream.partial_as::<Recipe>().is_some(), whole, "a part of a recipe is none");
        if let Some(value) = stream.partial()
            && values.last() != Some(value)
        {
            values.push(value.clone());
        }
    }
    let whole = json!({"dish": "Soup", "minutes": 20});
    assert_eq!(values, [json!({"dish": "So"}), json!({"dish": "Soup"}), whole]);
    let parts: Vec<_> = parts.into_iter().map(|part| (part.dish.unwrap(), part.minutes)).collect();
    assert_eq!(parts, [("So".to_owned(), None), ("Soup".to_owned(), None), ("Soup".to_owned(), Some(20))]);
    let answer = stream.get_final_completion().await.unwrap();
    assert_eq!(answer.parsed, Some(Recipe { dish: "Soup".into(), minutes: 20 }));
    let format = &told.recv().await.unwrap()["response_format"];
    assert_eq!(
        (&format["json_schema"]["name"], &format["json_schema"]["strict"]),
        (&json!("Recipe"), &json!(true))
    );
}

#[tokio::test]
async fn an_answer_that_does_not_fit_is_told_with_its_place_and_its_whole() {
    let response = json!({"id": "resp_1", "object": "response", "created_at": 1, "status": "completed", "model": "m", "output": [
        {"id": "msg_1", "type": "message", "role": "assistant", "status": "completed", "content": [
            {"type": "output_text", "annotations": [], "text": r#"{"dish": "Soup", "minutes": "20"}"#}]}]});
    let event = json!({"type": "response.completed", "sequence_number": 0, "response": response});
    let (client, _told) = server(vec![vec![event]]).await;
    let request = ResponseCreateRequest::new("m").input("?");
    let mut stream = client.responses().parse_stream::<Recipe>(request).await.unwrap();
    assert!(matches!(stream.recv().await, Some(Ok(ResponseStreamEvent::ResponseCompleted { .. }))));
    let error = stream.get_final_response().await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::ResponseValidation);
    assert!(error.message().contains("at minutes: invalid type: string \"20\", expected u32"), "{error}");
    assert_eq!(error.request_id(), Some("req_7"));
    let whole: Value = serde_json::from_slice(error.body().unwrap()).unwrap();
    assert_eq!(whole["id"], "resp_1");
}

#[tokio::test]
async fn a_type_without_a_strict_schema_is_refused_before_anything_is_sent() {
    #[derive(Debug, Deserialize, JsonSchema)]
    #[allow(dead_code)]
    struct Open {
        any: Value,
    }
    let client = OpenAI::with_config(ClientConfig::new("sk-test").base_url("http://127.0.0.1:1/v1"));
    let error = client.chat().completions().parse::<Open>(question()).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::InvalidRequest);
    assert!(error.message().contains("#/properties/any"), "{error}");
}
