use super::*;
use compression_codecs::{BrotliEncoder, EncodeV2, GzipEncoder, ZstdEncoder};

fn encoder(coding: &str) -> Box<dyn EncodeV2> {
    match coding {
        "gzip" => Box::new(GzipEncoder::new(compression_codecs::core::Level::Default.into())),
        "br" => Box::new(BrotliEncoder::new(Default::default())),
        _ => Box::new(ZstdEncoder::new(3)),
    }
}

/// The parts, each flushed as a streaming server does, the last one with the end of the stream.
fn encode(coding: &str, parts: &[&[u8]]) -> Vec<Vec<u8>> {
    let mut encoder = encoder(coding);
    let mut encoded = Vec::new();
    for (index, part) in parts.iter().enumerate() {
        let mut out = vec![0; 2 * part.len() + 4096];
        let mut room = WriteBuffer::new_initialized(&mut out);
        let mut input = PartialBuffer::new(*part);
        while !input.unwritten().is_empty() {
            encoder.encode(&mut input, &mut room).unwrap();
        }
        while !encoder.flush(&mut room).unwrap() {}
        if index + 1 == parts.len() {
            while !encoder.finish(&mut room).unwrap() {}
        }
        let size = room.written_len();
        out.truncate(size);
        encoded.push(out);
    }
    encoded
}

fn decoder(coding: &'static str) -> Decoder {
    let mut headers =
        HeaderMap::from_iter([(CONTENT_ENCODING, coding.parse().unwrap()), (CONTENT_LENGTH, 9.into())]);
    let decoder = Decoder::of(&mut headers).unwrap();
    assert!(headers.is_empty());
    decoder
}

const CODINGS: [&str; 3] = ["gzip", "br", "zstd"];

#[test]
fn each_flushed_part_comes_out_at_once() {
    let parts: [&[u8]; 3] = [b"data: one\n\n", b"data: two\n\n", &[b'x'; 100_000]];
    for coding in CODINGS {
        let mut decoder = decoder(coding);
        for (part, encoded) in parts.iter().zip(encode(coding, &parts)) {
            assert_eq!(decoder.push(&encoded).unwrap(), part, "{coding}");
        }
        decoder.finish().unwrap();
    }
}

#[test]
fn every_byte_may_come_alone() {
    let text = "some text, some more text, \u{20ac}".repeat(50);
    for coding in CODINGS {
        let mut decoder = decoder(coding);
        let encoded = encode(coding, &[text.as_bytes()]).concat();
        let decoded = encoded.iter().flat_map(|byte| decoder.push(&[*byte]).unwrap()).collect::<Vec<_>>();
        assert_eq!(decoded, text.as_bytes(), "{coding}");
        decoder.finish().unwrap();
    }
}

#[test]
fn members_and_frames_follow_one_another() {
    for coding in ["gzip", "zstd"] {
        let both = [encode(coding, &[b"one"]), encode(coding, &[b"two"])].concat().concat();
        let mut decoder = decoder(coding);
        assert_eq!(decoder.push(&both).unwrap(), "onetwo", "{coding}");
        decoder.finish().unwrap();
    }
}

#[test]
fn an_early_end_and_damage_are_noticed() {
    for coding in CODINGS {
        let encoded = encode(coding, &[&[b'x'; 1000]]).concat();
        let mut cut = decoder(coding);
        cut.push(&encoded[..encoded.len() - 1]).unwrap();
        assert!(cut.finish().is_err(), "{coding}");
        assert!(decoder(coding).push(&[0x55; 64]).is_err(), "{coding}");
        decoder(coding).finish().unwrap();
    }
}
