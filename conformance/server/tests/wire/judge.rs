//! What the report says about requests, and what the loader says about broken cases.

use std::io::Write;
use std::path::Path;

use crate::support::{connect, get, post, read_to_end, replay_of, request};
use openai_oxide_replay::Suite;

const EXCHANGE: &str = r#"  - request:
      method: POST
      path: /a%20b
      query: {q: [x y, z], n: 1}
      headers: {authorization: Bearer k, x-not: absent, x-any: present, user-agent: {matches: "^test/[0-9]+$"}}
      body: {a: 1, b: [true, {c: é}]}
    response: {json: {}}"#;

fn send(exchange: &str, path: &str, headers: &str, body: &str) -> openai_oxide_replay::Report {
    let replay = replay_of(exchange);
    let url = format!("{}{path}", replay.case_url("1", "test/case"));
    let mut stream = connect(&url);
    stream
        .write_all(request("POST", &url, &format!("connection: close\r\n{headers}"), body).as_bytes())
        .unwrap();
    assert_eq!(read_to_end(stream).text(), "{}");
    replay.report("1")
}

#[test]
fn the_right_request_has_no_mismatch() {
    let headers = "Authorization: Bearer k\r\nX-Any: 1\r\nUser-Agent: test/12\r\n";
    let report = send(EXCHANGE, "/a%20b?n=1&q=z&q=x%20y", headers, r#"{"b":[true,{"c":"\u00e9"}],"a":1.0}"#);
    assert_eq!(report.mismatches, [""; 0]);
    assert_eq!((report.attempts, report.missing, report.case.as_deref()), (1, 0, Some("test/case")));
    let seen = &report.requests[0];
    assert_eq!((seen.path.as_str(), seen.query.as_str()), ("/a%20b", "n=1&q=z&q=x%20y"));
    assert!(seen.headers.contains(&("User-Agent".into(), "test/12".into())), "{:?}", seen.headers);
    assert_eq!(seen.body_bytes, "eyJiIjpbdHJ1ZSx7ImMiOiJcdTAwZTkifV0sImEiOjEuMH0=");
}

#[test]
fn every_difference_is_told() {
    let headers = "authorization: Bearer k\r\nauthorization: Bearer k\r\nx-not: 1\r\nuser-agent: other\r\n";
    let report = send(EXCHANGE, "/a b?q=z", headers, r#"{"a":2,"b":[true,{}],"d":0}"#);
    // A blank in the target ends it: the rest is not part of the path.
    let expected = [
        r#"request 1: path: expected /a%20b, got /a"#,
        r#"request 1: query: expected [("n", "1"), ("q", "x y"), ("q", "z")], got []"#,
        r#"request 1: header authorization: expected "Bearer k", got ["Bearer k", "Bearer k"]"#,
        r#"request 1: header user-agent: expected one value that matches ^test/[0-9]+$, got ["other"]"#,
        r#"request 1: header x-any: expected any value, got []"#,
        r#"request 1: header x-not: expected none, got ["1"]"#,
        r#"request 1: body.a: expected 1, got 2"#,
        r#"request 1: body.b[1].c: expected "é", got nothing"#,
        r#"request 1: body.d: not expected, got 0"#,
    ];
    assert_eq!(report.mismatches, expected);
}

#[test]
fn bodies_can_be_judged_in_part_or_to_the_byte() {
    let part = "  - request: {body_has: {a: {b: 1}}}\n    response: {json: {}}";
    assert_eq!(send(part, "", "", r#"{"a":{"b":1,"c":2},"d":3}"#).mismatches, [""; 0]);
    assert_eq!(
        send(part, "", "", r#"{"a":{"c":2}}"#).mismatches,
        ["request 1: body.a.b: expected 1, got nothing"]
    );
    let bytes = "  - request: {body_bytes: '{\"a\":1}'}\n    response: {json: {}}";
    assert_eq!(send(bytes, "", "", r#"{"a":1}"#).mismatches, [""; 0]);
    assert_eq!(
        send(bytes, "", "", r#"{"a": 1}"#).mismatches,
        [r#"request 1: body bytes: expected {"a":1}, got {"a": 1}"#]
    );
}

#[test]
fn a_query_can_be_judged_raw_and_a_plus_is_a_blank_in_it() {
    let raw = "  - request: {query: \"a=%20&b=1\"}\n    response: {json: {}}";
    assert_eq!(send(raw, "?a=%20&b=1", "", "").mismatches, [""; 0]);
    let wrong = ["request 1: query: expected \"a=%20&b=1\", got \"a=+&b=1\""];
    assert_eq!(send(raw, "?a=+&b=1", "", "").mismatches, wrong);
    let decoded = "  - request: {query: {a: x y}}\n    response: {json: {}}";
    assert_eq!(send(decoded, "?a=x+y", "", "").mismatches, [""; 0]);
}

#[test]
fn what_is_not_mentioned_is_free_but_for_the_query_and_the_body_of_get() {
    let silent = "  - request: {method: GET}\n    response: {json: {}}";
    let report = send(silent, "/any?a=1", "x-free: 1\r\n", "{}");
    let expected = [
        "request 1: method: expected GET, got POST",
        "request 1: query: expected none, got \"a=1\"",
        "request 1: body: expected none with GET, got {}",
    ];
    assert_eq!(report.mismatches, expected);
}

#[test]
fn attempts_are_counted_in_order_and_surplus_ones_refused() {
    let replay = replay_of(
        "  - request: {body: 1}\n    response: {json: 1}\n  - request: {body: 2}\n    response: {json: 2}",
    );
    let url = replay.case_url("1", "test/case");
    assert_eq!(post(&url, "1").text(), "1");
    assert_eq!((replay.report("1").attempts, replay.report("1").missing), (1, 1));
    assert_eq!(post(&url, "2").text(), "2");
    assert!(post(&url, "3").head().starts_with("HTTP/1.1 400 "));
    let report = replay.report("1");
    assert_eq!((report.attempts, report.connections), (3, 3));
    assert_eq!(report.mismatches, ["request 3: not expected: the exchange has 2 request(s)"]);
    // Another run begins anew.
    assert_eq!(post(&replay.case_url("2", "test/case"), "1").text(), "1");
    assert_eq!(replay.report("2").mismatches, [""; 0]);
}

#[test]
fn a_report_is_json_over_http_and_an_unknown_run_is_empty() {
    let replay = replay_of("  - response: {json: {}}");
    post(&replay.case_url("r1", "test/case"), r#"{"é":1}"#);
    let report: serde_json::Value =
        serde_json::from_slice(get(&format!("{}/_replay/report/r1", replay.base_url())).body()).unwrap();
    assert_eq!(report["requests"][0]["body"], serde_json::json!({"é": 1}));
    assert_eq!(report["requests"][0]["method"], "POST");
    let empty: serde_json::Value =
        serde_json::from_slice(get(&format!("{}/_replay/report/nobody", replay.base_url())).body()).unwrap();
    assert_eq!((&empty["attempts"], &empty["mismatches"]), (&serde_json::json!(0), &serde_json::json!([])));
}

#[test]
fn unknown_cases_and_paths_are_told() {
    let replay = replay_of("  - response: {json: {}}");
    let unknown = post(&replay.case_url("1", "no/such"), "{}");
    assert!(unknown.head().starts_with("HTTP/1.1 404 ") && unknown.text().contains("no case named no/such"));
    assert!(get(&format!("{}/other", replay.base_url())).text().contains("nothing is served at /other"));
}

fn refused(lines: &str) -> String {
    let text = format!(
        "cases:\n- name: good/one\n  doc: Fine.\n  source: {{constructed: x}}\n  call: {{operation: a.b}}\n{lines}"
    );
    match Suite::from_text(Path::new("some.yaml"), &text) {
        Ok(_) => panic!("accepted"),
        Err(errors) => errors.iter().map(ToString::to_string).collect::<Vec<_>>().join("\n"),
    }
}

#[test]
fn mistakes_name_file_line_and_case() {
    let bad = |rest: &str| {
        format!(
            "- name: bad/two\n  doc: Not fine.\n  source: {{constructed: x}}\n  call: {{operation: a.b}}\n{rest}"
        )
    };
    let misspelt = refused(&bad("  exchange:\n  - respons: {json: {}}\n"));
    assert!(misspelt.starts_with("some.yaml:11: case bad/two: unknown field `respons`"), "{misspelt}");
    let field = refused(&bad("  exchange:\n  - response:\n      sse: [{dta: 1}]\n"));
    assert!(field.starts_with("some.yaml:12: case bad/two: unknown field `dta`"), "{field}");
    let both = refused(&bad("  exchange: [{response: {json: {}, text: a}}]\n"));
    assert_eq!(
        both,
        "some.yaml:6: case bad/two: attempt 1: a response has one body, this one has json and text"
    );
    let far = refused(&bad("  exchange: [{response: {text: abc, chunk: [1, 3]}}]\n"));
    assert_eq!(far, "some.yaml:6: case bad/two: cut position 3 lies outside the body of 3 bytes");
    let twice =
        refused("- name: good/one\n  doc: Again.\n  source: {constructed: x}\n  call: {operation: a.b}\n");
    assert_eq!(twice, "some.yaml:6: case good/one: the name is taken by another case");
}

const FORM: &str = r#"  - request:
      multipart:
      - {name: "image[]", filename: a.png, content_type: image/png, base64: AA==}
      - {name: "image[]", filename: present, text: "{{ab * 2}}\r\n"}
      - {name: size, text: "1"}
      - {name: session, content_type: application/json, json: {b: 1, a: 2.0}}
    response: {json: {}}"#;

fn form(parts: &[(&str, &str)]) -> Vec<String> {
    let mut body: String =
        parts.iter().map(|(head, content)| format!("--B\r\n{head}\r\n\r\n{content}\r\n")).collect();
    body += "--B--\r\n";
    let headers = "connection: close\r\nContent-Type: multipart/form-data; boundary=B\r\n";
    send(FORM, "", headers, &body).mismatches
}

const IMAGE: (&str, &str) =
    ("content-disposition: form-data; name=\"image[]\"; filename=\"a.png\"\r\nContent-Type: image/png", "\0");
const OTHER: (&str, &str) = ("Content-Disposition: form-data; name=\"image[]\"; filename=\"\"", "abab\r\n");
const SIZE: (&str, &str) = ("Content-Disposition: form-data; name=\"size\"", "1");
const SESSION: (&str, &str) = (
    "Content-Disposition: form-data; name=\"session\"\r\nContent-Type: application/json",
    "{\"a\":2,\"b\":1}",
);

#[test]
fn a_form_is_judged_part_by_part() {
    assert_eq!(form(&[SIZE, IMAGE, SESSION, OTHER]), [""; 0]);
    let named = ("Content-Disposition: form-data; name=\"size\"; filename=\"x\"", "2");
    let typed = ("Content-Disposition: form-data; name=\"session\"\r\nContent-Type: text/plain", "{}");
    let more = ("Content-Disposition: form-data; name=\"more\"", "m");
    let expected = [
        "request 1: part image[]: header filename: expected \"a.png\", got [\"\"]",
        "request 1: part image[]: header content-type: expected \"image/png\", got []",
        "request 1: part image[]: expected \0 (1 bytes), got abab\r\n (6 bytes)",
        "request 1: part image[]: expected abab\r\n (6 bytes), got \0 (1 bytes)",
        "request 1: part size: header filename: expected none, got [\"x\"]",
        "request 1: part size: expected 1 (1 bytes), got 2 (1 bytes)",
        "request 1: part session: header content-type: expected \"application/json\", got [\"text/plain\"]",
        "request 1: part session.b: expected 1, got nothing",
        "request 1: part session.a: expected 2.0, got nothing",
        "request 1: part more: not expected, got \"m\"",
    ];
    assert_eq!(form(&[OTHER, IMAGE, named, typed, more]), expected);
    assert_eq!(form(&[IMAGE, OTHER, SESSION]), ["request 1: part size: expected, got nothing"]);
}

#[test]
fn a_name_that_breaks_its_header_breaks_the_form() {
    let evil = ("Content-Disposition: form-data; name=\"size\"; filename=\"a\"; name=\"purpose\"", "1");
    assert!(form(&[evil])[0].contains("the attribute name twice"), "{:?}", form(&[evil]));
    let header = ("Content-Disposition: form-data; name=\"size\"\r\nEvil: 1", "1");
    assert_eq!(form(&[header]), ["request 1: form: a part has the header \"Evil: 1\""]);
    let json = send(FORM, "", "content-type: application/json\r\n", "{}").mismatches;
    assert!(json[0].contains("expected multipart/form-data"), "{json:?}");
}
