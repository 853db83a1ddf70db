//! The typed surface against a small server: what is sent, what comes back, what a user can reach.
#![cfg(all(feature = "chat", feature = "embeddings", feature = "models", feature = "responses"))]

use futures_util::StreamExt;
use openai_oxide::config::ClientConfig;
use openai_oxide::types::chat::*;
use openai_oxide::types::responses::*;
use openai_oxide::types::{EmbeddingCreateRequest, embedding::Embedding};
use openai_oxide::{CallOptions, ErrorKind, OpenAI};
use std::time::Duration;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpListener;
use tokio::sync::mpsc;

#[cfg(feature = "beta")]
mod agents;
#[cfg(feature = "beta")]
mod assistants;
mod waiting;

/// Answers each request with the next of `answers` (content type, body) and tells what it was sent: head and body.
async fn server(answers: Vec<(&'static str, String)>) -> (OpenAI, mpsc::UnboundedReceiver<(String, String)>) {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    let (tell, told) = mpsc::unbounded_channel();
    tokio::spawn(async move {
        for (kind, answer) in answers {
            let (mut socket, _) = listener.accept().await.unwrap();
            let mut seen = Vec::new();
            let (head, body) = loop {
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
                    break (head.to_owned(), body.to_owned());
                }
            };
            tell.send((head, body)).unwrap();
            let answer = format!(
                "HTTP/1.1 200 OK\r\ncontent-type: {kind}\r\nx-request-id: req_7\r\ncontent-length: {}\r\nconnection: close\r\n\r\n{answer}",
                answer.len()
            );
            socket.write_all(answer.as_bytes()).await.unwrap();
        }
    });
    let config = ClientConfig::new("sk-test")
        .base_url(format!("http://{address}/v1"))
        .max_retries(0)
        .proxy(None::<String>);
    (OpenAI::with_config(config), told)
}

fn json(text: &str) -> Vec<(&'static str, String)> {
    vec![("application/json", text.to_owned())]
}

fn events(lines: &[&str]) -> Vec<(&'static str, String)> {
    vec![("text/event-stream", lines.iter().map(|line| format!("data: {line}\n\n")).collect())]
}

#[tokio::test]
async fn a_body_has_the_order_of_the_spec_whatever_the_order_of_the_builder() {
    let (client, mut told) = server(json(r#"{"id":"c","choices":[]}"#)).await;
    let request = ChatCompletionRequest::new(
        "m",
        [
            ChatCompletionMessageParam::system("Be brief."),
            ChatCompletionMessageParam::User {
                content: UserContent::Text("Hé\n".into()),
                name: Some("Ann".into()),
            },
        ],
    )
    .temperature(1.0)
    .top_p(0.1)
    .stop(vec!["a".to_owned()])
    .metadata([("z", "1"), ("a", "2")])
    .extra("undocumented", serde_json::json!({"b": 1e21, "a": [1.0, -0.0]}))
    .frequency_penalty(1e-7);
    client.chat().completions().create(request).await.unwrap();
    let (head, body) = told.recv().await.unwrap();
    assert!(head.starts_with("POST /v1/chat/completions HTTP/1.1"), "{head}");
    assert_eq!(
        body,
        concat!(
            r#"{"messages":[{"role":"system","content":"Be brief."},{"role":"user","content":"Hé\n","name":"Ann"}],"model":"m","#,
            r#""frequency_penalty":1e-7,"metadata":{"z":"1","a":"2"},"stop":["a"],"temperature":1,"top_p":0.1,"#,
            r#""undocumented":{"b":1e+21,"a":[1,0]}}"#
        )
    );
}

#[tokio::test]
async fn options_belong_to_the_client_or_to_one_call() {
    let mut answers = json(r#"{"data":[],"object":"list"}"#);
    answers.push(answers[0].clone());
    let (client, mut told) = server(answers).await;
    let client = client.with_options(CallOptions {
        headers: vec![("x-all".into(), Some("1".into()))],
        ..Default::default()
    });
    let call =
        client.models().list().header("x-one", "2").query("beta", true).timeout(Duration::from_secs(5));
    let response = call.with_response().await.unwrap();
    assert_eq!((response.status, response.request_id(), response.attempts), (200, Some("req_7"), 1));
    assert_eq!(&response.body[..], br#"{"data":[],"object":"list"}"#);
    let (head, _) = told.recv().await.unwrap();
    assert!(
        head.starts_with("GET /v1/models?beta=true ")
            && head.contains("x-all: 1")
            && head.contains("x-one: 2"),
        "{head}"
    );
    client.models().list().without_header("x-all").await.unwrap();
    assert!(!told.recv().await.unwrap().0.contains("x-all"));
}

#[tokio::test]
async fn embeddings_travel_as_base64_unless_the_user_says_otherwise() {
    let mut answers =
        json(r#"{"data":[{"embedding":"zczMPQAAAEA=","index":0}],"usage":{"prompt_tokens":1}}"#);
    answers.extend(json(r#"{"data":[{"embedding":[0.1,2],"index":0}]}"#));
    let (client, mut told) = server(answers).await;
    let request = EmbeddingCreateRequest::new("hi", "m");
    let result = client.embeddings().create(request.clone()).await.unwrap();
    let vector = |embeddings: &[Embedding]| embeddings[0].embedding.clone();
    assert_eq!(vector(&result.data), [0.1, 2.0]);
    assert_eq!(told.recv().await.unwrap().1, r#"{"input":"hi","model":"m","encoding_format":"base64"}"#);
    let result = client.embeddings().create(request.encoding_format("float")).await.unwrap();
    assert_eq!(vector(&result.data), [0.1, 2.0]);
    assert!(told.recv().await.unwrap().1.ends_with(r#""encoding_format":"float"}"#));
}

#[tokio::test]
async fn a_stream_yields_events_and_its_request_says_so() {
    let lines = [
        r#"{"type":"response.output_text.delta","delta":"Hi","item_id":"m","logprobs":[]}"#,
        r#"{"type":"response.new_kind","x":1}"#,
        r#"{"type":"response.completed","sequence_number":3,"response":{"id":"r","output":[{"type":"message","content":[{"type":"output_text","text":"Hi"}]}]}}"#,
    ];
    let (client, mut told) = server(events(&lines)).await;
    let mut stream =
        client.responses().create_stream(ResponseCreateRequest::new("m").input("x")).await.unwrap();
    assert_eq!(stream.request_id(), Some("req_7"));
    assert_eq!(told.recv().await.unwrap().1, r#"{"input":"x","model":"m","stream":true}"#);
    let Some(Ok(ResponseStreamEvent::OutputTextDelta { delta, .. })) = stream.next().await else { panic!() };
    assert_eq!(delta, "Hi");
    let Some(Ok(ResponseStreamEvent::Other(raw))) = stream.next().await else { panic!() };
    assert_eq!(raw.to_value()["x"], 1);
    let Some(Ok(ResponseStreamEvent::ResponseCompleted { response })) = stream.next().await else { panic!() };
    assert_eq!((response.output_text().as_str(), response.sequence_number), ("Hi", Some(3)));
    assert!(stream.next().await.is_none());
}

#[tokio::test]
async fn a_stream_without_its_end_is_an_error() {
    let chunk = r#"{"id":"c","choices":[{"index":0,"delta":{"content":"Hi"}}]}"#;
    let (client, _told) = server(events(&[chunk])).await;
    let request = ChatCompletionRequest::new("m", [ChatCompletionMessageParam::user("x")]);
    let mut stream = client.chat().completions().create_stream(request).await.unwrap();
    assert_eq!(stream.recv().await.unwrap().unwrap().choices[0].delta.content.as_deref(), Some("Hi"));
    assert_eq!(stream.recv().await.unwrap().unwrap_err().kind(), ErrorKind::IncompleteStream);
    assert!(stream.recv().await.is_none());
}

#[tokio::test]
async fn a_list_is_walked_to_its_end_and_not_in_circles() {
    let mut answers = json(r#"{"data":[{"id":"a"},{"id":"b"}],"has_more":true}"#);
    answers.extend(json(r#"{"data":[{"id":"c"}],"has_more":true}"#));
    answers.extend(json(r#"{"data":[{"id":"c"}],"has_more":true}"#));
    let (client, mut told) = server(answers).await;
    let list = client.chat().completions().list_with(ChatCompletionListRequest::new().limit(2));
    let items: Vec<_> = list.items().collect().await;
    let ids: Vec<_> =
        items.iter().map(|item| item.as_ref().map(|item| item.id.as_str()).map_err(|e| e.kind())).collect();
    assert_eq!(ids, [Ok("a"), Ok("b"), Ok("c"), Err(ErrorKind::ResponseValidation)]);
    let heads: Vec<_> = [told.recv().await, told.recv().await].map(|told| told.unwrap().0).into();
    assert!(heads[0].starts_with("GET /v1/chat/completions?limit=2 "), "{}", heads[0]);
    assert!(heads[1].starts_with("GET /v1/chat/completions?limit=2&after=b "), "{}", heads[1]);
}

#[tokio::test]
async fn a_client_that_cannot_work_says_so_with_each_call() {
    let client = OpenAI::with_config(ClientConfig::new("sk-test").base_url("not a url"));
    for _ in 0..2 {
        assert_eq!(client.models().list().await.unwrap_err().kind(), ErrorKind::Config);
    }
}

#[tokio::test]
async fn what_is_not_json_is_an_error_with_the_answer_in_it() {
    let (client, _told) = server(json("<html>")).await;
    let error = client.models().list().await.unwrap_err();
    assert_eq!((error.kind(), error.request_id()), (ErrorKind::ResponseValidation, Some("req_7")));
    assert_eq!(&error.body().unwrap()[..], b"<html>");
}

#[tokio::test]
async fn endpoints_unknown_to_this_version_can_be_called() {
    let (client, mut told) = server(json(r#"{"ok":1.5}"#)).await;
    let body = serde_json::json!({"z": 1.0, "a": null});
    let answer =
        client.request(openai_oxide::engine::Method::POST, "/new/thing?x=1", Some(body)).await.unwrap();
    assert_eq!(answer["ok"], 1.5);
    let (head, body) = told.recv().await.unwrap();
    assert!(head.starts_with("POST /v1/new/thing?x=1 "), "{head}");
    assert_eq!(body, r#"{"z":1,"a":null}"#);
}

#[test]
fn an_answer_is_the_input_of_the_next_turn() {
    let text = r#"{"type":"message","id":"m","role":"assistant","status":"completed","content":[{"type":"output_text","text":"x","annotations":[],"new":1}]}"#;
    let output: ResponseOutputItem = serde_json::from_str(text).unwrap();
    let input = response_input_item::ResponseInputItem::from(output);
    assert!(matches!(input, response_input_item::ResponseInputItem::ResponseOutputMessage(_)), "{input:?}");
    assert_eq!(
        serde_json::to_value(&input).unwrap(),
        serde_json::from_str::<serde_json::Value>(text).unwrap()
    );

    let text = r#"{"role":"assistant","content":null,"tool_calls":[{"id":"t","type":"custom","custom":{"name":"n","input":"i"}}]}"#;
    let message: ChatCompletionMessage = serde_json::from_str(text).unwrap();
    let input = ChatCompletionMessageParam::from(message);
    assert!(matches!(input, ChatCompletionMessageParam::AssistantMessage(_)), "{input:?}");
    assert_eq!(
        serde_json::to_value(&input).unwrap(),
        serde_json::from_str::<serde_json::Value>(text).unwrap()
    );
}

#[tokio::test]
async fn any_path_can_be_called_with_types_of_ones_own() {
    #[derive(Debug, PartialEq, serde::Deserialize, serde::Serialize)]
    struct Thing {
        size: f64,
        name: String,
    }
    let thing = || Thing { size: 2.0, name: "é".into() };
    let answer = r#"{"name":"é","size":2,"more":1}"#;
    let (client, mut told) = server(vec![json(answer); 4].concat()).await;
    assert_eq!(client.get::<Thing>("/things/1").query("n", 1).await.unwrap(), thing());
    assert_eq!(client.post::<Thing>("/things", thing()).await.unwrap(), thing());
    assert_eq!(
        client.put::<serde_json::Value>("/things/1", serde_json::json!({"a": 1.0})).await.unwrap()["more"],
        1
    );
    assert_eq!(client.patch::<Thing>("/things/1", [1]).await.unwrap(), thing());
    let sent: Vec<_> = std::iter::from_fn(|| told.try_recv().ok())
        .map(|(head, body)| format!("{} {body}", head.lines().next().unwrap()))
        .collect();
    let expected = [
        "GET /v1/things/1?n=1 HTTP/1.1 ",
        "POST /v1/things HTTP/1.1 {\"size\":2,\"name\":\"é\"}",
        "PUT /v1/things/1 HTTP/1.1 {\"a\":1}",
        "PATCH /v1/things/1 HTTP/1.1 [1]",
    ];
    assert_eq!(sent, expected);
    let (client, _told) = server([json("null"), json("{}")].concat()).await;
    client.delete::<()>("/things/1").await.unwrap();
    let error = client.get::<Thing>("/things/1").await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::ResponseValidation, "{error}");
    let unsayable = std::collections::HashMap::from([(vec![1], 1)]);
    let error = client.post::<()>("/things", unsayable).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::InvalidRequest, "{error}");
    let (client, _told) = server(events(&["{\"n\":1}", "[DONE]"])).await;
    let mut stream = client.post_stream::<serde_json::Value>("/things", ()).await.unwrap();
    assert_eq!(stream.next().await.unwrap().unwrap()["n"], 1);
    assert!(stream.next().await.is_none());
}

#[cfg(feature = "files")]
#[tokio::test]
async fn a_reader_is_uploaded_while_it_is_read() {
    use openai_oxide::types::file_create::FileCreateRequest;
    let (client, mut told) = server(json(r#"{"id":"file_1"}"#)).await;
    let (mut writer, reader) = tokio::io::duplex(16);
    let writing = tokio::spawn(async move { writer.write_all(&[b'x'; 100_000]).await });
    let file = openai_oxide::File::stream("notes.jsonl", reader).length(100_000);
    assert_eq!(client.files().create(FileCreateRequest::new(file, "batch")).await.unwrap().id, "file_1");
    writing.await.unwrap().unwrap();
    let (_, body) = told.recv().await.unwrap();
    let content = "x".repeat(100_000);
    assert!(body.contains(&format!(
        "filename=\"notes.jsonl\"\r\nContent-Type: application/jsonl\r\n\r\n{content}\r\n"
    )));

    struct Broken;
    impl tokio::io::AsyncRead for Broken {
        fn poll_read(
            self: std::pin::Pin<&mut Self>,
            _: &mut std::task::Context<'_>,
            _: &mut tokio::io::ReadBuf<'_>,
        ) -> std::task::Poll<std::io::Result<()>> {
            std::task::Poll::Ready(Err(std::io::Error::other("the disk is gone")))
        }
    }
    let (client, _told) = server(json("{}")).await;
    let broken = openai_oxide::File::stream("a", Broken);
    let error = client.files().create(FileCreateRequest::new(broken, "batch")).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::InvalidRequest);
    assert!(error.to_string().contains("the disk is gone"), "{error}");
}
