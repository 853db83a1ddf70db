//! Event streams: order, cuts, ends, errors, silence, cancellation, batches.

use crate::support::*;
use openai_oxide::engine::*;
use std::sync::Mutex;
use std::time::{Duration, Instant};

/// Serves one stream of these chunks and then ends the chunked body.
async fn streaming(chunks: Vec<Vec<u8>>) -> Server {
    Server::start(move |mut peer| {
        let chunks = chunks.clone();
        async move {
            while peer.request().await.is_some() {
                peer.open_stream().await;
                for chunk in &chunks {
                    peer.chunk(chunk).await;
                }
                peer.send("0\r\n\r\n").await;
            }
        }
    })
    .await
}

async fn collect(engine: &Engine, request: Request) -> (Vec<String>, Option<Error>) {
    let mut stream = engine.stream(request).await.unwrap();
    let mut texts = Vec::new();
    loop {
        match stream.next().await {
            Some(Ok(event)) => texts.push(String::from_utf8(event.data.to_vec()).unwrap()),
            Some(Err(error)) => return (texts, Some(error)),
            None => return (texts, None),
        }
    }
}

#[tokio::test]
async fn every_cut_gives_the_same_events() {
    let text =
        "data: {\"a\":\"€\"}\n\n: ping\n\nretry: 3\n\nevent: x\r\ndata: {\r\ndata: }\r\n\r\ndata: [DONE]\n\n"
            .as_bytes();
    for cut in 1..text.len() {
        let server = streaming(vec![text[..cut].to_vec(), text[cut..].to_vec()]).await;
        let (texts, error) = collect(&server.engine(), chat()).await;
        assert_eq!(texts, ["{\"a\":\"€\"}", "{\n}"], "cut at {cut}");
        assert!(error.is_none(), "{error:?}");
    }
}

#[tokio::test]
async fn a_stream_without_its_terminal_mark_is_incomplete() {
    for (request, chunk) in [
        (chat(), "data: {\"x\":1}\n\n"),
        (chat(), "data: {\"x\":1}\n\ndata: [DONE"),
        (chat(), "data: {\"x\":1}\n\ndata: {\"cut\":1}\n"),
        (responses(), "data: {\"type\":\"response.created\",\"response\":{\"error\":null}}\n\n"),
    ] {
        let server = streaming(vec![chunk.into()]).await;
        let mut stream = server.engine().stream(request).await.unwrap();
        assert_eq!(stream.next_batch().await.unwrap().unwrap().len(), 1);
        let error = stream.next_batch().await.unwrap_err();
        assert_eq!((error.kind(), error.request_id()), (ErrorKind::IncompleteStream, Some("req_1")));
        assert!(stream.ended_early());
        assert!(stream.next().await.is_none() && stream.next_batch().await.unwrap().is_none());
    }
}

#[tokio::test]
async fn a_terminal_event_completes_a_response_stream() {
    for type_ in ["response.completed", "response.failed", "response.incomplete"] {
        for name in ["".to_owned(), format!("event: {type_}\n")] {
            let server = streaming(vec![format!("{name}data: {{\"type\":\"{type_}\"}}\n\n").into()]).await;
            let (texts, error) = collect(&server.engine(), responses()).await;
            assert_eq!(texts.len(), 1);
            assert!(error.is_none(), "{error:?}");
        }
    }
}

#[tokio::test]
async fn done_ends_the_stream_though_the_socket_stays_open() {
    let server = Server::start(|mut peer| async move {
        peer.request().await;
        peer.open_stream().await;
        peer.chunk("data: 1\n\ndata: [DONE]\n\n").await;
        peer.closed().await;
    })
    .await;
    let start = Instant::now();
    let (texts, error) = collect(&server.engine(), chat()).await;
    assert_eq!((texts.len(), error.is_none()), (1, true));
    assert!(start.elapsed() < Duration::from_secs(1));
}

#[tokio::test]
async fn a_finished_stream_leaves_its_connection_to_the_next_call() {
    let server = Server::start(|mut peer| async move {
        while peer.request().await.is_some() {
            peer.open_stream().await;
            peer.chunk("data: 1\n\ndata: [DONE]\n\n").await;
            tokio::time::sleep(Duration::from_millis(20)).await;
            peer.send("0\r\n\r\n").await;
        }
    })
    .await;
    let engine = server.engine();
    for _ in 0..3 {
        assert!(collect(&engine, chat()).await.1.is_none());
        tokio::time::sleep(Duration::from_millis(150)).await;
    }
    assert_eq!(server.connections(), 1);
}

#[tokio::test]
async fn an_error_event_is_an_error_after_the_good_events() {
    for (data, kind, status, message) in [
        (
            r#"data: {"error":{"message":"m","code":"rate_limit_exceeded"}}"#,
            ErrorKind::RateLimit,
            Some(429),
            "m",
        ),
        (
            r#"data: {"error":{"message":"m","type":"server_error","code":null}}"#,
            ErrorKind::Stream,
            None,
            "m",
        ),
        (
            r#"data: {"type":"error","message":"flat","code":"x","param":null}"#,
            ErrorKind::Stream,
            None,
            "flat",
        ),
        (r#"data: {"error":{"message":"m","code":503}}"#, ErrorKind::InternalServer, Some(503), "m"),
        ("event: error\ndata: broken", ErrorKind::Stream, None, "the server reported an error in the stream"),
    ] {
        let server =
            streaming(vec![format!("data: {{\"error\":null}}\n\n{data}\n\ndata: 2\n\n").into()]).await;
        let mut stream = server.engine().stream(chat()).await.unwrap();
        assert_eq!(stream.next_batch().await.unwrap().unwrap().len(), 1);
        let error = stream.next_batch().await.unwrap_err();
        assert_eq!((error.kind(), error.status(), error.message()), (kind, status, message));
        assert_eq!((error.request_id(), stream.ended_early()), (Some("req_1"), false));
        assert!(stream.next_batch().await.unwrap().is_none());
    }
}

#[tokio::test]
async fn a_reset_is_a_connection_error_after_the_good_events() {
    let server = Server::start(|mut peer| async move {
        peer.request().await;
        peer.open_stream().await;
        peer.chunk("data: 1\n\n").await;
        tokio::time::sleep(Duration::from_millis(30)).await;
        peer.reset();
    })
    .await;
    let (texts, error) = collect(&server.engine(), chat()).await;
    assert_eq!((texts.len(), error.unwrap().kind()), (1, ErrorKind::Connection));
}

#[tokio::test]
async fn an_answer_that_is_no_stream_is_an_error() {
    for (body, kind) in [
        (r#"{"error":{"message":"m","code":"rate_limit_exceeded"}}"#, ErrorKind::RateLimit),
        (r#"{"id":"chatcmpl"}"#, ErrorKind::ResponseValidation),
    ] {
        let server = Server::start(move |mut peer| async move {
            peer.request().await;
            peer.json("200 OK", body).await;
        })
        .await;
        let error = server.engine().stream(chat()).await.unwrap_err();
        assert_eq!((error.kind(), error.request_id(), error.attempts()), (kind, Some("req_1"), 1));
    }
}

#[tokio::test]
async fn a_stream_is_retried_until_its_headers_come() {
    let server = Server::start(|mut peer| async move {
        peer.request().await;
        if peer.number == 0 {
            return peer
                .send("HTTP/1.1 503 x\r\nretry-after-ms: 5\r\ncontent-length: 0\r\nconnection: close\r\n\r\n")
                .await;
        }
        peer.open_stream().await;
        peer.chunk("data: [DONE]\n\n").await;
    })
    .await;
    let engine = Engine::new(server.config().max_retries(1)).unwrap();
    let stream = engine.stream(chat()).await.unwrap();
    assert_eq!((stream.attempts(), stream.status(), stream.request_id()), (2, 200, Some("req_1")));
}

#[tokio::test]
async fn silence_ends_a_stream_and_signs_of_life_do_not_break_it() {
    let server = Server::start(|mut peer| async move {
        peer.request().await;
        peer.open_stream().await;
        if !peer.number.is_multiple_of(2) {
            peer.chunk("data: 1\n\n").await;
        }
        for _ in 0..100 {
            tokio::time::sleep(Duration::from_millis(20)).await;
            peer.chunk(": ping\n\ndata: {\"type\":\"keepalive\",\"sequence_number\":1}\n\n").await;
        }
    })
    .await;
    let limit = Some(Duration::from_millis(150));
    let config = server.config().idle_timeout(limit).first_token_timeout(limit);
    for phase in [Phase::FirstToken, Phase::Idle] {
        let engine = Engine::new(config.clone()).unwrap();
        let start = Instant::now();
        let (_, error) = collect(&engine, chat()).await;
        let error = error.unwrap();
        assert_eq!((error.kind(), error.phase()), (ErrorKind::Timeout, Some(phase)), "{error}");
        assert!(start.elapsed() < Duration::from_secs(1));
    }
}

#[tokio::test]
async fn timeout_and_deadline_bound_a_silent_stream() {
    let server = Server::start(|mut peer| async move {
        peer.request().await;
        peer.open_stream().await;
        peer.chunk("data: 1\n\n").await;
        peer.closed().await;
    })
    .await;
    let brief = Duration::from_millis(100);
    for (config, phase) in [
        (server.config().timeout(brief), Phase::Idle),
        (server.config().deadline(Some(brief)), Phase::Deadline),
    ] {
        let (texts, error) = collect(&Engine::new(config).unwrap(), chat()).await;
        assert_eq!((texts.len(), error.unwrap().phase()), (1, Some(phase)));
    }
}

#[tokio::test]
async fn the_first_token_limit_counts_from_the_start_of_the_attempt() {
    let server = Server::start(|mut peer| async move {
        peer.request().await;
        peer.closed().await;
    })
    .await;
    let config = server.config().first_token_timeout(Some(Duration::from_millis(100)));
    let error = Engine::new(config).unwrap().stream(chat()).await.unwrap_err();
    assert_eq!(error.phase(), Some(Phase::FirstToken));
}

#[tokio::test]
async fn the_timeout_is_for_silence_not_for_the_whole_stream() {
    let server = Server::start(|mut peer| async move {
        peer.request().await;
        peer.open_stream().await;
        for _ in 0..10 {
            peer.chunk("data: 1\n\n").await;
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
        peer.chunk("data: [DONE]\n\n").await;
    })
    .await;
    let engine = Engine::new(server.config().timeout(Duration::from_millis(300))).unwrap();
    let (texts, error) = collect(&engine, chat()).await;
    assert_eq!((texts.len(), error.is_none()), (10, true), "{error:?}");
}

#[tokio::test]
async fn the_deadline_ends_a_stream_that_never_pauses() {
    let server = Server::start(|mut peer| async move {
        peer.request().await;
        peer.open_stream().await;
        let start = Instant::now();
        while start.elapsed() < Duration::from_secs(2) {
            peer.chunk("data: 1\n\n".repeat(100_000)).await;
        }
    })
    .await;
    let start = Instant::now();
    let engine = Engine::new(server.config().deadline(Some(Duration::from_millis(200)))).unwrap();
    let mut stream = engine.stream(chat()).await.unwrap();
    let error = loop {
        // Slower than the server, so that something is always ready.
        tokio::time::sleep(Duration::from_millis(5)).await;
        if let Err(error) = stream.next_batch().await {
            break error;
        }
    };
    assert_eq!(error.phase(), Some(Phase::Deadline));
    assert!(start.elapsed() < Duration::from_secs(1));
}

#[tokio::test]
async fn dropping_a_stream_closes_its_connection_at_once() {
    let (tell, told) = tokio::sync::oneshot::channel();
    let tell = Mutex::new(Some(tell));
    let server = Server::start(move |mut peer| {
        let tell = tell.lock().unwrap().take();
        async move {
            peer.request().await;
            peer.open_stream().await;
            peer.chunk("data: 1\n\n").await;
            peer.closed().await;
            let _ = tell.unwrap().send(Instant::now());
        }
    })
    .await;
    let mut stream = server.engine().stream(chat()).await.unwrap();
    stream.next().await.unwrap().unwrap();
    let dropped = Instant::now();
    drop(stream);
    assert!(told.await.unwrap() - dropped < Duration::from_millis(100));
}

#[tokio::test]
async fn what_has_arrived_comes_in_few_batches() {
    let chunks = (0..5000).map(|number| format!("data: {{\"n\":{number}}}\n\n").into_bytes());
    let server = streaming(chunks.chain([b"data: [DONE]\n\n".to_vec()]).collect()).await;
    let mut stream = server.engine().stream(chat()).await.unwrap();
    let (mut batches, mut number) = (0, 0);
    while let Some(batch) = stream.next_batch().await.unwrap() {
        batches += 1;
        for event in batch {
            assert_eq!(event.data, format!("{{\"n\":{number}}}"));
            number += 1;
        }
    }
    println!("5000 events in {batches} batches");
    assert_eq!(number, 5000);
    assert!(batches < 1000, "{batches}");
}

#[tokio::test]
async fn only_a_set_limit_refuses_a_big_event() {
    let event = format!("data: \"{}\"\n\n", "x".repeat(1 << 20));
    let server = streaming(vec![event.into_bytes(), b"data: [DONE]\n\n".to_vec()]).await;
    let (texts, error) = collect(&server.engine(), chat()).await;
    assert_eq!((texts[0].len(), error.is_none()), ((1 << 20) + 2, true));
    let engine = Engine::new(server.config().max_event_bytes(Some(1 << 20))).unwrap();
    let (texts, error) = collect(&engine, chat()).await;
    assert_eq!((texts.len(), error.unwrap().kind()), (0, ErrorKind::EventTooLarge));
}

#[tokio::test]
async fn text_that_is_not_utf8_is_refused_not_mended() {
    let server = streaming(vec![b"data: 1\n\ndata: \"\xff\"\n\n".to_vec()]).await;
    let (texts, error) = collect(&server.engine(), chat()).await;
    assert_eq!((texts.len(), error.unwrap().kind()), (1, ErrorKind::ResponseValidation));
}

#[tokio::test]
async fn only_streaming_operations_stream() {
    let server = streaming(vec![]).await;
    assert_eq!(server.engine().stream(models()).await.unwrap_err().kind(), ErrorKind::InvalidRequest);
}
