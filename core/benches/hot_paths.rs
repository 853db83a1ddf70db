//! What runs once per event or per byte, by itself: event decoding, values of what arrives in pieces, strict schemas.
//!
//! `cargo run --release -p openai-oxide --example hot_paths -- sse` runs those whose names hold a word. A line says nanoseconds per
//! run and megabytes per second, of the fastest of 200 short samples: the one that other programs disturbed least.

#[path = "../src/engine/sse.rs"]
#[allow(dead_code)]
mod sse;

use bytes::Bytes;
use openai_oxide::partial::PartialJson;
use openai_oxide::strict::strict_schema;
use std::hint::black_box;
use std::time::{Duration, Instant};

const SAMPLES: usize = 200;
const SAMPLE: Duration = Duration::from_millis(1);

fn measure(name: &str, bytes: usize, mut run: impl FnMut()) {
    let wanted: Vec<String> = std::env::args().skip(1).filter(|word| !word.starts_with('-')).collect();
    if !wanted.is_empty() && !wanted.iter().any(|word| name.contains(word.as_str())) {
        return;
    }
    let start = Instant::now();
    run();
    let mut rounds = (SAMPLE.as_secs_f64() / start.elapsed().as_secs_f64().max(1e-9)) as u32;
    rounds = rounds.clamp(1, 1_000_000);
    let samples = (0..SAMPLES).map(|_| {
        let start = Instant::now();
        (0..rounds).for_each(|_| run());
        start.elapsed().as_secs_f64() * 1e9 / f64::from(rounds)
    });
    let fastest = samples.fold(f64::INFINITY, f64::min);
    println!("{name:<28} {fastest:>12.0} ns {:>8.0} MB/s", bytes as f64 / fastest * 1e3);
}

/// How many events a stream has when it comes in chunks of this size.
fn decode(stream: &Bytes, chunk: usize) -> usize {
    let mut decoder = sse::Decoder::new(None);
    let mut events = 0;
    for start in (0..stream.len()).step_by(chunk) {
        decoder.feed(stream.slice(start..stream.len().min(start + chunk)));
        while let Some(block) = decoder.next() {
            black_box(block.expect("there is no limit"));
            events += 1;
        }
    }
    events
}

fn main() {
    let event = format!(
        "data: {{\"id\":\"chatcmpl-1\",\"object\":\"chat.completion.chunk\",\"choices\":[{{\"index\":0,\"delta\":{{\"content\":\"{}\"}}}}]}}\n\n",
        "word ".repeat(40)
    );
    let stream = Bytes::from(event.repeat(1000));
    for (name, chunk) in
        [("sse/16384-byte-chunks", 16384), ("sse/event-by-event", event.len()), ("sse/100-byte-chunks", 100)]
    {
        assert_eq!(decode(&stream, chunk), 1000);
        measure(name, stream.len(), || {
            black_box(decode(&stream, chunk));
        });
    }
    let image = Bytes::from(format!("data: {{\"b64\":\"{}\"}}\n\n", "A".repeat(4 << 20)));
    measure("sse/one-4-mb-event", image.len(), || {
        black_box(decode(&image, 16384));
    });

    let row = r#"{"city":"Paris","days":[1,2,3.5],"note":"a \"quoted\" word and € signs","ok":true},"#;
    let document = format!("[{}null]", row.repeat(200));
    let pieces: Vec<&str> = document.split_inclusive(' ').collect();
    measure("partial/whole", document.len(), || {
        let mut json = PartialJson::new();
        json.push(&document).and_then(|()| json.finish()).expect("it is JSON");
        drop(black_box(json.into_value()));
    });
    measure("partial/value-after-each", document.len(), || {
        let mut json = PartialJson::new();
        for piece in &pieces {
            json.push(piece).expect("it is JSON");
            black_box(json.value());
        }
    });
    measure("partial/serde-json-of-whole", document.len(), || {
        drop(black_box(serde_json::from_str::<serde_json::Value>(&document).expect("it is JSON")));
    });

    let property = |number: usize| {
        format!(
            r##""p{number}":{{"type":"object","properties":{{"a":{{"type":"string","default":null}},"b":{{"$ref":"#/$defs/node"}}}},"required":["a"]}}"##
        )
    };
    let schema = format!(
        r##"{{"type":"object","properties":{{{}}},"$defs":{{"node":{{"type":"object","properties":{{"next":{{"anyOf":[{{"$ref":"#/$defs/node"}},{{"type":"null"}}]}}}}}}}}}}"##,
        (0..50).map(property).collect::<Vec<_>>().join(",")
    );
    measure("strict/50-objects", schema.len(), || {
        drop(black_box(strict_schema(schema.as_bytes()).expect("it has a strict form")));
    });
}
