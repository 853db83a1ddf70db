//! The methods that make several calls: which calls, in which order, and what they give.

use crate::{json, server};
use openai_oxide::config::ClientConfig;
use openai_oxide::{ErrorKind, File, OpenAI};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpListener;

#[cfg(feature = "vector-stores")]
#[tokio::test]
async fn waiting_asks_until_the_answer_is_final() {
    use openai_oxide::types::vector_stores::file_create::FileCreateRequest;
    let files = |states: &[&str]| {
        states.iter().flat_map(|s| json(&format!(r#"{{"id":"f 1","status":"{s}"}}"#))).collect()
    };
    let (client, mut told) = server(files(&["in_progress", "in_progress", "failed"])).await;
    let stores = client.vector_stores();
    let waiting = stores.files().create_and_poll("vs_1", FileCreateRequest::new("f 1"));
    let file = waiting.interval(Duration::from_millis(2)).max_wait(Duration::MAX).await.unwrap();
    assert_eq!(file.status.as_str(), "failed");
    let heads: Vec<_> =
        std::iter::from_fn(|| told.try_recv().ok()).map(|(head, _)| head.to_lowercase()).collect();
    assert!(heads[0].starts_with("post /v1/vector_stores/vs_1/files http"), "{heads:?}");
    assert!(!heads[0].contains("x-stainless-poll-helper"), "{heads:?}");
    for head in &heads[1..] {
        assert!(head.starts_with("get /v1/vector_stores/vs_1/files/f%201 http"), "{head}");
        assert!(head.contains("x-stainless-custom-poll-interval: 2\r\n"), "{head}");
    }
    assert_eq!(heads.len(), 3);

    let (client, mut told) = server(files(&["in_progress", "in_progress"])).await;
    let waiting = client.vector_stores().files().poll("vs_1", "f 1").max_wait(Duration::from_millis(30));
    let error = waiting.await.unwrap_err();
    assert_eq!((error.kind(), error.message()), (ErrorKind::Timeout, "f 1 is still being processed"));
    let (head, _) = told.recv().await.unwrap();
    assert!(head.to_lowercase().contains("x-stainless-poll-helper: true"), "{head}");
    assert!(told.try_recv().is_err(), "a second is the pause where nobody says another");
}

#[cfg(feature = "uploads")]
#[tokio::test]
async fn a_large_file_goes_up_in_parts() {
    let path = std::env::temp_dir().join(format!("oxide-parts-{}.bin", std::process::id()));
    std::fs::write(&path, "0123456789").unwrap();
    let answers =
        [r#"{"id":"up"}"#, r#"{"id":"p1"}"#, r#"{"id":"p2"}"#, r#"{"id":"up","status":"completed"}"#];
    let (client, mut told) = server(answers.iter().flat_map(|text| json(text)).collect()).await;
    let purpose = openai_oxide::types::FilePurpose::Batch;
    let upload =
        client.uploads().upload_file_chunked_by(7, &path, "application/jsonl", purpose).await.unwrap();
    std::fs::remove_file(&path).unwrap();
    assert_eq!(upload.id, "up");
    let (_, created) = told.recv().await.unwrap();
    let expected = format!(
        r#"{{"bytes":10,"filename":"{}","mime_type":"application/jsonl","purpose":"batch"}}"#,
        path.file_name().unwrap().to_str().unwrap()
    );
    assert_eq!(created, expected);
    for content in ["0123456", "789"] {
        let (head, part) = told.recv().await.unwrap();
        assert!(head.starts_with("POST /v1/uploads/up/parts"), "{head}");
        assert!(part.contains("name=\"data\"; filename=\"part\"\r\n"), "{part}");
        assert!(part.contains(&format!("\r\n\r\n{content}\r\n--oxide")), "{part}");
    }
    let (_, completed) = told.recv().await.unwrap();
    assert_eq!(completed, r#"{"part_ids":["p1","p2"]}"#);
}

#[cfg(feature = "beta")]
#[allow(deprecated)] // the whole resource is
#[tokio::test]
async fn runs_are_awaited_however_they_begin() {
    use openai_oxide::types::beta::thread_create_and_run::ThreadCreateAndRunRequest;
    use openai_oxide::types::beta::threads::run_create::RunCreateRequest;
    use openai_oxide::types::beta::threads::run_submit_tool_outputs::{
        RunSubmitToolOutputsRequest, ToolOutput,
    };
    let run = |status: &str| json(&format!(r#"{{"id":"run_1","thread_id":"th_1","status":"{status}"}}"#));
    let states = [
        "queued",
        "requires_action", // created and looked at
        "in_progress",
        "queued",
        "cancelling",
        "in_progress",
        "completed",
        "queued",
        "expired",
    ];
    let (client, mut told) = server(states.iter().flat_map(|state| run(state)).collect()).await;
    let (threads, runs) = (client.beta().threads(), client.beta().threads().runs());
    let first = threads.create_and_run_poll(ThreadCreateAndRunRequest::new("asst_1")).await.unwrap();
    assert_eq!(first.status.as_str(), "requires_action");
    let outputs = RunSubmitToolOutputsRequest::new([ToolOutput::new().tool_call_id("c").output("21")]);
    let second = runs.submit_tool_outputs_and_poll("th_1", first.id, outputs);
    let second = second.interval(Duration::from_millis(1)).await.unwrap();
    assert_eq!(second.status.as_str(), "completed");
    let third = runs.create_and_poll("th_1", RunCreateRequest::new("asst_1")).await.unwrap();
    assert_eq!(third.status.as_str(), "expired");
    let sent: Vec<_> = std::iter::from_fn(|| told.try_recv().ok())
        .map(|(head, _)| head.lines().next().unwrap().to_owned())
        .collect();
    let expected = [
        "POST /v1/threads/runs HTTP/1.1",
        "GET /v1/threads/th_1/runs/run_1 HTTP/1.1",
        "POST /v1/threads/th_1/runs/run_1/submit_tool_outputs HTTP/1.1",
        "GET /v1/threads/th_1/runs/run_1 HTTP/1.1",
        "GET /v1/threads/th_1/runs/run_1 HTTP/1.1",
        "GET /v1/threads/th_1/runs/run_1 HTTP/1.1",
        "GET /v1/threads/th_1/runs/run_1 HTTP/1.1",
        "POST /v1/threads/th_1/runs HTTP/1.1",
        "GET /v1/threads/th_1/runs/run_1 HTTP/1.1",
    ];
    assert_eq!(sent, expected);
}

/// Answers uploads with the file's name as its id, the sooner the larger that number is, and any other call with a settled batch. Tells
/// the most uploads that ran at a time, and the bodies of the other calls.
async fn uploads(refused: &'static str) -> (OpenAI, Arc<AtomicUsize>, Arc<std::sync::Mutex<Vec<String>>>) {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    let (running, most, bodies) =
        (Arc::new(AtomicUsize::new(0)), Arc::new(AtomicUsize::new(0)), Arc::default());
    let (peak, told): (_, Arc<std::sync::Mutex<Vec<String>>>) = (Arc::clone(&most), Arc::clone(&bodies));
    tokio::spawn(async move {
        loop {
            let (mut socket, _) = listener.accept().await.unwrap();
            let (running, peak, told) = (Arc::clone(&running), Arc::clone(&peak), Arc::clone(&told));
            tokio::spawn(async move {
                let mut seen = String::new();
                let complete =
                    |seen: &str| seen.contains("--\r\n") || seen.ends_with('}') || seen.starts_with("GET");
                while !complete(&seen) {
                    let mut chunk = [0; 4096];
                    let count = socket.read(&mut chunk).await.unwrap();
                    assert!(count > 0, "the client left early");
                    seen.push_str(std::str::from_utf8(&chunk[..count]).unwrap());
                }
                let (mut status, mut answer) =
                    ("200 OK", r#"{"id":"b","file_counts":{"in_progress":0}}"#.to_owned());
                if let Some((_, name)) = seen.split_once("filename=\"") {
                    let name = name.split('"').next().unwrap();
                    peak.fetch_max(running.fetch_add(1, Ordering::SeqCst) + 1, Ordering::SeqCst);
                    tokio::time::sleep(Duration::from_millis(90 - 10 * name.parse::<u64>().unwrap())).await;
                    running.fetch_sub(1, Ordering::SeqCst);
                    status = if name == refused { "400 Bad Request" } else { status };
                    answer = format!(r#"{{"id":"{name}"}}"#);
                } else {
                    told.lock().unwrap().push(seen.split_once("\r\n\r\n").unwrap().1.to_owned());
                }
                let length = answer.len();
                let head = format!(
                    "HTTP/1.1 {status}\r\ncontent-type: application/json\r\ncontent-length: {length}\r\nconnection: close\r\n"
                );
                socket.write_all(format!("{head}\r\n{answer}").as_bytes()).await.unwrap();
            });
        }
    });
    let config = ClientConfig::new("sk-test")
        .base_url(format!("http://{address}/v1"))
        .max_retries(0)
        .proxy(None::<String>);
    (OpenAI::with_config(config), most, bodies)
}

fn numbered(count: usize) -> Vec<File> {
    (0..count).map(|number| File::bytes(number.to_string(), "x")).collect()
}

#[cfg(all(feature = "files", feature = "vector-stores"))]
#[tokio::test]
async fn a_batch_is_uploaded_some_files_at_a_time_and_keeps_their_order() {
    use openai_oxide::types::vector_stores::file_batch_create::FileBatchCreateRequest;
    let (client, most, bodies) = uploads("none").await;
    let batches = client.vector_stores().file_batches();
    let request = FileBatchCreateRequest::new().file_ids(["there"]);
    let batch = batches.upload_and_poll_with("vs_1", numbered(8), request).await.unwrap();
    assert_eq!(batch.id, "b");
    assert_eq!(most.load(Ordering::SeqCst), 5);
    let sent = r#"{"file_ids":["there","0","1","2","3","4","5","6","7"]}"#;
    assert_eq!(*bodies.lock().unwrap(), [sent, ""]);

    let (client, _most, bodies) = uploads("6").await;
    let failed =
        client.vector_stores().file_batches().upload_and_poll("vs_1", numbered(8)).await.unwrap_err();
    assert_eq!(failed.status(), Some(400));
    assert!(bodies.lock().unwrap().is_empty(), "nothing is put into the store");
}
