//! Streams that fail under status 200 before they have said anything: tried again like any failure, and nothing twice.

use crate::support::*;
use openai_oxide::engine::*;
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

const ROLE: &str =
    "data: {\"choices\":[{\"index\":0,\"delta\":{\"role\":\"assistant\",\"content\":\"\"}}]}\n\n";
const TEXT: &str = "data: {\"choices\":[{\"index\":0,\"delta\":{\"content\":\"a\"}}]}\n\ndata: [DONE]\n\n";
const CREATED: &str =
    "event: response.created\ndata: {\"type\":\"response.created\",\"response\":{\"error\":null}}\n\n";
const DELTA: &str =
    "data: {\"type\":\"response.output_text.delta\"}\n\ndata: {\"type\":\"response.completed\"}\n\n";
const BUSY: &str =
    "event: error\ndata: {\"type\":\"error\",\"error\":{\"code\":\"server_error\",\"message\":\"m\"}}\n\n";

/// Serves these bodies in turn as event streams, one per request, and keeps the requests. What ends in `~` stays open, what
/// ends in `^` is reset.
async fn serving(bodies: Vec<String>) -> (Server, Arc<Mutex<Vec<String>>>) {
    let seen = Arc::new(Mutex::new(Vec::new()));
    let log = seen.clone();
    let server = Server::start(move |mut peer| {
        let (log, bodies) = (log.clone(), bodies.clone());
        async move {
            while let Some(request) = peer.request().await {
                let body = {
                    let mut log = log.lock().unwrap();
                    log.push(request);
                    bodies[log.len() - 1].clone()
                };
                peer.send("HTTP/1.1 200 OK\r\ncontent-type: text/event-stream\r\nretry-after-ms: 5\r\ntransfer-encoding: chunked\r\n\r\n").await;
                peer.chunk(body.trim_end_matches(['~', '^'])).await;
                match body.chars().last() {
                    Some('~') => drop(peer.closed().await),
                    Some('^') => {
                        tokio::time::sleep(Duration::from_millis(30)).await;
                        return peer.reset();
                    }
                    _ => peer.send("0\r\n\r\n").await,
                }
            }
        }
    })
    .await;
    (server, seen)
}

/// What comes of a stream: how many events, the error, and the attempts that it took.
async fn outcome(engine: &Engine, request: Request) -> (usize, Option<Error>, u32) {
    let mut stream = match engine.stream(request).await {
        Ok(stream) => stream,
        Err(error) => {
            let attempts = error.attempts();
            return (0, Some(error), attempts);
        }
    };
    let mut count = 0;
    loop {
        match stream.next().await {
            Some(Ok(_)) => count += 1,
            Some(Err(error)) => return (count, Some(error), stream.attempts()),
            None => return (count, None, stream.attempts()),
        }
    }
}

#[tokio::test]
async fn a_failure_before_any_output_is_tried_again_and_leaves_no_event() {
    let failed = "data: {\"type\":\"response.failed\",\"response\":{\"error\":{\"code\":\"rate_limit_exceeded\",\"message\":\"m\"}}}\n\n";
    let chat_error = |error: &str| format!("data: {{\"error\":{error}}}\n\n");
    for (request, first, second, events) in [
        (responses(), BUSY.to_owned(), CREATED.to_owned() + DELTA, 3),
        (responses(), CREATED.to_owned() + BUSY, CREATED.to_owned() + DELTA, 3),
        (responses(), CREATED.to_owned() + failed, CREATED.to_owned() + DELTA, 3),
        (chat(), chat_error("{\"message\":\"m\",\"code\":502}"), ROLE.to_owned() + TEXT, 2),
        (chat(), ROLE.to_owned() + &chat_error("{\"type\":\"overloaded_error\"}"), TEXT.into(), 1),
        (chat(), ROLE.to_owned() + "^", ROLE.to_owned() + TEXT, 2),
        (chat(), ": only a comment\n\n^".into(), ROLE.to_owned() + TEXT, 2),
    ] {
        let (server, seen) = serving(vec![first.clone(), second]).await;
        let engine = Engine::new(server.config().max_retries(1)).unwrap();
        let (count, error, attempts) = outcome(&engine, request).await;
        assert_eq!((count, error.map(|error| error.to_string()), attempts), (events, None, 2), "{first}");
        let seen = seen.lock().unwrap();
        assert_eq!(header(&seen[0], "idempotency-key"), header(&seen[1], "idempotency-key"));
        assert_eq!(header(&seen[1], "x-stainless-retry-count"), Some("1"));
    }
}

#[tokio::test]
async fn an_error_in_place_of_a_stream_is_tried_again() {
    let busy =
        answer("200 OK", "retry-after-ms: 5\r\n", "{\"error\":{\"message\":\"m\",\"code\":\"overloaded\"}}");
    let stream = format!(
        "HTTP/1.1 200 OK\r\ncontent-type: text/event-stream\r\ncontent-length: {}\r\n\r\n{TEXT}",
        TEXT.len()
    );
    let (server, _) = scripted(vec![busy, stream]).await;
    let engine = Engine::new(server.config().max_retries(1)).unwrap();
    let (count, error, attempts) = outcome(&engine, chat()).await;
    assert_eq!((count, error.is_none(), attempts), (1, true, 2));
}

#[tokio::test]
async fn what_no_repetition_changes_or_would_double_is_not_tried_again() {
    let background = CREATED.replace("null", "null,\"background\":true");
    for (request, body, events) in [
        (chat(), "data: {\"error\":{\"type\":\"invalid_request_error\",\"code\":\"x\"}}\n\n".to_owned(), 0),
        (chat(), "data: {\"error\":{\"code\":\"insufficient_quota\"}}\n\n".into(), 0),
        (chat(), "data: {\"error\":\"words that nobody knows\"}\n\n".into(), 0),
        (chat(), TEXT.replace("data: [DONE]\n\n", BUSY), 1),
        (chat(), ROLE.to_owned() + "data: \u{0}\n\n" + BUSY, 2),
        (responses(), DELTA.split_once("\n\n").unwrap().0.to_owned() + "\n\n" + BUSY, 1),
        (responses(), background + BUSY, 1),
    ] {
        let (server, _) = serving(vec![body.clone()]).await;
        let engine = Engine::new(server.config().max_retries(2)).unwrap();
        let (count, error, attempts) = outcome(&engine, request).await;
        assert_eq!((count, attempts), (events, 1), "{body}");
        assert_eq!(error.unwrap().attempts(), 1);
    }
}

#[tokio::test]
async fn when_retries_run_out_the_last_attempt_is_told_whole() {
    let one = CREATED.to_owned() + BUSY;
    let (server, _) = serving(vec![one.clone(), one.clone(), one.clone(), one]).await;
    for (retries, seen_before) in [(2, 3), (0, 1)] {
        let engine = Engine::new(server.config().max_retries(retries)).unwrap();
        let (count, error, attempts) = outcome(&engine, responses()).await;
        let error = error.unwrap();
        assert_eq!((count, attempts, error.attempts()), (1, seen_before, seen_before));
        assert_eq!((error.code(), error.message()), (Some("server_error"), "m"));
    }
}

#[tokio::test]
async fn a_failure_of_the_second_attempt_before_its_headers_is_the_streams() {
    let stream = format!(
        "HTTP/1.1 200 OK\r\ncontent-type: text/event-stream\r\nretry-after-ms: 5\r\ncontent-length: {}\r\n\r\n{BUSY}",
        BUSY.len()
    );
    let (server, _) = scripted(vec![stream, answer("401 Unauthorized", "", "{}")]).await;
    let engine = Engine::new(server.config().max_retries(2)).unwrap();
    let mut stream = engine.stream(responses()).await.unwrap();
    let error = stream.next_batch().await.unwrap_err();
    assert_eq!((error.kind(), error.attempts()), (ErrorKind::Authentication, 2));
    assert!(stream.next_batch().await.unwrap().is_none());
}

#[tokio::test]
async fn silence_after_the_headers_is_tried_again_within_the_deadline() {
    let (server, seen) = serving(vec![": a comment\n\n~".into(), TEXT.into()]).await;
    let config = server.config().max_retries(1).first_token_timeout(Some(Duration::from_millis(80)));
    let (count, error, attempts) = outcome(&Engine::new(config.clone()).unwrap(), chat()).await;
    assert_eq!((count, error.is_none(), attempts), (1, true, 2));
    seen.lock().unwrap().clear();
    let config = config.deadline(Some(Duration::from_millis(82)));
    let (_, error, _) = outcome(&Engine::new(config).unwrap(), chat()).await;
    let phase = error.unwrap().phase();
    assert!(matches!(phase, Some(Phase::FirstToken | Phase::Deadline)), "{phase:?}");
    assert_eq!(seen.lock().unwrap().len(), 1);
}

#[tokio::test]
async fn opening_events_wait_a_second_and_no_longer_and_only_where_a_retry_is_left() {
    let background = CREATED.replace("null", "null,\"background\":true");
    for (body, retries, least, most) in
        [(CREATED, 1, 0.9, 3.0), (CREATED, 0, 0.0, 0.5), (background.as_str(), 1, 0.0, 0.5)]
    {
        let (server, _) = serving(vec![body.to_owned() + "~"]).await;
        let engine = Engine::new(server.config().max_retries(retries)).unwrap();
        let mut stream = engine.stream(responses()).await.unwrap();
        let start = Instant::now();
        stream.next().await.unwrap().unwrap();
        let waited = start.elapsed().as_secs_f64();
        assert!((least..most).contains(&waited), "{waited} s for {body}");
    }
}

#[tokio::test]
async fn on_the_last_attempt_nothing_waits() {
    let (server, _) = serving(vec![BUSY.into(), CREATED.to_owned() + "~"]).await;
    let engine = Engine::new(server.config().max_retries(1)).unwrap();
    let mut stream = engine.stream(responses()).await.unwrap();
    let start = Instant::now();
    stream.next().await.unwrap().unwrap();
    assert!(start.elapsed() < Duration::from_millis(700), "{:?}", start.elapsed());
    assert_eq!(stream.attempts(), 2);
}

#[tokio::test]
async fn a_caller_who_stops_waiting_may_go_on_later() {
    let first = CREATED.to_owned() + BUSY;
    let (server, seen) = serving(vec![first, CREATED.to_owned() + DELTA]).await;
    let engine = Engine::new(server.config().max_retries(1)).unwrap();
    let mut stream = engine.stream(responses()).await.unwrap();
    let mut events = 0;
    loop {
        match tokio::time::timeout(Duration::from_millis(1), stream.next()).await {
            Err(_) => continue,
            Ok(None) => break,
            Ok(Some(event)) => drop(event.unwrap()),
        }
        events += 1;
    }
    assert_eq!((events, seen.lock().unwrap().len()), (3, 2));
}

#[tokio::test]
async fn a_racer_tries_again_too() {
    let (server, _) = serving(vec![ROLE.to_owned() + BUSY, ROLE.to_owned() + TEXT]).await;
    let hedge = Hedge::new().delay(Duration::from_secs(5));
    let engine = Engine::new(server.config().max_retries(1).hedge(Some(hedge))).unwrap();
    let (count, error, attempts) = outcome(&engine, chat()).await;
    assert_eq!((count, error.is_none(), attempts), (2, true, 2), "{error:?}");
}
