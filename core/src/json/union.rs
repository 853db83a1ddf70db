//! Choosing the arm of a union.

use super::reader::Mark;
use super::{Misfit, Raw, Reader};

/// One decision: every arm that may hold the value is tried in order until one fits perfectly; otherwise the best one wins, the
/// earlier of equals. Arms are few and only those with the value's tag are tried, so the work stays linear.
pub struct Trial<'j, T> {
    start: Mark<'j>,
    tag: Option<&'j str>,
    outer: u32,
    best: Option<(u32, T, Mark<'j>)>,
}

impl<'j, T> Trial<'j, T> {
    pub(crate) fn new(reader: &mut Reader<'j>, tag: Option<&str>) -> Result<Self, Misfit> {
        let tag = tag.map_or(Ok(None), |key| reader.tag(key))?;
        Ok(Self { start: reader.mark(), tag, outer: reader.misfits, best: None })
    }

    /// Tries an arm, unless its tags rule it out or a perfect one is found.
    pub(crate) fn arm(
        &mut self,
        reader: &mut Reader<'j>,
        tags: &[&str],
        decode: impl FnOnce(&mut Reader<'j>) -> Result<T, Misfit>,
    ) -> Result<(), Misfit> {
        let ruled_out = !tags.is_empty() && self.tag.is_some_and(|tag| !tags.contains(&tag));
        if ruled_out || self.best.as_ref().is_some_and(|(misfits, ..)| *misfits == 0) {
            return Ok(());
        }
        reader.rewind(&self.start);
        reader.misfits = 0;
        match reader.deeper(decode) {
            Ok(value) => {
                if self.best.as_ref().is_none_or(|(misfits, ..)| reader.misfits < *misfits) {
                    self.best = Some((reader.misfits, value, reader.mark()));
                }
                Ok(())
            }
            Err(Misfit::Shape) => Ok(()),
            syntax => syntax.map(drop),
        }
    }

    /// The best arm, or the raw text where none can hold the value.
    pub(crate) fn decide(self, reader: &mut Reader<'j>, other: impl FnOnce(Raw) -> T) -> Result<T, Misfit> {
        let (misfits, value) = match self.best {
            Some((misfits, value, end)) => {
                reader.rewind(&end);
                (misfits, value)
            }
            None => {
                reader.rewind(&self.start);
                (1, other(reader.raw()?))
            }
        };
        reader.misfits = self.outer + misfits;
        Ok(value)
    }
}
