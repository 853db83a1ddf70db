//! A huge event costs about its own size. Alone in its process, because it looks at the process's peak memory.
#![cfg(target_os = "linux")]

use openai_oxide::engine::{ClientConfig, Engine, Request, operation};
use std::io::{Read, Write};

const SIZE: usize = 100 << 20;

/// Writes one event of `SIZE` bytes from a small buffer.
fn serve(listener: std::net::TcpListener) {
    let (mut socket, _) = listener.accept().unwrap();
    let _ = socket.read(&mut [0; 4096]).unwrap();
    socket
        .write_all(b"HTTP/1.1 200 OK\r\ncontent-type: text/event-stream\r\nconnection: close\r\n\r\ndata: \"")
        .unwrap();
    let block = [b'x'; 64 << 10];
    for _ in 0..SIZE / block.len() {
        socket.write_all(&block).unwrap();
    }
    socket.write_all(b"\"\n\ndata: [DONE]\n\n").unwrap();
}

fn peak() -> usize {
    let status = std::fs::read_to_string("/proc/self/status").unwrap();
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:")).unwrap();
    line.trim().trim_end_matches(" kB").parse::<usize>().unwrap() << 10
}

#[tokio::test]
async fn an_event_of_100_mb_takes_the_memory_of_one_event() {
    let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    std::thread::spawn(|| serve(listener));
    let engine = Engine::new(ClientConfig::new("sk-test").base_url(url)).unwrap();
    let request = Request::new(operation("chat.completions.create").unwrap());
    let before = peak();
    let mut stream = engine.stream(request).await.unwrap();
    assert_eq!(stream.next().await.unwrap().unwrap().data.len(), SIZE + 2);
    assert!(stream.next().await.is_none());
    let used = peak() - before;
    println!("peak memory over an event of {} MB: {} MB", SIZE >> 20, used >> 20);
    assert!(used < SIZE + SIZE / 4, "{} MB", used >> 20);
}
