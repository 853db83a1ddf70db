//! Writes JSON values as YAML flow text that YAML 1.1 and 1.2 readers agree on.

use crate::json::Json;

pub(crate) fn flow(value: &Json) -> String {
    match value {
        Json::List(items) => format!("[{}]", items.iter().map(flow).collect::<Vec<_>>().join(", ")),
        Json::Map(entries) => {
            let entry = |(key, value): &(String, Json)| format!("{}: {}", word(key), flow(value));
            format!("{{{}}}", entries.iter().map(entry).collect::<Vec<_>>().join(", "))
        }
        Json::Text(text) => quoted(text),
        Json::Float(_) => float(&value.to_string()),
        other => other.to_string(),
    }
}

/// A YAML 1.1 reader takes `1e-5` for text: it wants a point, and a sign in the exponent.
fn float(text: &str) -> String {
    match text.split_once('e') {
        Some((digits, exponent)) => {
            let point = if digits.contains('.') { "" } else { ".0" };
            let sign = if exponent.starts_with(['-', '+']) { "" } else { "+" };
            format!("{digits}{point}e{sign}{exponent}")
        }
        None => text.to_owned(),
    }
}

/// Plain where no reader could take it for anything but text.
pub(crate) fn word(text: &str) -> String {
    let reserved = ["true", "false", "null", "yes", "no", "on", "off", "y", "n"].contains(&text);
    let plain = text.starts_with(|c: char| c.is_ascii_lowercase())
        && text.chars().all(|c| c.is_ascii_lowercase() || c.is_ascii_digit() || "_-.".contains(c));
    if plain && !reserved { text.to_owned() } else { quoted(text) }
}

/// JSON's quoting is YAML's double quoting, but for characters that YAML does not allow unescaped.
pub(crate) fn quoted(text: &str) -> String {
    let json = Json::Text(text.to_owned()).to_string();
    let mut out = String::with_capacity(json.len());
    for c in json.chars() {
        match c {
            '\u{7f}'..='\u{9f}' | '\u{2028}' | '\u{2029}' | '\u{feff}' | '\u{fffe}' | '\u{ffff}' => {
                out.push_str(&format!("\\u{:04x}", c as u32));
            }
            c => out.push(c),
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_written_is_read_back() {
        let text = r#"{"a":[1e-7,1e21,-0.5,12345678901234567890],"no":"yes","A b":"\u0000\u007f\u2028\ufeff\"é\n😀","":null,"-":[],"{":{}}"#;
        let value = Json::parse(text.as_bytes()).unwrap();
        let written = flow(&value);
        assert_eq!(
            serde_saphyr::from_str::<Json>(&written).unwrap().to_string(),
            value.to_string(),
            "{written}"
        );
        assert!(
            written.contains("a: [1.0e-7, 1.0e+21, -0.5, 12345678901234567890], \"no\": \"yes\""),
            "{written}"
        );
        assert!(written.chars().all(|c| !c.is_control()), "{written}");
    }
}
