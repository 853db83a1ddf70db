//! JSON that arrives in pieces becomes what serde_json makes of the whole, and is refused where that refuses it.
#![no_main]

use libfuzzer_sys::fuzz_target;
use openai_oxide::partial::PartialJson;
use openai_oxide_fuzz::{cut, pieces, same};
use serde_json::Value;

fuzz_target!(|input: &[u8]| {
    let (mut places, text) = cut(input);
    let Ok(text) = std::str::from_utf8(text) else { return };
    // serde_json ends one level earlier.
    if text.bytes().filter(|byte| matches!(byte, b'[' | b'{')).count() > 127 {
        return;
    }
    places.retain(|place| text.is_char_boundary(*place));
    let mut partial = PartialJson::new();
    let mut read = || {
        for piece in pieces(text.as_bytes(), &places) {
            partial.push(std::str::from_utf8(piece).expect("cut between characters"))?;
            if let Some(value) = partial.value() {
                let written = value.to_string();
                assert!(serde_json::from_str::<Value>(&written).is_ok(), "{written}");
            }
        }
        partial.finish()
    };
    match (read(), serde_json::from_str::<Value>(text)) {
        (Ok(()), Ok(value)) => {
            let read = partial.into_value().expect("a whole document has a value");
            assert!(same(&value, &read), "{value}\nbecame\n{read}");
        }
        // A number that no `f64` holds is null here, and an error there.
        (Ok(()), Err(why)) if why.to_string().starts_with("number out of range") => {}
        (Ok(()), Err(why)) => panic!("taken, though {why}: {text:?}"),
        (Err(why), Ok(_)) => panic!("refused, for {why:?}: {text:?}"),
        (Err(_), Err(_)) => {}
    }
});
