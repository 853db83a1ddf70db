//! `serde::Serialize` and `serde::Deserialize` over the JSON text: for storing and for other formats, not on the way of a call.

use super::Json;
use serde::{Deserialize, Deserializer, Serialize, Serializer};
use serde_json::Value;

pub(crate) fn serialize<S: Serializer>(value: &dyn Json, serializer: S) -> Result<S::Ok, S::Error> {
    let tree: Value = serde_json::from_slice(&super::encode(value)).map_err(serde::ser::Error::custom)?;
    tree.serialize(serializer)
}

pub(crate) fn deserialize<'de, T: Json + Default, D: Deserializer<'de>>(
    deserializer: D,
) -> Result<T, D::Error> {
    let tree = Value::deserialize(deserializer)?;
    super::decode(&super::encode(&tree)).map_err(serde::de::Error::custom)
}
