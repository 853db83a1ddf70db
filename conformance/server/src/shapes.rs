//! The values of a case that may be written in more than one shape: text or map, number or word.

use serde::Deserialize;
use serde::de::{Deserializer, Error as _};

use crate::case::{Chunk, ExpectedQuery, HeaderRule, HeaderValues, SseEvent, SseItem};
use crate::json::Json;

/// Reads a value as JSON first: the choice between shapes then has an error message of its own instead of
/// serde's "did not match any variant".
fn by_shape<'de, D: Deserializer<'de>, T>(
    d: D,
    read: impl FnOnce(Json) -> Result<T, String>,
) -> Result<T, D::Error> {
    read(Json::deserialize(d)?).map_err(D::Error::custom)
}

fn scalar_text(value: Json) -> Result<String, String> {
    match value {
        Json::Text(text) => Ok(text),
        Json::Int(_) | Json::Float(_) | Json::Bool(_) => Ok(value.to_string()),
        other => Err(format!("expected a scalar, got {}", other.kind())),
    }
}

fn count(value: Json) -> Result<usize, String> {
    match value {
        Json::Int(i) => usize::try_from(i).map_err(|_| format!("{i} is not a count")),
        other => Err(format!("expected a count, got {}", other.kind())),
    }
}

impl<'de> Deserialize<'de> for ExpectedQuery {
    fn deserialize<D: Deserializer<'de>>(d: D) -> Result<Self, D::Error> {
        by_shape(d, |value| match value {
            Json::Text(text) => Ok(ExpectedQuery::Exact(text)),
            Json::Map(entries) => {
                let mut params = Vec::new();
                for (name, value) in entries {
                    match value {
                        Json::List(values) => {
                            for value in values {
                                params.push((name.clone(), scalar_text(value)?));
                            }
                        }
                        value => params.push((name, scalar_text(value)?)),
                    }
                }
                params.sort();
                Ok(ExpectedQuery::Params(params))
            }
            other => Err(format!("query is a map or the raw text after `?`, not {}", other.kind())),
        })
    }
}

impl<'de> Deserialize<'de> for HeaderRule {
    fn deserialize<D: Deserializer<'de>>(d: D) -> Result<Self, D::Error> {
        by_shape(d, |value| match value {
            Json::Text(text) if text == "absent" => Ok(HeaderRule::Absent),
            Json::Text(text) if text == "present" => Ok(HeaderRule::Present),
            Json::Map(entries) => match entries.as_slice() {
                [(key, Json::Text(pattern))] if key == "matches" => {
                    regex_lite::Regex::new(pattern).map(HeaderRule::Matches).map_err(|e| e.to_string())
                }
                _ => {
                    Err("a header rule is `absent`, `present`, the exact value, or `{matches: regex}`".into())
                }
            },
            value => scalar_text(value).map(HeaderRule::Exact),
        })
    }
}

impl<'de> Deserialize<'de> for HeaderValues {
    fn deserialize<D: Deserializer<'de>>(d: D) -> Result<Self, D::Error> {
        by_shape(d, |value| match value {
            Json::Null => Ok(HeaderValues(Vec::new())),
            Json::List(values) => {
                Ok(HeaderValues(values.into_iter().map(scalar_text).collect::<Result<_, _>>()?))
            }
            value => Ok(HeaderValues(vec![scalar_text(value)?])),
        })
    }
}

impl<'de> Deserialize<'de> for Chunk {
    fn deserialize<D: Deserializer<'de>>(d: D) -> Result<Self, D::Error> {
        by_shape(d, |value| match value {
            Json::Text(text) => text.parse(),
            Json::List(cuts) => {
                let cuts = cuts.into_iter().map(count).collect::<Result<Vec<_>, _>>()?;
                if cuts.first() == Some(&0) || cuts.windows(2).any(|pair| pair[0] >= pair[1]) {
                    return Err("cut positions must rise, and begin above 0".into());
                }
                Ok(Chunk::At(cuts))
            }
            value => match count(value)? {
                0 => Err("a chunk has at least one byte".into()),
                size => Ok(Chunk::Every(size)),
            },
        })
    }
}

/// The words of `chunk:`, and the two numeric forms that the harness puts into a URL: `17` and `cut:17`.
impl std::str::FromStr for Chunk {
    type Err = String;

    fn from_str(text: &str) -> Result<Chunk, String> {
        let number = |digits: &str| match digits.parse() {
            Ok(0) | Err(_) => {
                Err(format!("chunk {text:?} is none of: a size, cut positions, lines, events, whole"))
            }
            Ok(n) => Ok(n),
        };
        match text {
            "lines" => Ok(Chunk::Lines),
            "events" => Ok(Chunk::Events),
            "whole" => Ok(Chunk::Whole),
            _ => match text.strip_prefix("cut:") {
                Some(position) => Ok(Chunk::At(vec![number(position)?])),
                None => Ok(Chunk::Every(number(text)?)),
            },
        }
    }
}

impl<'de> Deserialize<'de> for SseItem {
    fn deserialize<D: Deserializer<'de>>(d: D) -> Result<Self, D::Error> {
        by_shape(d, |value| match value {
            Json::Text(text) => Ok(SseItem::Raw(text)),
            Json::Map(fields) => sse_event(fields).map(SseItem::Event),
            other => Err(format!("an SSE item is a map of fields or exact text, not {}", other.kind())),
        })
    }
}

fn sse_event(fields: Vec<(String, Json)>) -> Result<SseEvent, String> {
    let mut event = SseEvent::default();
    let whole = |value: Json| count(value).map(|n| Some(n as u64));
    for (name, value) in fields {
        match name.as_str() {
            "comment" => event.comment = Some(scalar_text(value)?),
            "event" => event.event = Some(scalar_text(value)?),
            "id" => event.id = Some(scalar_text(value)?),
            "retry" => event.retry = whole(value)?,
            "data" => event.data = Some(value),
            "base64" => event.base64 = Some(scalar_text(value)?),
            "repeat" => event.repeat = whole(value)?,
            _ => {
                return Err(format!(
                    "unknown field `{name}` of an SSE item, which has {}",
                    SSE_FIELDS.join(", ")
                ));
            }
        }
    }
    Ok(event)
}

pub(crate) const SSE_FIELDS: [&str; 7] = ["comment", "event", "id", "retry", "data", "base64", "repeat"];
