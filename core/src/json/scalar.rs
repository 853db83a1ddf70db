//! The building blocks: strings, numbers, lists, maps, optional values and free-form JSON.

use super::{Json, Map, Misfit, Reader, Writer};
use serde_json::Value;

impl Json for String {
    fn decode(reader: &mut Reader<'_>) -> Result<Self, Misfit> {
        reader.text().map(str::to_owned)
    }

    fn encode(&self, out: &mut Writer) {
        out.string(self);
    }

    fn is_blank(&self) -> bool {
        self.is_empty()
    }
}

impl Json for bool {
    fn decode(reader: &mut Reader<'_>) -> Result<Self, Misfit> {
        reader.boolean()
    }

    fn encode(&self, out: &mut Writer) {
        out.boolean(*self);
    }

    fn is_blank(&self) -> bool {
        !self
    }
}

impl Json for i64 {
    fn decode(reader: &mut Reader<'_>) -> Result<Self, Misfit> {
        reader.integer()
    }

    fn encode(&self, out: &mut Writer) {
        out.integer(*self);
    }

    fn is_blank(&self) -> bool {
        *self == 0
    }
}

impl Json for f64 {
    fn decode(reader: &mut Reader<'_>) -> Result<Self, Misfit> {
        reader.number()
    }

    fn encode(&self, out: &mut Writer) {
        out.number(*self);
    }

    fn is_blank(&self) -> bool {
        *self == 0.0
    }
}

/// The numbers of embeddings. A list of them may come as base64 of little-endian bytes, which is how the official clients ask
/// for it; encoded again it is a list of numbers.
impl Json for f32 {
    fn decode(reader: &mut Reader<'_>) -> Result<Self, Misfit> {
        reader.number().map(|value| value as f32)
    }

    fn encode(&self, out: &mut Writer) {
        out.number32(*self);
    }

    fn is_blank(&self) -> bool {
        *self == 0.0
    }

    fn decode_list(reader: &mut Reader<'_>) -> Result<Vec<Self>, Misfit> {
        use base64::Engine;
        if reader.peek()? != jiter::Peek::String {
            return reader.list();
        }
        let bytes =
            base64::engine::general_purpose::STANDARD.decode(reader.text()?).map_err(|_| Misfit::Shape)?;
        let (numbers, rest) = bytes.as_chunks::<4>();
        if !rest.is_empty() {
            return Err(Misfit::Shape);
        }
        Ok(numbers.iter().map(|number| f32::from_le_bytes(*number)).collect())
    }
}

impl<T: Json> Json for Option<T> {
    const OPTIONAL: bool = true;

    fn decode(reader: &mut Reader<'_>) -> Result<Self, Misfit> {
        if reader.peek()? == jiter::Peek::Null {
            return reader.raw_text().map(|_| None);
        }
        T::decode(reader).map(Some)
    }

    fn encode(&self, out: &mut Writer) {
        match self {
            Some(value) => value.encode(out),
            None => out.null(),
        }
    }

    fn is_blank(&self) -> bool {
        self.is_none()
    }
}

impl<T: Json> Json for Vec<T> {
    fn decode(reader: &mut Reader<'_>) -> Result<Self, Misfit> {
        T::decode_list(reader)
    }

    fn encode(&self, out: &mut Writer) {
        out.list(self);
    }

    fn is_blank(&self) -> bool {
        self.is_empty()
    }
}

impl<T: Json> Json for Box<T> {
    const OPTIONAL: bool = T::OPTIONAL;

    fn decode(reader: &mut Reader<'_>) -> Result<Self, Misfit> {
        T::decode(reader).map(Box::new)
    }

    fn encode(&self, out: &mut Writer) {
        T::encode(self, out);
    }

    fn is_blank(&self) -> bool {
        T::is_blank(self)
    }
}

impl<T: Json> Json for Map<T> {
    fn decode(reader: &mut Reader<'_>) -> Result<Self, Misfit> {
        reader.map()
    }

    fn encode(&self, out: &mut Writer) {
        out.open_object();
        for (key, value) in self {
            out.key(key);
            value.encode(out);
        }
        out.close_object();
    }

    fn is_blank(&self) -> bool {
        self.is_empty()
    }
}

impl Json for Value {
    fn decode(reader: &mut Reader<'_>) -> Result<Self, Misfit> {
        // Deeper than serde_json goes: kept by whoever holds the raw text.
        serde_json::from_str(reader.raw_text()?).map_err(|_| Misfit::Shape)
    }

    fn encode(&self, out: &mut Writer) {
        match self {
            Value::Null => out.null(),
            Value::Bool(value) => out.boolean(*value),
            Value::Number(number) => match (number.as_i64(), number.as_u64()) {
                (Some(value), _) => out.integer(value),
                (_, Some(value)) => out.integer(value),
                _ => out.number(number.as_f64().unwrap_or(f64::NAN)),
            },
            Value::String(value) => out.string(value),
            Value::Array(items) => out.list(items),
            Value::Object(map) => {
                out.open_object();
                for (key, value) in map {
                    out.key(key);
                    value.encode(out);
                }
                out.close_object();
            }
        }
    }

    fn is_blank(&self) -> bool {
        self.is_null()
    }
}
