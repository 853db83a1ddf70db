//! Bodies read as they come: `Engine::open`.

use crate::support::*;
use openai_oxide::engine::*;
use std::time::{Duration, Instant};

fn download() -> Request {
    Request::custom(Method::GET, "/files/f/content", ResultKind::Binary, None)
}

const HEAD: &str = "HTTP/1.1 200 OK\r\nx-request-id: req_1\r\ntransfer-encoding: chunked\r\n\r\n";

#[tokio::test]
async fn bytes_arrive_as_they_are_sent() {
    let server = Server::start(|mut peer| async move {
        while peer.request().await.is_some() {
            peer.send(HEAD).await;
            peer.chunk([0, 255]).await;
            tokio::time::sleep(Duration::from_millis(400)).await;
            peer.chunk("end").await;
            peer.chunk("").await;
        }
    })
    .await;
    let start = Instant::now();
    let engine = server.engine();
    let mut stream = engine.open(download()).await.unwrap();
    assert_eq!((stream.status(), stream.request_id(), stream.attempts()), (200, Some("req_1"), 1));
    assert_eq!(stream.next().await.unwrap().unwrap(), [0, 255][..]);
    assert!(start.elapsed() < Duration::from_millis(300));
    assert_eq!(stream.next().await.unwrap().unwrap(), "end");
    assert!(stream.next().await.is_none() && stream.next().await.is_none());
    engine.open(download()).await.unwrap();
    assert_eq!(server.connections(), 1, "a body read to its end leaves its connection for the next call");
}

#[tokio::test]
async fn opening_is_retried() {
    let busy = answer("500 Internal Server Error", "retry-after-ms: 1\r\n", "{}");
    let (server, seen) = scripted(vec![busy, answer("200 OK", "", "text, not JSON")]).await;
    let mut stream = Engine::new(server.config().max_retries(3)).unwrap().open(download()).await.unwrap();
    assert_eq!(stream.attempts(), 2);
    assert_eq!(stream.next().await.unwrap().unwrap(), "text, not JSON");
    let seen = seen.lock().unwrap();
    assert_eq!((seen.len(), header(&seen[1], "accept")), (2, Some("application/octet-stream")));
}

#[tokio::test]
async fn a_body_that_breaks_off_ends_in_an_error() {
    let server = Server::start(|mut peer| async move {
        peer.request().await;
        peer.send("HTTP/1.1 200 OK\r\nx-request-id: req_9\r\ncontent-length: 10\r\n\r\nhalf").await;
    })
    .await;
    let mut stream = server.engine().open(download()).await.unwrap();
    assert_eq!(stream.next().await.unwrap().unwrap(), "half");
    let error = stream.next().await.unwrap().unwrap_err();
    assert_eq!((error.kind(), error.request_id()), (ErrorKind::Connection, Some("req_9")));
    assert!(stream.next().await.is_none());
}

#[tokio::test]
async fn a_failing_status_is_an_error_with_its_body() {
    let body = "{\"error\":{\"message\":\"gone\",\"code\":\"x\"}}";
    let (server, _) = scripted(vec![answer("404 Not Found", "", body)]).await;
    let error = server.engine().open(download()).await.unwrap_err();
    assert_eq!((error.kind(), error.code()), (ErrorKind::NotFound, Some("x")));
}

#[tokio::test]
async fn silence_and_the_deadline_end_a_body() {
    let server = Server::start(|mut peer| async move {
        peer.request().await;
        peer.send(HEAD).await;
        peer.chunk("a").await;
        peer.closed().await;
    })
    .await;
    for (timeout, deadline, phase) in [(0.1, 9.0, Phase::Idle), (9.0, 0.1, Phase::Deadline)] {
        let config = server.config().timeout(Duration::from_secs_f64(timeout));
        let config = config.deadline(Some(Duration::from_secs_f64(deadline)));
        let mut stream = Engine::new(config).unwrap().open(download()).await.unwrap();
        assert_eq!(stream.next().await.unwrap().unwrap(), "a");
        let error = stream.next().await.unwrap().unwrap_err();
        assert_eq!((error.kind(), error.phase()), (ErrorKind::Timeout, Some(phase)));
    }
}

#[tokio::test]
async fn a_reader_that_takes_its_time_is_not_silence() {
    let (server, _) = scripted(vec![answer("200 OK", "", "0123456789")]).await;
    let config = server.config().timeout(Duration::from_millis(100));
    let mut stream = Engine::new(config).unwrap().open(download()).await.unwrap();
    tokio::time::sleep(Duration::from_millis(200)).await;
    assert_eq!(stream.next().await.unwrap().unwrap(), "0123456789");
}

#[tokio::test]
async fn dropping_a_body_closes_its_connection() {
    let (told, closed) = tokio::sync::oneshot::channel();
    let told = std::sync::Mutex::new(Some(told));
    let server = Server::start(move |mut peer| {
        let told = told.lock().unwrap().take();
        async move {
            peer.request().await;
            peer.send(HEAD).await;
            peer.chunk("a").await;
            peer.closed().await;
            let _ = told.unwrap().send(());
        }
    })
    .await;
    let mut stream = server.engine().open(download()).await.unwrap();
    stream.next().await.unwrap().unwrap();
    drop(stream);
    tokio::time::timeout(Duration::from_secs(2), closed).await.unwrap().unwrap();
}
