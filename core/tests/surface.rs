//! Calls beyond JSON: forms with files, answers of bytes and text, arguments in several places, lists of every kind.
#![cfg(all(feature = "audio", feature = "conversations", feature = "files", feature = "images"))]

use openai_oxide::config::ClientConfig;
use openai_oxide::types::{FileCreateRequest, ImageEditRequest};
use openai_oxide::{File, OpenAI};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpListener;
use tokio::sync::mpsc;

/// Answers each request with the next of `answers` (content type, body) and tells what it was sent.
async fn server(answers: Vec<(&'static str, &'static str)>) -> (OpenAI, mpsc::UnboundedReceiver<String>) {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    let (tell, told) = mpsc::unbounded_channel();
    tokio::spawn(async move {
        for (kind, answer) in answers {
            let (mut socket, _) = listener.accept().await.unwrap();
            let mut seen = String::new();
            loop {
                let mut chunk = [0; 4096];
                let count = socket.read(&mut chunk).await.unwrap();
                seen.push_str(std::str::from_utf8(&chunk[..count]).unwrap());
                let Some((head, body)) = seen.split_once("\r\n\r\n") else { continue };
                let length = head
                    .lines()
                    .find_map(|line| line.to_lowercase().strip_prefix("content-length: ")?.parse().ok());
                if body.len() >= length.unwrap_or(0) {
                    break;
                }
            }
            tell.send(seen).unwrap();
            let length = answer.len();
            let head = format!(
                "HTTP/1.1 200 OK\r\ncontent-type: {kind}\r\ncontent-length: {length}\r\nconnection: close\r\n\r\n"
            );
            socket.write_all((head + answer).as_bytes()).await.unwrap();
        }
    });
    let config = ClientConfig::new("sk-test")
        .base_url(format!("http://{address}/v1"))
        .max_retries(0)
        .proxy(None::<String>);
    (OpenAI::with_config(config), told)
}

#[tokio::test]
async fn a_form_has_its_fields_and_then_its_files() {
    let (client, mut told) =
        server(vec![("application/json", r#"{"id":"file_1","bytes":3}"#), ("application/json", "{}")]).await;
    let file =
        client.files().create(FileCreateRequest::new(File::bytes("a.jsonl", "abc"), "batch")).await.unwrap();
    assert_eq!((file.id.as_str(), file.bytes), ("file_1", 3));
    let sent = told.recv().await.unwrap();
    assert!(
        sent.starts_with("POST /v1/files HTTP/1.1\r\n") && sent.contains("multipart/form-data; boundary="),
        "{sent}"
    );
    let purpose = sent.find("name=\"purpose\"\r\n\r\nbatch\r\n").unwrap();
    assert!(purpose < sent.find("name=\"file\"; filename=\"a.jsonl\"").unwrap(), "{sent}");
    let images = vec![File::bytes("a.png", "1"), File::bytes("b.png", "2")];
    client.images().edit(ImageEditRequest::new(images, "a hat").n(2)).await.unwrap();
    let sent = told.recv().await.unwrap();
    assert_eq!(sent.matches("name=\"image[]\"; filename=").count(), 2, "{sent}");
}

#[tokio::test]
async fn bytes_are_taken_whole_or_piece_by_piece_or_saved() {
    let (client, _told) = server(vec![("application/binary", "content"); 3]).await;
    assert_eq!(client.files().content("f").await.unwrap(), "content");
    let mut pieces = client.files().content("f").streaming().await.unwrap();
    assert_eq!(pieces.next().await.unwrap().unwrap(), "content");
    assert!(pieces.next().await.is_none());
    let path = std::env::temp_dir().join(format!("openai-oxide-surface-{}", std::process::id()));
    assert_eq!(client.files().content("f").save(&path).await.unwrap(), 7);
    assert_eq!(std::fs::read_to_string(&path).unwrap(), "content");
    std::fs::remove_file(path).unwrap();
}

#[tokio::test]
async fn text_is_a_result_where_the_caller_asks_for_it() {
    use openai_oxide::types::audio::TranscriptionCreateRequest;
    use openai_oxide::types::audio::transcription_create::TranscriptionCreateResponse;
    let (client, _told) = server(vec![("text/plain", "hi"), ("application/json", r#"{"text":"ho"}"#)]).await;
    let request = TranscriptionCreateRequest::new(File::bytes("a.wav", "1"), "whisper-1");
    let text = client.audio().transcriptions().create(request.clone()).await.unwrap();
    assert!(matches!(text, TranscriptionCreateResponse::Text(text) if text == "hi"));
    let json = client.audio().transcriptions().create(request).await.unwrap();
    assert!(matches!(json, TranscriptionCreateResponse::Transcription(told) if told.text == "ho"));
}

#[tokio::test]
async fn arguments_go_where_the_api_wants_them() {
    use openai_oxide::types::conversations::ItemCreateRequest;
    let (client, mut told) = server(vec![("application/json", "{}")]).await;
    let include: Vec<&str> = vec!["web_search_call.results"];
    let request = ItemCreateRequest::new(Vec::<openai_oxide::types::responses::ResponseInputItem>::new())
        .include(include);
    client.conversations().items().create("c", request).await.unwrap();
    let sent = told.recv().await.unwrap();
    assert!(
        sent.starts_with("POST /v1/conversations/c/items?include%5B%5D=web_search_call.results "),
        "{sent}"
    );
    assert!(sent.ends_with("\r\n\r\n{\"items\":[]}"), "{sent}");
}
