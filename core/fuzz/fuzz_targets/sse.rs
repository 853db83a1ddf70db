//! The event stream decoder, fed in pieces, gives what the standard's algorithm gives of the whole.
#![no_main]

#[path = "../../src/engine/sse_by_the_letter.rs"]
mod letter;

use libfuzzer_sys::fuzz_target;
use openai_oxide::engine::fuzzing::events;
use openai_oxide_fuzz::{cut, pieces};

fuzz_target!(|input: &[u8]| {
    let (places, text) = cut(input);
    let expected = letter::by_the_letter(text);
    assert_eq!(events(pieces(text, &places)), expected, "cut at {places:?}");
    if text.len() <= 64 {
        for place in 0..text.len() {
            assert_eq!(events([&text[..place], &text[place..]]), expected, "cut at {place}");
        }
    }
});
