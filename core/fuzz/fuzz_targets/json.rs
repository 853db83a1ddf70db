//! The reader of answers takes what serde_json takes, and what it writes again says the same. Of a key that occurs twice nothing is
//! promised.
#![no_main]

use libfuzzer_sys::fuzz_target;
use openai_oxide::engine::fuzzing::completion;
use openai_oxide_fuzz::{has_twins, same};
use serde_json::Value;

fuzz_target!(|text: &[u8]| {
    let whole = serde_json::from_slice::<Value>(text);
    match (completion(text), whole) {
        (Ok(written), Ok(value)) => {
            let again: Value = serde_json::from_slice(&written).expect("what is written is JSON");
            assert!(has_twins(text) || same(&value, &again), "{value}\nbecame\n{again}");
        }
        // A number is kept as it is spelled.
        (Ok(_), Err(why)) if why.to_string().starts_with("number out of range") => {}
        (Ok(written), Err(why)) => panic!("taken, though {why}: {}", String::from_utf8_lossy(&written)),
        // Only an object is an answer.
        (Err(_), Ok(value)) => assert!(!value.is_object(), "refused: {value}"),
        (Err(_), Err(_)) => {}
    }
});
