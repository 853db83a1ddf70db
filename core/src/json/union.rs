//! Choosing the arm of a union, and finding the value of an open enum: once for all types.

use super::{Misfit, Reader};

/// Reads the value ahead as one of the arms of a union, known by position: every arm that may hold it is tried in order until
/// one fits perfectly; otherwise the best one wins, the earlier of equals, by being read once more. `false`: no arm can hold
/// the value, which is still ahead.
///
/// `tags` are the values of the key `tag` per arm, none where any may come. Arms are few and only those with the value's tag are
/// tried, so the work stays linear.
pub(crate) fn choose(
    reader: &mut Reader<'_>,
    tag: Option<&str>,
    tags: &[&[&str]],
    read: &mut dyn FnMut(usize, &mut Reader<'_>) -> Result<(), Misfit>,
) -> Result<bool, Misfit> {
    let tag = tag.map_or(Ok(None), |key| reader.tag(key))?;
    let outer = reader.misfits;
    let start = reader.mark();
    let mut best: Option<(u32, usize)> = None;
    let mut last = usize::MAX;
    for (arm, tags) in tags.iter().enumerate() {
        if !tags.is_empty() && tag.is_some_and(|tag| !tags.contains(&tag)) {
            continue;
        }
        reader.rewind(&start);
        reader.misfits = 0;
        last = arm;
        match reader.deeper(&mut |reader| read(arm, reader)) {
            Ok(()) => {
                if best.is_none_or(|(misfits, _)| reader.misfits < misfits) {
                    best = Some((reader.misfits, arm));
                }
                if reader.misfits == 0 {
                    break;
                }
            }
            Err(Misfit::Shape) => {}
            syntax => return syntax.map(|()| false),
        }
    }
    let Some((misfits, arm)) = best else {
        reader.misfits = outer + 1;
        reader.rewind(&start);
        return Ok(false);
    };
    if arm != last {
        reader.rewind(&start);
        reader.deeper(&mut |reader| read(arm, reader))?;
    }
    reader.misfits = outer + misfits;
    Ok(true)
}
