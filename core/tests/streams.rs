//! The helpers over streams against a server that breaks off, falls silent, and takes its time.
#![cfg(all(feature = "chat", feature = "responses"))]

use futures_util::StreamExt;
use openai_oxide::config::ClientConfig;
use openai_oxide::stream_helpers::{ChatStreamEvent, FunctionCallStep};
use openai_oxide::types::chat::*;
use openai_oxide::types::responses::*;
use openai_oxide::{ErrorKind, OpenAI};
use std::time::{Duration, Instant};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpListener;
use tokio::sync::mpsc;

/// Pieces of an answer, each after a wait. Without an end of its own an answer ends in a reset, as broken connections do.
type Answer = Vec<(u64, String)>;

/// Gives each request the next answer, and tells the first line of what it was asked.
async fn server(answers: Vec<Answer>) -> (OpenAI, mpsc::UnboundedReceiver<String>) {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    let (tell, told) = mpsc::unbounded_channel();
    tokio::spawn(async move {
        for answer in answers {
            let (mut socket, _) = listener.accept().await.unwrap();
            let mut seen = Vec::new();
            loop {
                let mut chunk = [0; 4096];
                let count = socket.read(&mut chunk).await.unwrap();
                assert!(count > 0, "the client left early");
                seen.extend_from_slice(&chunk[..count]);
                let text = String::from_utf8_lossy(&seen).into_owned();
                let Some((head, body)) = text.split_once("\r\n\r\n") else { continue };
                let length = head
                    .lines()
                    .find_map(|line| line.to_lowercase().strip_prefix("content-length: ")?.parse().ok());
                if body.len() >= length.unwrap_or(0) {
                    break;
                }
            }
            let text = String::from_utf8_lossy(&seen).into_owned();
            tell.send(text.lines().next().unwrap().trim_end_matches(" HTTP/1.1").to_owned()).unwrap();
            for (wait, piece) in answer {
                tokio::time::sleep(Duration::from_millis(wait)).await;
                if socket.write_all(piece.as_bytes()).await.is_err() {
                    break;
                }
            }
        }
    });
    let config = ClientConfig::new("sk-test")
        .base_url(format!("http://{address}/v1"))
        .max_retries(0)
        .proxy(None::<String>);
    (OpenAI::with_config(config), told)
}

/// An event stream whose end is the connection's.
fn events(lines: &[&str]) -> Answer {
    let head = "HTTP/1.1 200 OK\r\ncontent-type: text/event-stream\r\nconnection: close\r\n\r\n".to_owned();
    std::iter::once((0, head)).chain(lines.iter().map(|line| (0, format!("data: {line}\n\n")))).collect()
}

fn json(text: &str) -> Answer {
    let length = text.len();
    vec![(
        0,
        format!(
            "HTTP/1.1 200 OK\r\ncontent-type: application/json\r\nopenai-poll-after-ms: 5\r\ncontent-length: {length}\r\nconnection: close\r\n\r\n{text}"
        ),
    )]
}

const CREATED: &str = r#"{"type":"response.created","sequence_number":0,"response":{"id":"resp_1","status":"in_progress","output":[]}}"#;
const ITEM: &str = r#"{"type":"response.output_item.added","sequence_number":1,"output_index":0,"item":{"id":"m","type":"message","role":"assistant","content":[]}}"#;
const ONE: &str = r#"{"type":"response.output_text.delta","sequence_number":2,"output_index":0,"content_index":0,"delta":"Hel"}"#;
const TWO: &str = r#"{"type":"response.output_text.delta","sequence_number":3,"output_index":0,"content_index":0,"delta":"lo"}"#;
const COMPLETED: &str = r#"{"type":"response.completed","sequence_number":4,"response":{"id":"resp_1","status":"completed","output":[]}}"#;

fn ask() -> ResponseCreateRequest {
    ResponseCreateRequest::new("m").input("x")
}

fn numbers(events: &[ResponseStreamEvent]) -> Vec<i64> {
    events
        .iter()
        .map(|event| serde_json::to_value(event).unwrap()["sequence_number"].as_i64().unwrap())
        .collect()
}

#[tokio::test]
async fn a_background_response_goes_on_after_breaks_and_no_event_comes_twice() {
    let (client, mut told) = server(vec![
        events(&[CREATED, ITEM, ONE]),
        events(&[]),
        // This one ignores `starting_after`.
        events(&[CREATED, ITEM, ONE, TWO]),
        events(&[COMPLETED]),
    ])
    .await;
    let request = ask().background(true).include([ResponseIncludable::MessageOutputTextLogprobs]);
    let mut stream = client.responses().stream(request).header("x-foo", "1").await.unwrap();
    let mut seen = Vec::new();
    while let Some(event) = stream.recv().await {
        seen.push(event.unwrap());
    }
    assert_eq!(numbers(&seen), [0, 1, 2, 3, 4]);
    assert_eq!(stream.current_output_text(), "Hello");
    let response = stream.get_final_response().await.unwrap();
    assert_eq!((response.output_text(), response.id.as_str()), ("Hello".into(), "resp_1"));
    let mut asked = Vec::new();
    while let Ok(line) = told.try_recv() {
        asked.push(line);
    }
    let again = |after: i64| {
        format!(
            "GET /v1/responses/resp_1?include%5B%5D=message.output_text.logprobs&stream=true&starting_after={after}"
        )
    };
    let asked: Vec<_> = asked.iter().map(|line| line.replace("include[]", "include%5B%5D")).collect();
    assert_eq!(asked, ["POST /v1/responses".to_owned(), again(2), again(2), again(3)]);
}

#[tokio::test]
async fn a_stream_that_only_breaks_is_given_up() {
    let mut answers = vec![events(&[CREATED])];
    answers.extend((0..8).map(|_| events(&[])));
    let (client, mut told) = server(answers).await;
    let mut stream = client.responses().stream(ask().background(true)).await.unwrap();
    assert!(stream.recv().await.unwrap().is_ok());
    assert_eq!(stream.recv().await.unwrap().unwrap_err().kind(), ErrorKind::IncompleteStream);
    assert!(stream.recv().await.is_none());
    let mut asked = 0;
    while told.try_recv().is_ok() {
        asked += 1;
    }
    assert_eq!(asked, 6);
}

#[tokio::test]
async fn breaks_are_counted_anew_after_an_event() {
    let mut answers = vec![events(&[CREATED])];
    for event in [ITEM, ONE, COMPLETED] {
        answers.extend((0..4).map(|_| events(&[])));
        answers.push(events(&[event]));
    }
    let (client, _told) = server(answers).await;
    let mut stream = client.responses().stream(ask().background(true)).await.unwrap();
    assert_eq!(stream.get_final_response().await.unwrap().output_text(), "Hel");
}

#[tokio::test]
async fn a_response_that_is_not_in_the_background_is_not_taken_up_again() {
    let (client, mut told) = server(vec![events(&[CREATED, ITEM, ONE]), events(&[COMPLETED])]).await;
    let mut stream = client.responses().stream(ask()).await.unwrap();
    let error = stream.get_final_response().await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::IncompleteStream);
    assert_eq!(stream.get_final_response().await.unwrap_err().kind(), ErrorKind::IncompleteStream);
    assert_eq!(stream.current_snapshot().unwrap().output_text(), "Hel");
    told.recv().await.unwrap();
    assert!(told.try_recv().is_err());
}

#[tokio::test]
async fn a_stream_by_id_leaves_out_what_came_before_but_knows_it() {
    let (client, mut told) = server(vec![events(&[CREATED, ITEM, ONE]), events(&[TWO, COMPLETED])]).await;
    let mut stream = client.responses().stream_by_id("resp_1").starting_after(2).await.unwrap();
    let mut seen = Vec::new();
    while let Some(event) = stream.next().await {
        seen.push(event.unwrap());
    }
    assert_eq!(numbers(&seen), [3, 4]);
    assert_eq!(stream.get_final_response().await.unwrap().output_text(), "Hello");
    assert_eq!(told.recv().await.unwrap(), "GET /v1/responses/resp_1?stream=true");
    assert_eq!(told.recv().await.unwrap(), "GET /v1/responses/resp_1?stream=true&starting_after=2");
}

#[tokio::test]
async fn a_background_response_is_waited_for() {
    let state = |status: &str| json(&format!(r#"{{"id":"resp_1","status":"{status}","output":[]}}"#));
    let (client, mut told) = server(vec![state("queued"), state("in_progress"), state("failed")]).await;
    let response = client.responses().create_and_poll(ask()).await.unwrap();
    assert_eq!(response.status.unwrap(), "failed");
    assert_eq!(told.recv().await.unwrap(), "POST /v1/responses");
    assert_eq!(told.recv().await.unwrap(), "GET /v1/responses/resp_1");
    assert_eq!(told.recv().await.unwrap(), "GET /v1/responses/resp_1");
}

#[tokio::test]
async fn a_function_call_is_there_long_before_the_response_is() {
    let added = r#"{"type":"response.output_item.added","output_index":0,"item":{"type":"function_call","call_id":"c","name":"f","arguments":""}}"#;
    let done = r#"{"type":"response.function_call_arguments.done","output_index":0,"arguments":"{\"n\":1}"}"#;
    let mut answer = events(&[CREATED, added, done]);
    answer.push((400, format!("data: {COMPLETED}\n\n")));
    let (client, _told) = server(vec![answer]).await;
    let mut calls = client.responses().create_stream_fc(ask()).await.unwrap();
    let call = calls.recv().await.unwrap().unwrap();
    let handed_over = Instant::now();
    assert_eq!((call.name.as_str(), call.call_id.as_str(), call.index), ("f", "c", 0));
    assert_eq!(call.parse::<serde_json::Value>().unwrap()["n"], 1);
    assert!(calls.recv().await.is_none());
    assert!(handed_over.elapsed() > Duration::from_millis(300), "{:?}", handed_over.elapsed());
    assert_eq!(calls.final_response().await.unwrap().status.unwrap(), "completed");
}

#[tokio::test]
async fn a_chat_call_is_there_long_before_the_next_one_ends() {
    let chunk = |delta: &str| {
        format!(r#"{{"id":"c","object":"chat.completion.chunk","choices":[{{"index":0,"delta":{delta}}}]}}"#)
    };
    let first = chunk(r#"{"tool_calls":[{"index":0,"id":"a","function":{"name":"f","arguments":"{}"}}]}"#);
    let second =
        chunk(r#"{"tool_calls":[{"index":1,"id":"b","function":{"name":"g","arguments":"{\"x\":"}}]}"#);
    let mut answer = events(&[&first, &second]);
    answer.push((
        400,
        format!("data: {}\n\n", chunk(r#"{"tool_calls":[{"index":1,"function":{"arguments":"2}"}}]}"#)),
    ));
    answer.push((0, "data: [DONE]\n\n".to_owned()));
    let (client, _told) = server(vec![answer]).await;
    let request = ChatCompletionRequest::new("m", [ChatCompletionMessageParam::user("x")]);
    let mut calls = client.chat().completions().create_stream_fc(request).await.unwrap();
    assert_eq!(calls.recv().await.unwrap().unwrap().name, "f");
    let handed_over = Instant::now();
    let last = calls.next().await.unwrap().unwrap();
    assert_eq!((last.call_id.as_str(), last.arguments.as_str(), last.index), ("b", "{\"x\":2}", 1));
    assert!(handed_over.elapsed() > Duration::from_millis(300), "{:?}", handed_over.elapsed());
    assert!(calls.recv().await.is_none());
    assert_eq!(
        calls.final_completion().await.unwrap().choices[0].message.tool_calls.as_ref().unwrap().len(),
        2
    );
}

#[tokio::test]
async fn a_chat_call_that_was_cut_off_is_only_in_the_completion() {
    let part = |index: i64, arguments: &str, reason: &str| {
        format!(
            r#"{{"object":"chat.completion.chunk","choices":[{{"index":0,"delta":{{"tool_calls":[{{"index":{index},"id":"c{index}","function":{{"name":"f","arguments":"{arguments}"}}}}]}},"finish_reason":{reason}}}]}}"#
        )
    };
    let mut answer = events(&[&part(0, "{}", "null"), &part(1, "{", "\"length\"")]);
    answer.push((0, "data: [DONE]\n\n".to_owned()));
    let (client, _told) = server(vec![answer]).await;
    let request = ChatCompletionRequest::new("m", [ChatCompletionMessageParam::user("x")]);
    let mut calls = client.chat().completions().create_stream_fc(request).await.unwrap();
    assert_eq!(calls.recv().await.unwrap().unwrap().call_id, "c0");
    assert!(calls.recv().await.is_none());
    let completion = calls.final_completion().await.unwrap();
    assert_eq!(completion.choices[0].finish_reason, "length");
    assert_eq!(completion.choices[0].message.tool_calls.as_ref().unwrap().len(), 2);
}

#[tokio::test]
async fn a_chat_stream_that_breaks_off_is_no_completion_but_can_be_read() {
    let chunk = r#"{"id":"c","object":"chat.completion.chunk","choices":[{"index":0,"delta":{"content":"Hel","tool_calls":[{"index":0,"id":"a","function":{"name":"f","arguments":"{}"}}]}}]}"#;
    let (client, _told) = server(vec![events(&[chunk]), events(&[chunk])]).await;
    let request = || ChatCompletionRequest::new("m", [ChatCompletionMessageParam::user("x")]);
    let mut stream = client.chat().completions().stream(request()).await.unwrap();
    let mut last = None;
    while let Some(event) = stream.recv().await {
        match event {
            Ok(event) => {
                assert!(!matches!(event, ChatStreamEvent::ToolCallDone { .. } | ChatStreamEvent::Done { .. }))
            }
            Err(error) => last = Some(error.kind()),
        }
    }
    assert_eq!(last, Some(ErrorKind::IncompleteStream));
    assert_eq!(stream.get_final_completion().await.unwrap_err().kind(), ErrorKind::IncompleteStream);
    assert_eq!(stream.current_content(), "Hel");
    assert_eq!(stream.current_completion_snapshot().choices[0].message.content.as_deref(), Some("Hel"));
    let mut calls = client.chat().completions().create_stream_fc(request()).await.unwrap();
    assert_eq!(calls.recv().await.unwrap().unwrap_err().kind(), ErrorKind::IncompleteStream);
    assert!(calls.recv().await.is_none());
}

#[tokio::test]
async fn arguments_can_be_read_while_they_are_written() {
    fn shown(step: FunctionCallStep<'_>) -> String {
        match step {
            FunctionCallStep::Arguments { name, index, arguments, .. } => {
                format!("{index} {name} {}", arguments.map_or("-".into(), |value| value.to_string()))
            }
            FunctionCallStep::Complete(call) => {
                format!("{} {} {} whole", call.index, call.name, call.arguments)
            }
            _ => unreachable!(),
        }
    }
    let steps = ["0 f -", "0 f {\"a\":\"x\"}", "0 f {\"a\":\"xy\"}", "0 f {\"a\":\"xy\"} whole"];
    let chat = |call: &str| {
        format!(
            r#"{{"object":"chat.completion.chunk","choices":[{{"index":0,"delta":{{"tool_calls":[{{"index":0,{call}}}]}}}}]}}"#
        )
    };
    let answer = [
        chat(r#""id":"c","function":{"name":"f","arguments":""}"#),
        chat(r#""function":{"arguments":"{\"a\":\"x"}"#),
        chat(r#""function":{"arguments":"y\"}"}"#),
    ];
    let mut answer = events(&answer.each_ref().map(String::as_str));
    answer.push((0, "data: [DONE]\n\n".to_owned()));
    let added = r#"{"type":"response.output_item.added","output_index":0,"item":{"type":"function_call","call_id":"c","name":"f","arguments":""}}"#;
    let delta = |text: &str| {
        format!(r#"{{"type":"response.function_call_arguments.delta","output_index":0,"delta":"{text}"}}"#)
    };
    let deltas = [delta(""), delta(r#"{\"a\":\"x"#), delta(r#"y\"}"#)];
    let done =
        r#"{"type":"response.function_call_arguments.done","output_index":0,"arguments":"{\"a\":\"xy\"}"}"#;
    let response = events(&[CREATED, added, &deltas[0], &deltas[1], &deltas[2], done, COMPLETED]);
    let (client, _told) = server(vec![answer, response]).await;

    let request = ChatCompletionRequest::new("m", [ChatCompletionMessageParam::user("x")]);
    let mut calls = client.chat().completions().create_stream_fc(request).await.unwrap();
    let mut seen = Vec::new();
    while let Some(step) = calls.recv_step().await {
        seen.push(shown(step.unwrap()));
    }
    assert_eq!(seen, steps);

    let mut calls = client.responses().create_stream_fc(ask()).await.unwrap();
    let mut seen = Vec::new();
    while let Some(step) = calls.recv_step().await {
        seen.push(shown(step.unwrap()));
    }
    assert_eq!(seen, steps);
}

/// Helpers move between threads like everything else.
#[test]
fn helpers_can_be_sent() {
    fn sent<T: Send>() {}
    sent::<openai_oxide::stream_helpers::ChatCompletionStream>();
    sent::<openai_oxide::stream_helpers::ResponseStream>();
    sent::<openai_oxide::stream_helpers::ResponseFunctionCalls>();
    sent::<ChatStreamEvent>();
}
