//! What reaches the socket: bytes, cuts, framing, pauses, endings, faults.

use std::io::{Read, Write};
use std::net::{SocketAddr, TcpStream};
use std::time::{Duration, Instant};

use crate::support::{connect, get, post, read_to_end, replay_of, request};

#[test]
fn json_goes_out_in_its_own_order_with_its_length() {
    let replay = replay_of(
        "  - response: {status: 201, headers: {x-request-id: req_1}, json: {z: 1.0, a: [é, null]}}",
    );
    let got = post(&replay.case_url("1", "test/case"), "{}");
    assert_eq!(got.text(), r#"{"z":1.0,"a":["é",null]}"#);
    let head = got.head();
    assert!(head.starts_with("HTTP/1.1 201 "), "{head}");
    for line in ["content-type: application/json\r\n", "content-length: 25\r\n", "x-request-id: req_1\r\n"] {
        assert!(head.contains(line), "{head}");
    }
}

#[test]
fn a_header_of_the_case_replaces_or_removes_the_servers_own() {
    let replay = replay_of(
        "  - response: {text: abc, headers: {content-length: 7, content-type: null, set-cookie: [a=1, b=2]}}",
    );
    let got = post(&replay.case_url("1", "test/case"), "{}");
    let head = got.head();
    assert!(head.contains("content-length: 7\r\n") && !head.contains("content-length: 3"), "{head}");
    assert!(!head.contains("content-type"), "{head}");
    assert!(head.contains("set-cookie: a=1\r\nset-cookie: b=2\r\n"), "{head}");
}

#[test]
fn each_sse_event_is_one_http_chunk() {
    let replay = replay_of(
        r#"  - response: {sse: [{comment: hi, event: a, id: 7, retry: 3, data: "x\ny"}, {data: {n: 1}}, "data: [DONE]\n\n"]}"#,
    );
    let (chunks, terminated) = post(&replay.case_url("1", "test/case"), "{}").chunks();
    let text: Vec<_> = chunks.iter().map(|c| String::from_utf8_lossy(c).into_owned()).collect();
    let first = ": hi\nevent: a\nid: 7\nretry: 3\ndata: x\ndata: y\n\n";
    assert_eq!(text, [first, "data: {\"n\":1}\n\n", "data: [DONE]\n\n"]);
    assert!(terminated);
}

#[test]
fn line_ends_of_events_can_be_chosen() {
    for (name, end) in [("lf", "\n"), ("crlf", "\r\n"), ("cr", "\r")] {
        let replay = replay_of(&format!("  - response: {{sse: [{{event: a, data: b}}], line_end: {name}}}"));
        let (chunks, _) = post(&replay.case_url("1", "test/case"), "{}").chunks();
        assert_eq!(String::from_utf8_lossy(&chunks[0]), format!("event: a{end}data: b{end}{end}"));
    }
}

#[test]
fn cuts_fall_inside_characters_and_lines() {
    let lens = |chunk: &str| {
        let replay = replay_of(&format!(
            "  - response: {{text: \"€a\\nb\\r\\nc\\rd\", framing: chunked, chunk: {chunk}}}"
        ));
        let (chunks, _) = post(&replay.case_url("1", "test/case"), "{}").chunks();
        assert_eq!(chunks.concat(), "€a\nb\r\nc\rd".as_bytes());
        chunks.iter().map(Vec::len).collect::<Vec<_>>()
    };
    assert_eq!(lens("1"), [1; 11]);
    assert_eq!(lens("4"), [4, 4, 3]);
    assert_eq!(lens("[1, 2, 9]"), [1, 1, 7, 2]);
    assert_eq!(lens("lines"), [5, 3, 2, 1]);
    assert_eq!(lens("whole"), [11]);
}

#[test]
fn a_run_can_have_its_own_cuts() {
    let replay = replay_of("  - response: {sse: [{data: abc}]}");
    let opened = get(&format!("{}/_replay/base/r/test%2Fcase?chunk=cut:3", replay.base_url())).text();
    let base = opened.split('"').nth(3).unwrap();
    assert_eq!(base, replay.case_url("r", "test/case"));
    let (chunks, _) = post(base, "{}").chunks();
    assert_eq!(chunks, [b"dat".to_vec(), b"a: abc\n\n".to_vec()]);
}

#[test]
fn raw_framing_cuts_the_chunk_size_line_too() {
    let replay = replay_of("  - response: {text: 0123456789abcdef0, framing: raw, chunk: 1, delay: 0.02}");
    let url = replay.case_url("1", "test/case");
    let mut stream = connect(&url);
    stream.write_all(request("POST", &url, "connection: close\r\n", "{}").as_bytes()).unwrap();
    let mut reads = Vec::new();
    let mut buffer = [0; 4096];
    loop {
        match stream.read(&mut buffer).unwrap() {
            0 => break,
            n => reads.push(buffer[..n].to_vec()),
        }
    }
    let body = reads.concat();
    assert!(body.ends_with(b"11\r\n0123456789abcdef0\r\n0\r\n\r\n"), "{}", String::from_utf8_lossy(&body));
    assert!(reads.iter().filter(|read| read.len() == 1).count() > 20, "{} reads", reads.len());
}

#[test]
fn the_head_can_be_late_and_in_pieces() {
    let replay = replay_of("  - response: {text: ok, head_delay: 0.2, head_chunk: 20, delay: 0.05}");
    let started = Instant::now();
    let got = post(&replay.case_url("1", "test/case"), "{}");
    assert_eq!(got.text(), "ok");
    assert!(started.elapsed() > Duration::from_millis(350), "{:?}", started.elapsed());
}

#[test]
fn pauses_come_before_the_named_chunk() {
    let replay =
        replay_of("  - response: {sse: [{data: 1}, {data: 2}, {data: 3}], delay: 0.05, pause_at: {2: 0.3}}");
    let started = Instant::now();
    post(&replay.case_url("1", "test/case"), "{}");
    let took = started.elapsed();
    assert!(took > Duration::from_millis(340) && took < Duration::from_millis(900), "{took:?}");
}

#[test]
fn close_ends_without_the_terminator_and_reset_with_rst() {
    let replay = replay_of(
        "  - response: {sse: [{data: 1}], end: close}\n  - response: {sse: [{data: 1}], end: reset}",
    );
    let url = replay.case_url("1", "test/case");
    let closed = post(&url, "{}");
    assert_eq!((closed.chunks().0.len(), closed.chunks().1, closed.reset), (1, false, false));
    let reset = post(&url, "{}");
    assert_eq!((reset.chunks().0.len(), reset.chunks().1, reset.reset), (1, false, true));
}

#[test]
fn a_stall_lasts_until_the_client_leaves() {
    let replay = replay_of("  - response: {sse: [{data: 1}], end: stall}");
    let url = replay.case_url("1", "test/case");
    let mut stream = connect(&url);
    stream.write_all(request("POST", &url, "", "{}").as_bytes()).unwrap();
    stream.set_read_timeout(Some(Duration::from_millis(300))).unwrap();
    let ended = stream.read_to_end(&mut Vec::new()).unwrap_err();
    assert_eq!(ended.kind(), std::io::ErrorKind::WouldBlock);
    drop(stream);
    let report = replay.report("1");
    assert!(report.closed_early_by_client && !report.pending);
    let after = report.requests[0].closed_after.unwrap();
    assert!((0.25..2.0).contains(&after), "{after}");
}

#[test]
fn a_client_that_leaves_during_a_pause_is_seen_at_once() {
    let replay = replay_of("  - response: {sse: [{data: 1}, {data: 2}], delay: 30}");
    let url = replay.case_url("1", "test/case");
    let mut stream = connect(&url);
    stream.write_all(request("POST", &url, "", "{}").as_bytes()).unwrap();
    stream.read_exact(&mut [0; 20]).unwrap();
    drop(stream);
    let report = replay.report("1");
    assert!(report.closed_early_by_client && report.requests[0].closed_after.unwrap() < 1.0);
}

#[test]
fn faults_send_no_byte() {
    let replay = replay_of("  - fault: close\n  - fault: reset");
    let url = replay.case_url("1", "test/case");
    let closed = post(&url, "{}");
    assert!(closed.bytes.is_empty() && !closed.reset);
    let reset = post(&url, "{}");
    assert!(reset.bytes.is_empty() && reset.reset);
    assert_eq!(replay.report("1").attempts, 2);
}

fn dead_port(fault: &str) -> SocketAddr {
    // The ports live as long as the server, which this leaks on purpose.
    let replay = Box::leak(Box::new(replay_of(&format!("  - connect: {fault}"))));
    let opened = get(&format!("{}/_replay/base/r/test%2Fcase", replay.base_url())).text();
    opened.split(['/', '"']).find(|part| part.starts_with("127.0.0.1:")).unwrap().parse().unwrap()
}

#[test]
fn connections_can_be_refused_or_hang() {
    let refused = TcpStream::connect(dead_port("refuse")).unwrap_err();
    assert_eq!(refused.kind(), std::io::ErrorKind::ConnectionRefused);
    let hanging = TcpStream::connect_timeout(&dead_port("stall"), Duration::from_millis(500)).unwrap_err();
    assert_eq!(hanging.kind(), std::io::ErrorKind::TimedOut);
}

#[test]
fn bodies_are_encoded_as_asked() {
    let text = "{{ab * 5000}}";
    let replay = replay_of(&format!(
        "  - response: {{text: '{text}', gzip: true}}\n  - response: {{text: '{text}', br: true}}\n  - response: {{text: '{text}', zstd: true}}"
    ));
    let url = replay.case_url("1", "test/case");
    let plain = "ab".repeat(5000);
    let decode = |encoding: &str| {
        let got = post(&url, "{}");
        assert!(got.head().contains(&format!("content-encoding: {encoding}\r\n")), "{}", got.head());
        assert!(got.body().len() < 1000);
        got.body().to_vec()
    };
    let mut text = String::new();
    flate2::read::GzDecoder::new(decode("gzip").as_slice()).read_to_string(&mut text).unwrap();
    assert_eq!(text, plain);
    text.clear();
    brotli::Decompressor::new(decode("br").as_slice(), 4096).read_to_string(&mut text).unwrap();
    assert_eq!(text, plain);
    text.clear();
    ruzstd::decoding::StreamingDecoder::new(decode("zstd").as_slice())
        .unwrap()
        .read_to_string(&mut text)
        .unwrap();
    assert_eq!(text, plain);
}

#[test]
fn repeats_count_and_other_braces_stay() {
    let replay = replay_of(
        r#"  - response: {sse: [{data: {n: "{{i}}"}, repeat: 3}, {data: "{{i}} {{é * 2}} {{ x }} {{"}]}"#,
    );
    let (chunks, _) = post(&replay.case_url("1", "test/case"), "{}").chunks();
    let text = String::from_utf8(chunks.concat()).unwrap();
    let counted: String = (0..3).map(|i| format!("data: {{\"n\":\"{i}\"}}\n\n")).collect();
    assert_eq!(text, format!("{counted}data: {{{{i}}}} éé {{{{ x }}}} {{{{\n\n"));
    assert_eq!(chunks.len(), 4);
}

#[test]
fn a_very_long_event_is_produced_while_sending() {
    let replay = replay_of(r#"  - response: {sse: [{data: {t: "{{€ * 33554432}}"}}, {data: end}]}"#);
    let started = Instant::now();
    let (chunks, terminated) = post(&replay.case_url("1", "test/case"), "{}").chunks();
    assert!(terminated);
    assert_eq!(chunks[0].len(), 3 * 33_554_432 + "data: {\"t\":\"\"}\n\n".len());
    let text = std::str::from_utf8(&chunks[0][12..]).expect("no character is torn between two portions");
    assert!(text.trim_end().strip_suffix("\"}").unwrap().chars().all(|c| c == '€'));
    assert!(started.elapsed() < Duration::from_secs(20));
}

#[test]
fn a_whole_answer_can_be_raw() {
    let replay =
        replay_of(r#"  - response: {raw: "HTTP/1.1 200 OK\r\ncontent-length: 9\r\n\r\nabc", end: close}"#);
    let got = post(&replay.case_url("1", "test/case"), "{}");
    assert_eq!(got.bytes, b"HTTP/1.1 200 OK\r\ncontent-length: 9\r\n\r\nabc");
}

#[test]
fn keep_alive_interim_and_expectation_work() {
    let replay =
        replay_of("  - response: {text: one, interim: [103]}\n  - response: {text: two, framing: eof}");
    let url = replay.case_url("1", "test/case");
    let mut stream = connect(&url);
    let asked = request("POST", &url, "expect: 100-continue\r\n", "{}");
    let (head, body) = asked.split_at(asked.len() - 2);
    stream.write_all(head.as_bytes()).unwrap();
    let mut buffer = [0; 25];
    stream.read_exact(&mut buffer).unwrap();
    assert_eq!(&buffer, b"HTTP/1.1 100 Continue\r\n\r\n");
    stream.write_all(body.as_bytes()).unwrap();
    // The second request goes out before the first answer has been read.
    stream.write_all(request("POST", &url, "", "{}").as_bytes()).unwrap();
    let got = String::from_utf8(read_to_end(stream).bytes).unwrap();
    assert!(got.starts_with("HTTP/1.1 103 Early Hints\r\n\r\nHTTP/1.1 200 OK\r\n"), "{got}");
    assert!(got.contains("\r\n\r\noneHTTP/1.1 200 OK\r\n") && got.ends_with("\r\n\r\ntwo"), "{got}");
    assert_eq!(replay.report("1").connections, 1);
}

#[test]
fn a_connection_ends_when_the_case_says_close() {
    let replay = replay_of("  - response: {text: bye, headers: {Connection: close}}");
    let url = replay.case_url("1", "test/case");
    let mut stream = connect(&url);
    stream.write_all(request("POST", &url, "", "{}").as_bytes()).unwrap();
    assert_eq!(read_to_end(stream).text(), "bye");
}

#[test]
fn head_and_no_content_have_no_body() {
    let replay = replay_of("  - response: {text: abc}\n  - response: {status: 204}");
    let url = replay.case_url("1", "test/case");
    let mut stream = connect(&url);
    stream.write_all(request("HEAD", &url, "connection: close\r\n", "").as_bytes()).unwrap();
    let head = read_to_end(stream);
    assert!(head.head().contains("content-length: 3\r\n") && head.body().is_empty());
    let empty = post(&url, "{}");
    assert!(!empty.head().contains("content-length") && empty.body().is_empty());
}
