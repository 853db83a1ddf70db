//! Free answers, the recorder, and the prebuilt answers for benchmarks.

use std::fs;
use std::io::Write;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use openai_oxide_replay::{Options, Recording, Replay, Suite};

use crate::support::{connect, get, post, read_to_end, replay_of, request};

const FREE: &str = r#"
cases:
- name: made/up
  doc: A constructed answer, which comes second.
  source: {constructed: test}
  call: {operation: chat.completions.create}
  exchange:
  - request: {method: POST, path: /chat/completions, body: {model: b}}
    response: {json: made up}
- name: recorded/a
  doc: A recorded answer.
  source: {recorded: {server: s, model: a, date: 2026-11-22}}
  call: {operation: chat.completions.create}
  exchange:
  - request: {method: POST, path: /chat/completions, body: {model: a, temperature: 0}}
    response: {json: model a}
- name: recorded/b
  doc: Another model.
  source: {recorded: {server: s, model: b, date: 2026-11-22}}
  call: {operation: chat.completions.create}
  exchange:
  - request: {method: POST, path: /chat/completions, body: {model: b, temperature: 0}}
    response: {json: model b}
- name: recorded/b-again
  doc: The same model, asked something else.
  source: {recorded: {server: s, model: b, date: 2026-11-22}}
  call: {operation: chat.completions.create}
  exchange:
  - request: {method: POST, path: /chat/completions, body: {model: b, temperature: 1}}
    response: {json: model b warm}
- name: recorded/asked
  doc: A question that is known, from a model that was not asked for.
  source: {recorded: {server: s, model: z, date: 2026-11-22}}
  call: {operation: chat.completions.create}
  exchange:
  - request: {method: POST, path: /chat/completions, body: {model: z, messages: [hello], n: 1}}
    response: {json: hello}
- name: recorded/error
  doc: An error is no answer for a quickstart.
  source: {recorded: {server: s, model: c, date: 2026-11-22}}
  call: {operation: chat.completions.create}
  exchange:
  - request: {method: POST, path: /chat/completions, body: {model: c}}
    response: {status: 400, json: error}
- name: recorded/stream
  doc: A stream, paced.
  source: {recorded: {server: s, model: a, date: 2026-11-22}}
  call: {operation: chat.completions.create}
  exchange:
  - request: {method: POST, path: /chat/completions, body: {model: a, stream: true}}
    response: {sse: [{data: 1}, {data: 2}, {data: 3}], chunk: [5], delay: 9}
- name: recorded/another-items
  doc: A path with another id.
  source: {recorded: {server: s, model: a, date: 2026-11-22}}
  call: {operation: responses.input_items.list}
  exchange:
  - request: {method: GET, path: /responses/resp_0/input_items}
    response: {json: items of 0}
- name: recorded/items
  doc: A path with an id.
  source: {recorded: {server: s, model: a, date: 2026-11-22}}
  call: {operation: responses.input_items.list}
  exchange:
  - request: {method: GET, path: /responses/resp_1/input_items}
    response: {json: items}
"#;

#[test]
fn free_mode_gives_the_closest_recorded_answer() {
    let suite = Suite::from_text(Path::new("free.yaml"), FREE).unwrap_or_else(|e| panic!("{}", e[0]));
    let replay =
        Replay::start(Options { suite, pace: Duration::from_millis(60), ..Options::default() }).unwrap();
    let url = format!("{}/v1/chat/completions", replay.base_url());
    assert_eq!(post(&url, r#"{"model":"b"}"#).text(), "\"model b\"");
    assert_eq!(post(&url, r#"{"temperature":1,"model":"b"}"#).text(), "\"model b warm\"");
    assert_eq!(post(&url, r#"{"model":"c"}"#).text(), "\"model a\"");
    assert_eq!(post(&url, r#"{"model":"b","messages":["hello"]}"#).text(), "\"hello\"");
    assert_eq!(
        get(&format!("{}/v1/responses/resp_9/input_items", replay.base_url())).text(),
        "\"items of 0\""
    );
    assert_eq!(get(&format!("{}/v1/responses/resp_1/input_items", replay.base_url())).text(), "\"items\"");
    let unknown = get(&format!("{}/v1/responses/resp_9", replay.base_url()));
    assert!(
        unknown.head().starts_with("HTTP/1.1 404 ")
            && unknown.text().contains("no case answers GET /v1/responses/resp_9")
    );

    let started = Instant::now();
    let (chunks, terminated) = post(&url, r#"{"model":"x","stream":true}"#).chunks();
    assert_eq!((chunks.len(), terminated), (3, true), "events, whatever the cuts of the recording");
    assert!((110..1000).contains(&started.elapsed().as_millis()), "{:?}", started.elapsed());
}

#[test]
fn the_built_in_cases_can_be_read() {
    // An unreadable one would be left out silently.
    let recorded = Path::new(env!("CARGO_MANIFEST_DIR")).join("../suite/recorded");
    if recorded.exists() {
        let on_disk = Suite::load(&recorded).unwrap_or_else(|e| panic!("{}", e[0]));
        assert_eq!(Suite::embedded().len(), on_disk.len());
        assert!(!on_disk.is_empty());
    }
}

/// A recorder before `upstream`, which plays one case; its folder is new and named after the test.
fn recorder(test: &str, upstream: &Replay) -> (Replay, PathBuf) {
    let out = std::env::temp_dir().join(format!("replay-{test}-{}", std::process::id()));
    let _ = fs::remove_dir_all(&out);
    let recording = Recording {
        upstream: upstream.case_url("up", "test/case"),
        out: out.clone(),
        server_name: "a server 1.0".into(),
    };
    (Replay::start(Options { record: Some(recording), ..Options::default() }).unwrap(), out)
}

#[test]
fn a_recorded_stream_plays_the_same_bytes_and_cuts() {
    let exchange = r#"  - request: {headers: {authorization: Bearer sk-very-secret, x-replay-name: absent}, query: {a: "1"}}
    response:
      headers: {x-request-id: req_1, set-cookie: session=1, date: now}
      sse: [{event: a, data: {t: "é\u2028", f: 1.5e-9}}, "data: {\"b\" : 1}\n\n: ping\n\n", {data: "[DONE]"}, "tail"]
      chunk: [9, 30]
      delay: 0.03"#;
    let upstream = replay_of(exchange);
    let (proxy, out) = recorder("stream", &upstream);
    let url = format!("{}/v1/chat/completions?a=1", proxy.base_url());
    let mut stream = connect(&url);
    let headers = "authorization: Bearer sk-very-secret\r\nx-replay-name: chat/one\r\nconnection: close\r\n";
    stream.write_all(request("POST", &url, headers, r#"{"model":"m","stream":true}"#).as_bytes()).unwrap();
    let relayed = read_to_end(stream);
    assert!(upstream.report("up").mismatches.is_empty(), "{:?}", upstream.report("up").mismatches);

    let text = fs::read_to_string(out.join("chat/one.yaml")).unwrap();
    for secret in ["sk-very-secret", "session=1", "set-cookie", "authorization"] {
        assert!(!text.contains(secret), "{secret} in\n{text}");
    }
    for line in [
        "model: \"m\"",
        "server: \"a server 1.0\"",
        "x-request-id: \"req_1\"",
        "operation: chat.completions.create",
        "query: \"a=1\"",
    ] {
        assert!(text.contains(line), "{line} not in\n{text}");
    }
    assert!(text.contains(r#"- {event: a, data: {t: "é\u2028", f: 1.5e-9}}"#), "{text}");
    let suite = Suite::load(&out).unwrap_or_else(|e| panic!("{}\n{text}", e[0]));
    let again = Replay::start(Options { suite, ..Options::default() }).unwrap();
    let url = format!("{}/chat/completions?a=1", again.case_url("1", "recorded/chat/one"));
    let played = post(&url, r#"{"stream":true,"model":"m"}"#);
    assert_eq!(played.chunks(), relayed.chunks());
    assert_eq!(played.chunks().0.iter().map(Vec::len).take(2).collect::<Vec<_>>(), [9, 21]);
    assert_eq!(again.report("1").mismatches, [""; 0]);
    fs::remove_dir_all(out).unwrap();
}

#[test]
fn recorded_json_is_exact_however_it_was_spelt() {
    for (body, kept_as) in [(r#"{"a":{"n":-0.25,"s":"é"}}"#, "json: &answer"), (r#"{"a": 1e-05}"#, "text: ")]
    {
        let upstream = replay_of(&format!(
            "  - response: {{text: '{body}', headers: {{content-type: application/json}}}}"
        ));
        let (proxy, out) = recorder(&kept_as[..4], &upstream);
        let url = format!("{}/v1/models/a%2Fb", proxy.base_url());
        assert_eq!(get(&url).text(), body);
        let text = fs::read_to_string(out.join("models-retrieve-1.yaml")).unwrap();
        assert!(text.contains(kept_as) && text.contains("params: {model: \"a/b\"}"), "{text}");
        let suite = Suite::load(&out).unwrap_or_else(|e| panic!("{}\n{text}", e[0]));
        let again = Replay::start(Options { suite, ..Options::default() }).unwrap();
        let played = get(&format!("{}/models/a%2Fb", again.case_url("1", "recorded/models-retrieve-1")));
        assert_eq!(played.text(), body);
        assert!(played.head().contains("content-type: application/json\r\n"));
        assert_eq!(again.report("1").mismatches, [""; 0]);
        fs::remove_dir_all(out).unwrap();
    }
}

#[test]
fn an_exchange_that_shows_its_key_is_not_kept() {
    let upstream = replay_of("  - response: {json: {echo: sk-very-secret}}");
    let (proxy, out) = recorder("secret", &upstream);
    let url = format!("{}/v1/models", proxy.base_url());
    let mut stream = connect(&url);
    let headers = "authorization: Bearer sk-very-secret\r\nconnection: close\r\n";
    stream.write_all(request("GET", &url, headers, "").as_bytes()).unwrap();
    assert!(read_to_end(stream).text().contains("sk-very-secret"), "relayed nevertheless");
    assert!(!out.exists());
}

#[test]
fn an_upstream_that_is_down_is_told() {
    let recording = Recording {
        upstream: "http://127.0.0.1:9/v1".into(),
        out: "unused".into(),
        server_name: "none".into(),
    };
    let proxy = Replay::start(Options { record: Some(recording), ..Options::default() }).unwrap();
    assert!(get(&format!("{}/v1/models", proxy.base_url())).head().starts_with("HTTP/1.1 502 "));
    let https = Recording {
        upstream: "https://api.openai.com/v1".into(),
        out: "unused".into(),
        server_name: "none".into(),
    };
    assert!(Replay::start(Options { record: Some(https), ..Options::default() }).is_err());
}

#[test]
fn bench_answers_have_their_advertised_size() {
    let replay = Replay::start(Options::default()).unwrap();
    let url = |path: &str| format!("{}/bench/v1{path}", replay.base_url());
    let small = post(&url("/chat/completions"), r#"{"model":"m"}"#);
    assert!((900..1200).contains(&small.body().len()), "{}", small.body().len());
    let long = post(&url("/chat/completions"), r#"{"model":"structured-1mb"}"#);
    let parsed: serde_json::Value = serde_json::from_slice(long.body()).unwrap();
    let content = parsed["choices"][0]["message"]["content"].as_str().unwrap();
    assert!((1_000_000..1_150_000).contains(&content.len()), "{}", content.len());
    let vectors: serde_json::Value = serde_json::from_slice(post(&url("/embeddings"), "{}").body()).unwrap();
    assert_eq!(vectors["data"].as_array().unwrap().len(), 100);
    assert_eq!(vectors["data"][99]["embedding"].as_str().unwrap().len(), 1536 * 4 / 3 * 4);
    for path in ["/chat/completions", "/responses"] {
        let (chunks, terminated) = post(&url(path), r#"{"model":"stream-50","stream":true}"#).chunks();
        assert_eq!((chunks.len(), terminated), (51, true));
        assert!(chunks[..50].iter().all(|chunk| chunk.len() == 300), "{}", chunks[0].len());
    }
    let started = Instant::now();
    let (chunks, _) = post(&url("/chat/completions"), r#"{"model":"stream-5@40ms","stream":true}"#).chunks();
    assert_eq!(chunks.len(), 6);
    assert!(started.elapsed() > Duration::from_millis(200));
}
