//! `hedged_request` of the typed surface: what it sends, what wins, and what the report says.
#![cfg(all(feature = "chat", feature = "responses"))]

use openai_oxide::config::ClientConfig;
use openai_oxide::types::chat::*;
use openai_oxide::types::responses::*;
use openai_oxide::{ErrorKind, Hedge, Lost, OpenAI};
use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::Duration;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpListener;

const DELAY: Duration = Duration::from_millis(200);

/// Keeps the first request waiting and answers the others; with the number of requests.
async fn first_is_late(kind: &'static str, answer: &'static str) -> (OpenAI, Arc<AtomicU32>) {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    let count = Arc::new(AtomicU32::new(0));
    let requests = count.clone();
    tokio::spawn(async move {
        while let Ok((mut socket, _)) = listener.accept().await {
            let number = requests.fetch_add(1, Ordering::SeqCst);
            tokio::spawn(async move {
                let mut buffer = [0; 4096];
                let _ = socket.read(&mut buffer).await;
                if number == 0 {
                    while !matches!(socket.read(&mut buffer).await, Ok(0) | Err(_)) {}
                    return;
                }
                let length = answer.len();
                let head =
                    format!("HTTP/1.1 200 OK\r\ncontent-type: {kind}\r\ncontent-length: {length}\r\n\r\n");
                let _ = socket.write_all((head + answer).as_bytes()).await;
            });
        }
    });
    let config = ClientConfig::new("sk-hedged").base_url(format!("http://{address}/v1")).max_retries(0);
    (OpenAI::with_config(config), count)
}

#[tokio::test]
async fn a_response() {
    let (client, count) = first_is_late("application/json", "{\"id\":\"resp_1\",\"output\":[]}").await;
    let request = ResponseCreateRequest::new("gpt-5.4-mini").input("What is 2+2?");
    let call =
        client.responses().hedged_request(request, 3).hedge(Hedge::new().delay(DELAY).max(3).budget(None));
    let answer = call.with_response().await.unwrap();
    assert_eq!((answer.value.id.as_str(), count.load(Ordering::SeqCst)), ("resp_1", 2));
    let report = answer.hedge.unwrap();
    assert_eq!((report.started, report.winner, report.delay), (2, 1, DELAY));
    assert_eq!(report.losers[0].outcome, Lost::Cancelled);
}

/// Without a delay of its own the second request goes out after a second, for nothing is known yet.
#[tokio::test]
async fn the_number_alone_is_enough() {
    let (client, count) = first_is_late("application/json", "{\"id\":\"c\",\"choices\":[]}").await;
    let request = ChatCompletionRequest::new("m", [ChatCompletionMessageParam::user("Hello")]);
    let answer =
        client.chat().completions().hedged_request(request.clone(), 2).with_response().await.unwrap();
    assert_eq!((answer.value.id.as_str(), count.load(Ordering::SeqCst)), ("c", 2));
    assert_eq!(answer.hedge.unwrap().delay, Duration::from_secs(1));
    let error = client.chat().completions().hedged_request(request, 0).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::InvalidRequest);
}

#[tokio::test]
async fn a_stream() {
    let chunks = "data: {\"choices\":[{\"index\":0,\"delta\":{\"content\":\"a\"}}]}\n\ndata: [DONE]\n\n";
    let (client, count) = first_is_late("text/event-stream", chunks).await;
    let request = ChatCompletionRequest::new("m", [ChatCompletionMessageParam::user("Hello")]);
    let call = client.chat().completions().hedged_request_stream(request, 2).hedge(Hedge::new().delay(DELAY));
    let mut answer = call.with_response().await.unwrap();
    assert_eq!((answer.hedge.unwrap().winner, count.load(Ordering::SeqCst)), (1, 2));
    let chunk = answer.value.recv().await.unwrap().unwrap();
    assert_eq!(chunk.choices[0].delta.content.as_deref(), Some("a"));
    assert!(answer.value.recv().await.is_none());
}
