//! Whole answers: requests as sent, errors as read, retries, limits, pooling, cancellation.

use crate::support::*;
use openai_oxide::engine::*;
use std::sync::Mutex;
use std::time::{Duration, Instant};

#[tokio::test]
async fn a_request_goes_out_as_told() {
    let (server, seen) = scripted(vec![answer("200 OK", "x-request-id: req_7\r\n", "{\"ok\":1}")]).await;
    let config = server
        .config()
        .organization("org")
        .project("proj")
        .default_header("x-a", "1")
        .default_header("x-b", "1");
    let mut request = chat();
    request.options.headers = vec![("x-b".into(), Some("2".into())), ("Accept-Encoding".into(), None)];
    let reply = Engine::new(config).unwrap().call(request).await.unwrap();
    assert_eq!(
        (reply.status, &reply.body[..], reply.attempts, reply.request_id()),
        (200, &b"{\"ok\":1}"[..], 1, Some("req_7"))
    );
    let sent = seen.lock().unwrap()[0].clone();
    assert!(sent.starts_with("POST /v1/chat/completions HTTP/1.1\r\n"), "{sent}");
    assert!(sent.ends_with("\r\n\r\n{\"model\":\"m\",\"messages\":[]}"), "{sent}");
    for (name, value) in [
        ("authorization", Some("Bearer sk-test-0123456789abcdef")),
        ("openai-organization", Some("org")),
        ("openai-project", Some("proj")),
        ("accept", Some("application/json")),
        ("content-type", Some("application/json")),
        ("user-agent", Some(concat!("openai-oxide/", env!("CARGO_PKG_VERSION")))),
        ("x-stainless-retry-count", Some("0")),
        ("x-a", Some("1")),
        ("x-b", Some("2")),
        ("accept-encoding", None),
    ] {
        assert_eq!(header(&sent, name), value, "{name}");
    }
}

#[tokio::test]
async fn a_retry_repeats_the_same_bytes_under_the_same_key() {
    let busy = answer("503 Service Unavailable", "retry-after-ms: 5\r\n", "");
    let (server, seen) = scripted(vec![busy.clone(), "reset".into(), answer("200 OK", "", "{}")]).await;
    let reply = Engine::new(server.config().max_retries(2)).unwrap().call(chat()).await.unwrap();
    assert_eq!(reply.attempts, 3);
    let seen = seen.lock().unwrap();
    let key = header(&seen[0], "idempotency-key").unwrap();
    for (attempt, request) in seen.iter().enumerate() {
        assert_eq!(header(request, "idempotency-key"), Some(key));
        assert_eq!(header(request, "x-stainless-retry-count"), Some(attempt.to_string().as_str()));
        assert!(request.ends_with("{\"model\":\"m\",\"messages\":[]}"));
    }
}

#[tokio::test]
async fn a_failing_answer_becomes_an_error_with_its_fields() {
    let body =
        r#"{"error":{"message":"Bad\nthing","type":"invalid_request_error","param":"model","code":7}}"#;
    let (server, _) = scripted(vec![answer("400 Bad Request", "x-request-id: req_9\r\n", body)]).await;
    let error = server.engine().call(chat()).await.unwrap_err();
    assert_eq!((error.kind(), error.status(), error.code()), (ErrorKind::BadRequest, Some(400), Some("7")));
    assert_eq!(
        (error.type_(), error.param(), error.request_id()),
        (Some("invalid_request_error"), Some("model"), Some("req_9"))
    );
    assert_eq!(error.body().map(|bytes| &bytes[..]), Some(body.as_bytes()));
    assert_eq!(error.to_string(), "bad_request 400 (7): Bad thing [request req_9]");
}

#[tokio::test]
async fn odd_bodies_do_not_hide_the_status() {
    for (body, message) in [
        ("", "502 Bad Gateway (no body)"),
        ("<h1>oops</h1>", "<h1>oops</h1>"),
        ("{\"error\":\"plain\"}", "plain"),
        ("{\"detail\":\"fast\"}", "fast"),
        ("[1]", "[1]"),
        ("{\"error\":null}", "{\"error\":null}"),
    ] {
        let (server, _) = scripted(vec![answer("502 Bad Gateway", "", body)]).await;
        let error = server.engine().call(chat()).await.unwrap_err();
        assert_eq!((error.kind(), error.message()), (ErrorKind::InternalServer, message));
    }
}

#[tokio::test]
async fn a_success_that_is_not_json_is_no_success() {
    for body in ["<html>", ""] {
        let (server, _) = scripted(vec![answer("200 OK", "", body)]).await;
        let error = server.engine().call(chat()).await.unwrap_err();
        assert_eq!((error.kind(), error.status()), (ErrorKind::ResponseValidation, Some(200)));
    }
    let (server, _) = scripted(vec!["HTTP/1.1 204 No Content\r\n\r\n".into()]).await;
    assert_eq!(server.engine().call(chat()).await.unwrap().status, 204);
}

#[tokio::test]
async fn a_redirect_is_an_error_and_the_key_stays_home() {
    let (other, seen) = scripted(vec![]).await;
    let there = format!("location: http://{}/v1\r\n", other.address);
    let (server, _) = scripted(vec![answer("307 Temporary Redirect", &there, "")]).await;
    let error = server.engine().call(chat()).await.unwrap_err();
    assert_eq!((error.kind(), error.status()), (ErrorKind::Status, Some(307)));
    assert!(seen.lock().unwrap().is_empty());
}

#[tokio::test]
async fn a_body_that_breaks_off_is_a_connection_error_and_is_retried() {
    let short = "HTTP/1.1 200 OK\r\ncontent-length: 100\r\n\r\n{\"a\":".to_string();
    let bad_chunk = "HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\nZZ\r\n".to_string();
    for broken in [short, bad_chunk] {
        let server = {
            let broken = broken.clone();
            Server::start(move |mut peer| {
                let broken = broken.clone();
                async move {
                    peer.request().await;
                    peer.send(broken).await;
                }
            })
            .await
        };
        let engine = Engine::new(server.config().max_retries(1)).unwrap();
        let error = engine.call(chat()).await.unwrap_err();
        assert_eq!(
            (error.kind(), error.attempts(), server.connections()),
            (ErrorKind::Connection, 2, 2),
            "{error}"
        );
    }
}

#[tokio::test]
async fn a_closed_port_is_refused_in_words() {
    let engine =
        Engine::new(ClientConfig::new(KEY).base_url("http://127.0.0.1:1/v1").max_retries(0)).unwrap();
    let error = engine.call(chat()).await.unwrap_err();
    assert_eq!((error.kind(), error.attempts()), (ErrorKind::Connection, 1));
    assert!(error.message().contains("127.0.0.1:1: Connection refused"), "{error}");
}

#[tokio::test]
async fn limits_name_their_phase() {
    let server = Server::start(|mut peer| async move {
        peer.request().await;
        peer.closed().await;
    })
    .await;
    let brief = Duration::from_millis(60);
    for (config, phase, attempts) in [
        (server.config().timeout(brief), Phase::Attempt, 1),
        (server.config().timeout(brief).max_retries(1), Phase::Attempt, 2),
        (server.config().deadline(Some(brief)).max_retries(2), Phase::Deadline, 1),
        // The wait before a retry would pass the deadline: the error of the attempt is final.
        (server.config().timeout(brief).deadline(Some(3 * brief)).max_retries(5), Phase::Attempt, 1),
    ] {
        let start = Instant::now();
        let error = Engine::new(config).unwrap().call(chat()).await.unwrap_err();
        assert_eq!(
            (error.kind(), error.phase(), error.attempts()),
            (ErrorKind::Timeout, Some(phase), attempts),
            "{error}"
        );
        assert!(start.elapsed() >= brief);
    }
}

#[tokio::test]
async fn connections_are_kept_and_a_stale_one_costs_no_retry() {
    let (server, seen) = scripted(vec![answer("200 OK", "", "{}"), answer("200 OK", "", "{}")]).await;
    let engine = server.engine();
    for _ in 0..2 {
        engine.call(models()).await.unwrap();
    }
    assert_eq!((server.connections(), seen.lock().unwrap().len()), (1, 2));

    let closing = Server::start(|mut peer| async move {
        peer.request().await;
        peer.json("200 OK", "{}").await;
    })
    .await;
    let engine = closing.engine();
    for _ in 0..20 {
        engine.call(models()).await.unwrap();
    }
    assert_eq!(closing.connections(), 20);
}

#[tokio::test]
async fn dropping_a_call_closes_its_connection_at_once() {
    let (tell, told) = tokio::sync::oneshot::channel();
    let tell = Mutex::new(Some(tell));
    let server = Server::start(move |mut peer| {
        let tell = tell.lock().unwrap().take();
        async move {
            peer.request().await;
            let _ = tell.unwrap().send(peer.closed().await);
        }
    })
    .await;
    let engine = server.engine();
    let started = Instant::now();
    assert!(tokio::time::timeout(Duration::from_millis(100), engine.call(chat())).await.is_err());
    told.await.unwrap();
    assert!(started.elapsed() < Duration::from_millis(300), "{:?}", started.elapsed());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn sixty_four_at_once_each_get_their_own_answer() {
    let server = Server::start(|mut peer| async move {
        while let Some(request) = peer.request().await {
            tokio::time::sleep(Duration::from_millis(20)).await;
            let path = request.split(' ').nth(1).unwrap().to_owned();
            peer.json("200 OK", &format!("\"{path}\"")).await;
        }
    })
    .await;
    let engine = server.engine();
    let calls: Vec<_> = (0..64)
        .map(|number| {
            let engine = engine.clone();
            tokio::spawn(async move {
                let request =
                    Request::new(operation("models.retrieve").unwrap()).path_param(number.to_string());
                engine.call(request).await.unwrap().body
            })
        })
        .collect();
    for (number, call) in calls.into_iter().enumerate() {
        assert_eq!(call.await.unwrap(), format!("\"/v1/models/{number}\""));
    }
}

#[tokio::test]
async fn two_megabytes_go_both_ways() {
    let big = format!("\"{}\"", "é".repeat(1 << 20));
    let body = big.clone();
    let server = Server::start(move |mut peer| {
        let body = body.clone();
        async move {
            let request = peer.request().await.unwrap();
            assert!(request.ends_with(&body));
            peer.json("200 OK", &body).await;
        }
    })
    .await;
    let reply = server.engine().call(chat().json(big.clone())).await.unwrap();
    assert_eq!(reply.body, big);
}

#[tokio::test]
async fn a_compressed_answer_arrives_plain() {
    // gzip of {"ok":1}
    const PACKED: &[u8] =
        b"\x1f\x8b\x08\0\0\0\0\0\x02\x03\xabV\xca\xcfV\xb22\xac\x05\0\x09\x8cT\x10\x08\0\0\0";
    for (packed, whole) in [(PACKED, true), (&PACKED[..PACKED.len() - 4], false)] {
        let server = Server::start(move |mut peer| async move {
            let request = peer.request().await.unwrap();
            assert_eq!(header(&request, "accept-encoding"), Some("gzip, br, zstd"));
            peer.send(format!(
                "HTTP/1.1 200 OK\r\ncontent-encoding: gzip\r\ncontent-length: {}\r\n\r\n",
                packed.len()
            ))
            .await;
            peer.send(packed).await;
        })
        .await;
        let result = server.engine().call(models()).await;
        if whole {
            let reply = result.unwrap();
            assert_eq!(reply.body, "{\"ok\":1}");
            assert!(!reply.headers.contains_key("content-encoding"));
        } else {
            assert_eq!(result.unwrap_err().kind(), ErrorKind::Connection);
        }
    }
}

#[tokio::test]
async fn clones_share_connections_and_a_new_pool_does_not() {
    let server = Server::start(|mut peer| async move {
        while peer.request().await.is_some() {
            peer.json("200 OK", "{}").await;
        }
    })
    .await;
    let engine = server.engine();
    for (engine, connections) in
        [(engine.clone(), 1), (engine.clone(), 1), (engine.with_new_pool(), 2), (engine, 2)]
    {
        engine.call(models()).await.unwrap();
        assert_eq!(server.connections(), connections);
    }
}

#[tokio::test]
async fn bad_arguments_fail_before_anything_is_sent() {
    let (server, seen) = scripted(vec![]).await;
    let engine = server.engine();
    let retrieve = || Request::new(operation("models.retrieve").unwrap());
    let mut broken_header = chat();
    broken_header.options.headers = vec![("x".into(), Some("a\nb".into()))];
    for request in [retrieve(), retrieve().path_param(".."), models().query(&b"[]"[..]), broken_header] {
        let error = engine.call(request).await.unwrap_err();
        assert_eq!((error.kind(), error.attempts()), (ErrorKind::InvalidRequest, 0), "{error}");
    }
    assert!(seen.lock().unwrap().is_empty());
}

#[test]
fn bad_configurations_are_refused_without_showing_the_key() {
    for config in [
        ClientConfig::default(),
        ClientConfig::new(""),
        ClientConfig::new("sk-a\nb"),
        ClientConfig::new("sk-a b"),
        ClientConfig::new("sk-ä"),
        ClientConfig::new(KEY).base_url("not a url"),
        ClientConfig::new(KEY).organization("a\nb"),
        ClientConfig::new(KEY).user_agent("a\nb"),
        ClientConfig::new(KEY).default_header("a b", ""),
        ClientConfig::new(KEY).ca_file("/does/not/exist"),
        ClientConfig::new(KEY).proxy(Some("::")),
    ] {
        let error = Engine::new(config.clone()).map(|_| ()).unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Config, "{config:?}");
        assert!(!format!("{error}{error:?}{config:?}").contains("sk-"), "{error}");
    }
    let gateway = ClientConfig::default().default_header("api-key", "k");
    assert!(Engine::new(gateway).is_ok());
}
