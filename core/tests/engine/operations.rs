//! What an operation's row changes of a call: key, `Accept`, a query in its path, the shape of its events, its stream's end.

use crate::support::*;
use openai_oxide::engine::*;

const ADMIN: &str = "sk-admin-0123456789";

fn changed(change: impl FnOnce(&mut Operation)) -> Request {
    let mut row = operation("chat.completions.create").unwrap().clone();
    change(&mut row);
    Request::new(&row)
}

#[tokio::test]
async fn the_row_names_the_key_that_signs() {
    let (server, seen) = scripted(vec![answer("200 OK", "", "{}"); 3]).await;
    let both = Engine::new(server.config().admin_api_key(ADMIN)).unwrap();
    both.call(models()).await.unwrap();
    both.call(changed(|row| row.auth = Auth::Admin)).await.unwrap();
    let mut other = changed(|row| row.auth = Auth::Admin);
    other.options.headers = vec![("Authorization".into(), Some("Basic x".into()))];
    server.engine().call(other).await.unwrap();
    let seen = seen.lock().unwrap();
    let sent: Vec<_> = seen.iter().map(|request| header(request, "authorization").unwrap()).collect();
    assert_eq!(sent, [&format!("Bearer {KEY}"), &format!("Bearer {ADMIN}"), "Basic x"]);
}

#[tokio::test]
async fn a_call_whose_key_is_missing_is_not_sent_with_the_other() {
    let server = Server::start(|mut peer| async move { drop(peer.request().await) }).await;
    let error = server.engine().call(changed(|row| row.auth = Auth::Admin)).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Config);
    assert!(error.to_string().contains("OPENAI_ADMIN_KEY"), "{error}");
    let config = ClientConfig::default().base_url(format!("http://{}", server.address)).admin_api_key(ADMIN);
    let error = Engine::new(config).unwrap().call(models()).await.unwrap_err();
    assert!(error.to_string().contains("OPENAI_API_KEY"), "{error}");
    assert_eq!(server.connections(), 0);
}

#[tokio::test]
async fn no_text_shows_the_admin_key() {
    let body = format!("{{\"error\":{{\"message\":\"bad key {ADMIN}\"}}}}");
    let (server, _) =
        scripted(vec![answer("401 Unauthorized", &format!("x-echo: {ADMIN}\r\n"), &body)]).await;
    let config = server.config().admin_api_key(ADMIN);
    let shown = format!("{config:?}");
    let error = Engine::new(config).unwrap().call(changed(|row| row.auth = Auth::Admin)).await.unwrap_err();
    let shown = format!("{shown} {error} {error:?} {:?} {:?}", error.headers(), error.body());
    assert!(shown.contains("bad key") && !shown.contains(ADMIN), "{shown}");
    let spoiled = Engine::new(server.config().admin_api_key("a\nb")).map(|_| ()).unwrap_err();
    assert!(spoiled.to_string().contains("admin API key"), "{spoiled}");
}

#[tokio::test]
async fn the_row_may_ask_for_a_type_and_bring_a_query() {
    let (server, seen) = scripted(vec![answer("200 OK", "", "{}"); 3]).await;
    let engine = Engine::new(server.config().default_query("v", "1")).unwrap();
    let row = |row: &mut Operation| {
        row.accept = Some("application/sdp");
        row.path = "/things/{id}?beta=true&x=1";
    };
    engine.call(changed(row).path_param("a?b")).await.unwrap();
    engine.call(changed(row).path_param("c").query(&br#"{"beta":false,"n":2}"#[..])).await.unwrap();
    let mut stream = changed(row).path_param("d");
    stream.options.headers = vec![("accept".into(), Some("text/x".into()))];
    engine.open(stream).await.unwrap();
    let seen = seen.lock().unwrap();
    let line = |index: usize| seen[index].lines().next().unwrap();
    assert_eq!(line(0), "POST /v1/things/a%3Fb?beta=true&x=1&v=1 HTTP/1.1");
    assert_eq!(line(1), "POST /v1/things/c?x=1&v=1&beta=false&n=2 HTTP/1.1");
    assert_eq!(header(&seen[0], "accept"), Some("application/sdp"));
    assert_eq!(header(&seen[2], "accept"), Some("text/x"));
}

/// The events' data and the error's kind of a stream that says `body` and closes.
async fn streamed(
    change: impl FnOnce(&mut Operation),
    body: &'static str,
) -> (Vec<String>, Option<ErrorKind>) {
    let server = Server::start(move |mut peer| async move {
        peer.request().await;
        peer.open_stream().await;
        peer.chunk(body).await;
        peer.chunk("").await;
    })
    .await;
    let mut stream = server.engine().stream(changed(change)).await.unwrap();
    let mut data = Vec::new();
    while let Some(event) = stream.next().await {
        match event {
            Ok(event) => data.push(String::from_utf8(event.data.to_vec()).unwrap()),
            Err(error) => return (data, Some(error.kind())),
        }
    }
    (data, None)
}

#[tokio::test]
async fn events_are_made_of_name_and_data() {
    let body = "event: thread.created\ndata: {\"id\":1}\n\ndata: [2]\n\nevent: done\ndata: [DONE]\n\n";
    let (data, error) = streamed(|row| row.synthesize_event = true, body).await;
    assert_eq!(data, [r#"{"event":"thread.created","data":{"id":1}}"#, r#"{"event":null,"data":[2]}"#]);
    assert_eq!(error, None);
    let failed = "event: error\ndata: {\"error\":{\"message\":\"m\"}}\n\n";
    assert_eq!(streamed(|row| row.synthesize_event = true, failed).await.1, Some(ErrorKind::Stream));
}

#[tokio::test]
async fn a_stream_ends_as_its_row_says() {
    let partial = "event: image_generation.partial_image\ndata: {}\n\n";
    let whole =
        "event: image_generation.completed\ndata: {}\n\nevent: image_generation.completed\ndata: {}\n\n";
    for (terminal, body, events, error) in [
        (Terminal::LastEvent, partial, 1, Some(ErrorKind::IncompleteStream)),
        (Terminal::LastEvent, whole, 2, None),
        (Terminal::LastEvent, "data: {}\n\ndata: [DONE]\n\n", 1, None),
        (Terminal::Close, partial, 1, None),
        (Terminal::Close, "", 0, None),
        (Terminal::Done, partial, 1, Some(ErrorKind::IncompleteStream)),
        // The mark is enough: some servers leave out the blank line after it.
        (Terminal::Done, "data: {}\n\ndata: [DONE]", 1, None),
        (Terminal::Done, "data: {}\n\ndata: [DONE]\n", 1, None),
        (Terminal::Done, "data: {}\n\ndata:[DONE]\r", 1, None),
        (Terminal::Done, "data: {}\n\ndata: [DONE", 1, Some(ErrorKind::IncompleteStream)),
        (Terminal::Done, "data: {}\n\ndata: {}\n", 1, Some(ErrorKind::IncompleteStream)),
        (Terminal::Done, "data: {}\n\ndata: a\ndata: [DONE]\n", 1, Some(ErrorKind::IncompleteStream)),
    ] {
        let (data, ended) = streamed(|row| row.stream = Some(terminal), body).await;
        assert_eq!((data.len(), ended), (events, error), "{terminal:?} {body:?}");
    }
}
