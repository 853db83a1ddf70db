//! The building blocks: strings, numbers, lists, maps, optional values and free-form JSON.

use super::{Json, Map, Misfit, Peek, Reader, Writer};
use serde_json::Value;

impl Json for String {
    fn decode(&mut self, reader: &mut Reader<'_>) -> Result<(), Misfit> {
        self.clear(); // the key may come twice
        self.push_str(reader.text()?);
        Ok(())
    }

    fn encode(&self, out: &mut Writer) {
        out.string(self);
    }

    fn is_blank(&self) -> bool {
        self.is_empty()
    }
}

impl Json for bool {
    fn decode(&mut self, reader: &mut Reader<'_>) -> Result<(), Misfit> {
        *self = reader.boolean()?;
        Ok(())
    }

    fn encode(&self, out: &mut Writer) {
        out.boolean(*self);
    }

    fn is_blank(&self) -> bool {
        !self
    }
}

impl Json for i64 {
    fn decode(&mut self, reader: &mut Reader<'_>) -> Result<(), Misfit> {
        *self = reader.integer()?;
        Ok(())
    }

    fn encode(&self, out: &mut Writer) {
        out.integer(*self);
    }

    fn is_blank(&self) -> bool {
        *self == 0
    }
}

impl Json for f64 {
    fn decode(&mut self, reader: &mut Reader<'_>) -> Result<(), Misfit> {
        *self = reader.number()?;
        Ok(())
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
    fn decode(&mut self, reader: &mut Reader<'_>) -> Result<(), Misfit> {
        *self = reader.number()? as f32;
        Ok(())
    }

    fn encode(&self, out: &mut Writer) {
        out.number32(*self);
    }

    fn is_blank(&self) -> bool {
        *self == 0.0
    }

    fn decode_list(list: &mut Vec<Self>, reader: &mut Reader<'_>) -> Result<(), Misfit> {
        use base64::Engine;
        if reader.peek()? != Peek::String {
            let read = reader.list(&mut |reader| {
                list.push(reader.number()? as f32);
                Ok(())
            });
            return read.inspect_err(|_| list.clear());
        }
        let bytes =
            base64::engine::general_purpose::STANDARD.decode(reader.text()?).map_err(|_| Misfit::Shape)?;
        let (numbers, rest) = bytes.as_chunks::<4>();
        if !rest.is_empty() {
            return Err(Misfit::Shape);
        }
        list.extend(numbers.iter().map(|number| f32::from_le_bytes(*number)));
        Ok(())
    }
}

impl<T: Json + Default> Json for Option<T> {
    fn decode(&mut self, reader: &mut Reader<'_>) -> Result<(), Misfit> {
        if reader.null()? {
            return Ok(());
        }
        self.insert(T::default()).decode(reader).inspect_err(|_| *self = None)
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

    fn is_optional(&self) -> bool {
        true
    }
}

impl<T: Json + Default> Json for Vec<T> {
    fn decode(&mut self, reader: &mut Reader<'_>) -> Result<(), Misfit> {
        T::decode_list(self, reader)
    }

    fn encode(&self, out: &mut Writer) {
        out.open_list();
        for item in self {
            out.item(item);
        }
        out.close_list();
    }

    fn is_blank(&self) -> bool {
        self.is_empty()
    }
}

impl<T: Json> Json for Box<T> {
    fn decode(&mut self, reader: &mut Reader<'_>) -> Result<(), Misfit> {
        T::decode(self, reader)
    }

    fn encode(&self, out: &mut Writer) {
        T::encode(self, out);
    }

    fn is_blank(&self) -> bool {
        T::is_blank(self)
    }

    fn is_optional(&self) -> bool {
        T::is_optional(self)
    }
}

impl<T: Json + Default> Json for Map<T> {
    fn decode(&mut self, reader: &mut Reader<'_>) -> Result<(), Misfit> {
        let read = reader
            .map(&mut |key, reader| self.entry(key).insert_entry(T::default()).get_mut().decode(reader));
        read.inspect_err(|_| self.clear())
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
    fn decode(&mut self, reader: &mut Reader<'_>) -> Result<(), Misfit> {
        // Deeper than serde_json goes: kept by whoever holds the raw text.
        *self = serde_json::from_str(reader.raw_text()?).map_err(|_| Misfit::Shape)?;
        Ok(())
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
            Value::Array(items) => items.encode(out),
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
