use super::*;
use crate::engine::{Body, CallOptions, ClientConfig, Engine, Request, operation};
use percent_encoding::{NON_ALPHANUMERIC, utf8_percent_encode};

const KEY: &str = "sk-proj-A+b/c==Z0123456789";

/// The key as it could slip into a text: raw, escaped, percent-encoded, in base64 at each of its three alignments, its start.
fn disguises() -> Vec<String> {
    let mut forms =
        vec![KEY.to_owned(), utf8_percent_encode(KEY, NON_ALPHANUMERIC).to_string(), KEY[..12].to_owned()];
    for shift in 0..3 {
        let text = base64(&[&vec![b' '; shift][..], KEY.as_bytes()].concat());
        forms.push(text[4..text.len() - 4].to_owned());
    }
    forms
}

fn base64(bytes: &[u8]) -> String {
    const LETTERS: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    let groups = bytes.chunks(3).flat_map(|group| {
        let bits =
            group.iter().fold(0u32, |bits, &byte| bits << 8 | u32::from(byte)) << (8 * (3 - group.len()));
        (0..4).map(move |place| char::from(LETTERS[(bits >> (18 - 6 * place)) as usize & 63]))
    });
    groups.collect()
}

#[test]
fn base64_is_base64() {
    assert_eq!(base64(b"Hello!"), "SGVsbG8h");
}

#[test]
fn no_text_of_the_engine_shows_the_key() {
    let config = ClientConfig::new(KEY)
        .base_url(format!("http://127.0.0.1:1/v1?key={KEY}"))
        .default_header("x-other-key", KEY)
        .default_query("key", KEY)
        .proxy(Some(format!("http://user:{KEY}@127.0.0.1:1")));
    let engine = Engine::new(config.clone()).unwrap();
    let mut request = Request::new(operation("models.list").unwrap());
    request.options =
        CallOptions { headers: vec![("x-key".into(), Some(KEY.into()))], ..CallOptions::default() };
    request.body = Body::Json(KEY.into());
    let echo = format!(
        "{{\"error\":{{\"message\":\"no {KEY}\",\"code\":\"{KEY}\",\"param\":\"{KEY}\",\"type\":\"{KEY}\"}}}}"
    );
    let headers = HeaderMap::from_iter([(
        http::HeaderName::from_static("x-request-id"),
        HeaderValue::from_static(KEY),
    )]);
    let answer = Error::answer(StatusCode::UNAUTHORIZED, headers, echo.clone().into());
    let errors = [
        engine.scrub(answer),
        engine.scrub(Error::event(echo.into())),
        Engine::new(config.clone().api_key(format!("{KEY}\n"))).map(|_| ()).unwrap_err(),
        Engine::new(config.clone().base_url(format!("https://u:{KEY}@host"))).map(|_| ()).unwrap_err(),
        Engine::new(config.clone().proxy(Some(format!("foo://u:{KEY}@host")))).map(|_| ()).unwrap_err(),
        Engine::new(config.clone().default_header("a b", KEY)).map(|_| ()).unwrap_err(),
    ];
    let mut texts =
        vec![format!("{config:?} {config:#?}"), format!("{engine:?} {engine:#?}"), format!("{request:?}")];
    texts.extend([Secret::new(KEY)].iter().map(|secret| format!("{secret} {secret:?} {secret:#?}")));
    for error in &errors {
        let body = error.body().map(|body| String::from_utf8_lossy(body).into_owned());
        texts.push(format!("{error} {error:?} {error:#?} {body:?} {:?}", error.headers()));
    }
    for text in texts {
        for form in disguises() {
            assert!(!text.contains(&form), "{form} in {text}");
        }
    }
}

#[test]
fn display_is_one_line_whatever_the_server_says() {
    let body = Bytes::from_static(b"{\"error\":{\"message\":\"a\\r\\n  b\\nc\",\"code\":\"x\\ny\"}}");
    let headers = HeaderMap::from_iter([(
        http::HeaderName::from_static("x-request-id"),
        HeaderValue::from_static("req_1"),
    )]);
    let error = Error::answer(StatusCode::NOT_FOUND, headers, body);
    assert_eq!(error.to_string(), "not_found 404 (x\\ny): a b c [request req_1]");
}

#[test]
fn a_long_body_that_is_not_json_is_quoted_in_part() {
    let body = Bytes::from("é".repeat(3000));
    let error = Error::answer(StatusCode::BAD_GATEWAY, HeaderMap::new(), body.clone());
    assert_eq!(error.message().chars().count(), 501);
    assert_eq!(error.body(), Some(&body));
}

#[test]
fn cutting_out_leaves_the_rest() {
    assert_eq!(replace(b"a--b--", b"--", b"+"), b"a+b+");
    assert_eq!(replace(b"ab", b"--", b"+"), b"ab");
}

#[test]
fn it_travels_between_threads_and_into_boxes() {
    fn check<T: Send + Sync + std::error::Error + 'static>() {}
    check::<Error>();
}

#[test]
fn a_placeholder_key_does_not_garble_messages() {
    let engine = Engine::new(ClientConfig::new("ollama")).unwrap();
    let error = engine.scrub(Error::new(ErrorKind::Connection, "is ollama running?"));
    assert_eq!(error.message(), "is ollama running?");
}

#[test]
fn words_stand_for_a_status_where_they_are_known() {
    for (data, status) in [
        (r#"{"error":{"code":"server_error"}}"#, Some(500)),
        (r#"{"error":{"code":"backend_error","type":"server_error"}}"#, Some(500)),
        (r#"{"error":{"type":"overloaded_error"}}"#, Some(503)),
        (r#"{"error":{"code":"vector_store_timeout"}}"#, Some(504)),
        (r#"{"error":{"code":"rate_limit_exceeded"}}"#, Some(429)),
        (r#"{"error":{"type":"too_many_requests"}}"#, Some(429)),
        (r#"{"error":{"code":529}}"#, Some(529)),
        (r#"{"error":{"type":"server_error","status":409}}"#, Some(409)),
        (r#"{"error":{"type":"invalid_request_error","code":"invalid_prompt"}}"#, Some(400)),
        (r#"{"error":{"code":200}}"#, None),
        (r#"{"error":{"code":"cyber_policy_violation"}}"#, None),
        (r#"{"error":"server_error"}"#, None),
        ("no JSON", None),
    ] {
        assert_eq!(Error::event(data.into()).stands_for(), status, "{data}");
    }
}
