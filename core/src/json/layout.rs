//! How an object is read and written: one routine for all types, over their fields as `dyn Json`.

use super::reader::Cursor;
use super::{Extra, Json, Misfit, Reader, Writer};

/// The keys of an object: those of its fields, in the order of the spec, then those whose value is fixed.
pub struct Layout {
    pub(crate) fields: &'static [&'static str],
    pub(crate) fixed: &'static [(&'static str, &'static str)],
}

impl Layout {
    pub(super) fn key(&self, slot: usize) -> Option<&'static str> {
        match slot.checked_sub(self.fields.len()) {
            None => Some(self.fields[slot]),
            Some(at) => self.fixed.get(at).map(|(key, _)| *key),
        }
    }

    pub(super) fn position(&self, key: &str) -> Option<usize> {
        let at = self.fields.iter().position(|known| *known == key);
        at.or_else(|| Some(self.fields.len() + self.fixed.iter().position(|(known, _)| *known == key)?))
    }

    /// Reads an object into its fields, in the layout's order, and what they do not take into `extra`.
    pub(crate) fn decode(
        &self,
        reader: &mut Reader<'_>,
        fields: &mut [&mut dyn Json],
        extra: &mut Extra,
    ) -> Result<(), Misfit> {
        let mut cursor = Cursor::default();
        while let Some(slot) = reader.slot(self, &mut cursor, extra)? {
            match fields.get_mut(slot) {
                Some(field) => reader.value(*field, slot, self.fields[slot], extra)?,
                None => {
                    let (key, value) = self.fixed[slot - fields.len()];
                    reader.constant(value, slot, key, extra)?;
                }
            }
        }
        for slot in 0..self.fields.len() + self.fixed.len() {
            if fields.get(slot).is_none_or(|field| !field.is_optional()) {
                reader.require(slot, &cursor, extra);
            }
        }
        Ok(())
    }

    /// Writes an object, or tells a probing writer whether it is blank: fixed keys first (the tag of a union among them), then the fields, then `extra`.
    pub(crate) fn encode(&self, out: &mut Writer, fields: &[&dyn Json], extra: &Extra) {
        if out.probes(fields, extra) {
            return;
        }
        out.open_object();
        for (at, (key, value)) in self.fixed.iter().enumerate() {
            out.constant(key, self.fields.len() + at, value, extra);
        }
        for (slot, field) in fields.iter().enumerate() {
            out.field(self.fields[slot], slot, *field, extra);
        }
        out.rest(self, extra);
        out.close_object();
    }
}
