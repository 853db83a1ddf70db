//! Multipart bodies on the wire: every attempt sends the same bytes, and a file's failure is told as the caller's.

use crate::support::*;
use openai_oxide::engine::*;
use std::path::PathBuf;

fn upload(parts: Vec<Part>) -> Request {
    Request::custom(Method::POST, "/files", ResultKind::Json, None).multipart(parts)
}

/// A file of its own for each test, gone at the end.
struct Temporary(PathBuf);

impl Temporary {
    fn new(name: &str, content: &[u8]) -> Self {
        let path = std::env::temp_dir().join(format!("oxide-{}-{name}", std::process::id()));
        std::fs::write(&path, content).unwrap();
        Self(path)
    }
}

impl Drop for Temporary {
    fn drop(&mut self) {
        let _ = std::fs::remove_file(&self.0);
    }
}

#[tokio::test]
async fn a_retry_sends_the_same_parts_under_the_same_boundary() {
    let content = "0123456789abcdef".repeat(20_000); // several blocks
    let file = Temporary::new("retry.jsonl", content.as_bytes());
    let busy = answer("503 Service Unavailable", "retry-after-ms: 5\r\n", "");
    let (server, seen) = scripted(vec![busy, "reset".into(), answer("200 OK", "", "{}")]).await;
    let mut parts = multipart_fields(br#"{"purpose":"batch","expires_after":{"seconds":3600}}"#).unwrap();
    parts.extend([Part::path("file", &file.0), Part::bytes("mask", "m.png", "PNG")]);
    let engine = Engine::new(server.config().max_retries(2)).unwrap();
    assert_eq!(engine.call(upload(parts)).await.unwrap().attempts, 3);

    let seen = seen.lock().unwrap();
    let bodies: Vec<_> = seen.iter().map(|request| request.split_once("\r\n\r\n").unwrap()).collect();
    let boundary =
        header(bodies[0].0, "content-type").unwrap().strip_prefix("multipart/form-data; boundary=").unwrap();
    let name = file.0.file_name().unwrap().to_str().unwrap();
    let part = |head: &str, content: &str| {
        format!("--{boundary}\r\nContent-Disposition: form-data; {head}\r\n\r\n{content}\r\n")
    };
    let expected = [
        part("name=\"purpose\"", "batch"),
        part("name=\"expires_after[seconds]\"", "3600"),
        part(&format!("name=\"file\"; filename=\"{name}\"\r\nContent-Type: application/jsonl"), &content),
        part("name=\"mask\"; filename=\"m.png\"\r\nContent-Type: image/png", "PNG"),
        format!("--{boundary}--\r\n"),
    ]
    .concat();
    for (head, body) in bodies {
        assert_eq!(header(head, "content-length"), Some(expected.len().to_string().as_str()));
        assert!(body == expected, "{body:.500}");
    }
}

#[tokio::test]
async fn an_empty_form_and_an_empty_file_are_bodies_too() {
    let file = Temporary::new("empty.txt", b"");
    let (server, seen) = scripted(vec![answer("200 OK", "", "{}"); 2]).await;
    server.engine().call(upload(vec![])).await.unwrap();
    server.engine().call(upload(vec![Part::path("file", &file.0)])).await.unwrap();
    let seen = seen.lock().unwrap();
    assert!(
        seen[0].ends_with("--\r\n") && seen[1].contains("Content-Type: text/plain\r\n\r\n\r\n--"),
        "{seen:?}"
    );
}

#[tokio::test]
async fn a_file_that_changes_under_the_call_ends_it() {
    for shorter in [true, false] {
        let file = Temporary::new(if shorter { "shorter" } else { "gone" }, &[b'x'; 200_000]);
        let path = file.0.clone();
        let server = Server::start(move |mut peer| {
            let path = path.clone();
            async move {
                while peer.request().await.is_some() {
                    match shorter {
                        true => std::fs::write(&path, "x").unwrap(),
                        false => std::fs::remove_file(&path).unwrap(),
                    }
                    peer.json("503 Service Unavailable", "{}").await;
                }
            }
        })
        .await;
        let engine = Engine::new(server.config().max_retries(5)).unwrap();
        let error = engine.call(upload(vec![Part::path("file", &file.0)])).await.unwrap_err();
        assert_eq!((error.kind(), error.attempts()), (ErrorKind::InvalidRequest, 2), "{error}");
        assert!(error.to_string().contains("cannot upload "), "{error}");
    }
}

#[tokio::test]
async fn a_missing_file_is_told_before_anything_is_sent() {
    let server = Server::start(|mut peer| async move { drop(peer.request().await) }).await;
    let error = server.engine().call(upload(vec![Part::path("file", "/no/such/file")])).await.unwrap_err();
    assert_eq!((error.kind(), server.connections()), (ErrorKind::InvalidRequest, 0));
}

/// Hands out one byte at a time.
struct Drip(std::vec::IntoIter<u8>);

impl Feed for Drip {
    fn poll_piece(
        &mut self,
        _: &mut std::task::Context<'_>,
    ) -> std::task::Poll<Option<Result<bytes::Bytes, String>>> {
        std::task::Poll::Ready(self.0.next().map(|byte| match byte {
            b'!' => Err("the source is broken".to_owned()),
            byte => Ok(vec![byte].into()),
        }))
    }
}

fn drip(content: &str) -> Drip {
    Drip(content.to_owned().into_bytes().into_iter())
}

fn fed(content: &'static str, length: Option<u64>) -> Part {
    let source = FeedSource::again(length, move || Box::new(drip(content)));
    Part { data: PartData::Feed(source), ..Part::bytes("file", "a.txt", "") }
}

#[tokio::test]
async fn a_feed_is_opened_for_each_attempt_and_sent_in_chunks_where_its_length_is_not_known() {
    for length in [None, Some(5)] {
        let busy = answer("503 Service Unavailable", "retry-after-ms: 5\r\n", "");
        let (server, seen) = scripted(vec![busy, answer("200 OK", "", "{}")]).await;
        let engine = Engine::new(server.config().max_retries(1)).unwrap();
        assert_eq!(engine.call(upload(vec![fed("drips", length)])).await.unwrap().attempts, 2);
        let seen = seen.lock().unwrap();
        for request in seen.iter() {
            let (head, body) = request.split_once("\r\n\r\n").unwrap();
            let framing = (header(head, "content-length").is_some(), header(head, "transfer-encoding"));
            assert_eq!(framing, if length.is_some() { (true, None) } else { (false, Some("chunked")) });
            // Without what frames the chunks, most of which hold a byte each.
            let letters: String = body.split("\r\n").filter(|line| !matches!(*line, "" | "1")).collect();
            assert!(letters.contains("Content-Type: text/plaindrips"), "{request}");
        }
    }
}

#[tokio::test]
async fn a_feed_that_breaks_or_has_another_length_ends_the_call() {
    let broken = [fed("dr!ps", None), fed("drips", Some(4)), fed("drips", Some(6))];
    for (part, why) in broken.into_iter().zip(["the source is broken", "another length", "another length"]) {
        let server = Server::start(|mut peer| async move { while peer.request().await.is_some() {} }).await;
        let engine = Engine::new(server.config().max_retries(5)).unwrap();
        let error = engine.call(upload(vec![part])).await.unwrap_err();
        assert_eq!((error.kind(), error.attempts()), (ErrorKind::InvalidRequest, 1), "{error}");
        assert!(error.to_string().contains(why), "{error}");
    }
}

#[tokio::test]
async fn content_that_is_read_once_is_sent_once_and_not_raced() {
    let server = Server::start(|mut peer| async move {
        while peer.request().await.is_some() {
            tokio::time::sleep(std::time::Duration::from_millis(200)).await;
            peer.json("503 Service Unavailable", "{}").await;
        }
    })
    .await;
    let engine = Engine::new(server.config().max_retries(5)).unwrap();
    let source = FeedSource::once(None, drip("drips"));
    let part = Part { data: PartData::Feed(source), ..Part::bytes("file", "a.txt", "") };
    let mut request = upload(vec![part.clone()]);
    request.options.hedge = Some(Hedge::new().delay(std::time::Duration::from_millis(10)).budget(None));
    let error = engine.call(request).await.unwrap_err();
    assert_eq!((error.status(), error.attempts(), server.connections()), (Some(503), 1, 1), "{error}");

    let error = engine.call(upload(vec![part])).await.unwrap_err();
    assert!(error.to_string().contains("once only"), "{error}");
    assert_eq!(error.kind(), ErrorKind::InvalidRequest);
}

#[tokio::test]
async fn what_was_not_read_yet_may_be_tried_again() {
    let (server, _) = scripted(vec![answer("200 OK", "", "{}")]).await;
    let source = FeedSource::once(None, drip("drips"));
    let part = Part { data: PartData::Feed(source), ..Part::bytes("file", "a.txt", "") };
    let nobody = ClientConfig::new("k").base_url("http://127.0.0.1:1/v1").max_retries(1);
    let error = Engine::new(nobody).unwrap().call(upload(vec![part.clone()])).await.unwrap_err();
    assert_eq!((error.kind(), error.attempts()), (ErrorKind::Connection, 2), "{error}");
    server.engine().call(upload(vec![part])).await.unwrap();
}

#[tokio::test]
async fn an_open_file_is_sent_from_its_start_by_every_attempt_wherever_it_stands() {
    let content = "0123456789abcdef".repeat(10_000);
    let file = Temporary::new("open.txt", content.as_bytes());
    let busy = answer("503 Service Unavailable", "retry-after-ms: 5\r\n", "");
    let (server, seen) = scripted(vec![busy, answer("200 OK", "", "{}")]).await;
    let open = std::sync::Arc::new(std::fs::File::open(&file.0).unwrap());
    let data = PartData::Open { file: open.clone(), start: 3 };
    let engine = Engine::new(server.config().max_retries(1)).unwrap();
    engine.call(upload(vec![Part { data, ..Part::bytes("file", "a.txt", "") }])).await.unwrap();
    for request in seen.lock().unwrap().iter() {
        assert!(request.contains(&format!("text/plain\r\n\r\n{}\r\n--", &content[3..])), "{request:.500}");
    }
    assert_eq!(std::io::Seek::stream_position(&mut &*open).unwrap(), 0);
}
