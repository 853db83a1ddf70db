//! A file of any size is sent from one block. Alone in its process, because it looks at the process's peak memory.
#![cfg(target_os = "linux")]

use openai_oxide::engine::{ClientConfig, Engine, Method, Part, Request, ResultKind};
use std::io::{Read, Write};

const SIZE: u64 = 256 << 20;

/// Reads one request to its end and answers with the size of its body.
fn serve(listener: std::net::TcpListener) {
    let (mut socket, _) = listener.accept().unwrap();
    let (mut head, mut buffer) = (Vec::new(), [0; 64 << 10]);
    let end = loop {
        let count = socket.read(&mut buffer).unwrap();
        head.extend_from_slice(&buffer[..count]);
        if let Some(end) = head.windows(4).position(|four| four == b"\r\n\r\n") {
            break end + 4;
        }
    };
    let text = String::from_utf8_lossy(&head[..end]).to_ascii_lowercase();
    let length =
        text.split_once("content-length: ").unwrap().1.split("\r\n").next().unwrap().parse::<usize>();
    let (length, mut got) = (length.unwrap(), head.len() - end);
    while got < length {
        got += socket.read(&mut buffer).unwrap();
    }
    let body = got.to_string();
    write!(socket, "HTTP/1.1 200 OK\r\ncontent-length: {}\r\n\r\n{body}", body.len()).unwrap();
}

fn peak() -> usize {
    let status = std::fs::read_to_string("/proc/self/status").unwrap();
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:")).unwrap();
    line.trim().trim_end_matches(" kB").parse::<usize>().unwrap() << 10
}

#[tokio::test]
async fn a_file_of_256_mb_takes_the_memory_of_a_few_blocks() {
    let path = std::env::temp_dir().join(format!("oxide-upload-{}", std::process::id()));
    std::fs::File::create(&path).unwrap().set_len(SIZE).unwrap();
    let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    std::thread::spawn(|| serve(listener));
    let engine = Engine::new(ClientConfig::new("sk-test").base_url(url)).unwrap();
    let request = Request::custom(Method::POST, "/files", ResultKind::Json, None);
    let before = peak();
    let reply = engine.call(request.multipart(vec![Part::path("file", &path)])).await;
    let used = peak() - before;
    std::fs::remove_file(&path).unwrap();
    let sent = std::str::from_utf8(&reply.unwrap().body).unwrap().parse::<u64>().unwrap();
    assert!((SIZE..SIZE + 1024).contains(&sent), "{sent}");
    println!("peak memory over a file of {} MB: {} KB", SIZE >> 20, used >> 10);
    assert!(used < 8 << 20, "{} MB", used >> 20);
}
