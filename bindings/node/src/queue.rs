//! Outcomes on their way to JavaScript: queued by tokio threads, taken by the event loop in one batch.
//!
//! A wake-up costs microseconds, an outcome in a batch a fraction of one. So only the push that finds the queue empty
//! signals; whatever arrives before the loop gets to it travels along.

use std::sync::{Mutex, PoisonError};

use bytes::Bytes;
use napi::bindgen_prelude::{Array, BufferSlice, Unknown};
use napi::{Env, Result, sys};

use crate::failure;

/// What one call, or one pull of a stream, came to. The numbers are the tags of `ts/core/bridge.ts`.
pub(crate) enum Outcome {
    /// A whole reply; `text` unless the operation answers binary data.
    Reply { status: u16, headers: String, body: Bytes, binary: bool },
    /// A stream whose success headers have arrived.
    Opened { status: u16, headers: String },
    /// `count` events as the text of one JSON array.
    Batch { count: u32, text: Vec<u8> },
    /// The stream has ended with its terminal marker.
    End,
    /// JSON text that describes the error, see [`crate::failure`].
    Failed(String),
    /// The next piece of an answer of bytes.
    Chunk(Bytes),
    /// The next piece of the form's `part`th feed is wanted.
    Wanted { part: u32, opening: u32 },
    /// Nothing more is wanted of it.
    Unwanted { opening: u32 },
}

impl Outcome {
    fn tag(&self) -> u32 {
        match self {
            Self::Reply { .. } => 0,
            Self::Opened { .. } => 1,
            Self::Batch { .. } => 2,
            Self::End => 3,
            Self::Failed(_) => 4,
            Self::Chunk(_) => 5,
            Self::Wanted { .. } => 6,
            Self::Unwanted { .. } => 7,
        }
    }
}

/// Number of array slots that one outcome takes: id, tag, number, headers, payload.
const STRIDE: u32 = 5;

#[derive(Default)]
pub(crate) struct Queue {
    ready: Mutex<Vec<(u32, Outcome)>>,
}

impl Queue {
    /// Queues; true when the queue was empty, so that the caller must signal.
    pub(crate) fn push(&self, id: u32, outcome: Outcome) -> bool {
        let mut ready = self.ready.lock().unwrap_or_else(PoisonError::into_inner);
        ready.push((id, outcome));
        ready.len() == 1
    }

    /// Everything ready, as one flat JavaScript array of `STRIDE` slots per outcome.
    pub(crate) fn drain<'env>(&self, env: &'env Env) -> Result<Array<'env>> {
        let ready = std::mem::take(&mut *self.ready.lock().unwrap_or_else(PoisonError::into_inner));
        let mut array = env.create_array(u32::try_from(ready.len()).unwrap_or(0) * STRIDE)?;
        for (position, (id, outcome)) in (0u32..).zip(ready) {
            let at = position * STRIDE;
            array.set(at, id)?;
            array.set(at + 1, outcome.tag())?;
            match outcome {
                Outcome::Reply { status, headers, body, binary } => {
                    array.set(at + 2, status)?;
                    array.set(at + 3, headers)?;
                    if binary {
                        array.set(at + 4, BufferSlice::copy_from(env, &body)?)?;
                    } else {
                        set_text(env, &mut array, at, &body)?;
                    }
                }
                Outcome::Opened { status, headers } => {
                    array.set(at + 2, status)?;
                    array.set(at + 3, headers)?;
                }
                Outcome::Batch { count, text: events } => {
                    array.set(at + 2, count)?;
                    set_text(env, &mut array, at, &events)?;
                }
                Outcome::End => {}
                Outcome::Failed(description) => array.set(at + 4, description)?,
                Outcome::Wanted { part, opening } => {
                    array.set(at + 2, opening)?;
                    array.set(at + 4, part)?;
                }
                Outcome::Unwanted { opening } => array.set(at + 2, opening)?,
                Outcome::Chunk(bytes) => array.set(at + 4, BufferSlice::copy_from(env, &bytes)?)?,
            }
        }
        Ok(array)
    }
}

/// Sets the payload to a JavaScript string of these bytes, with U+FFFD for what is not UTF-8 (validating first would read
/// megabytes twice). Where V8 refuses, above about 512 MiB, the outcome becomes a failure of its call alone.
fn set_text(env: &Env, array: &mut Array<'_>, at: u32, bytes: &[u8]) -> Result<()> {
    let mut value = std::ptr::null_mut();
    let length = isize::try_from(bytes.len()).unwrap_or(isize::MAX);
    // SAFETY: the environment is alive (we run in one of its callbacks); pointer and length name one live slice.
    let status =
        unsafe { sys::napi_create_string_utf8(env.raw(), bytes.as_ptr().cast(), length, &raw mut value) };
    if status == sys::Status::napi_ok {
        // SAFETY: `value` was just created in this environment.
        return array.set(at + 4, unsafe { Unknown::from_raw_unchecked(env.raw(), value) });
    }
    array.set(at + 1, Outcome::Failed(String::new()).tag())?;
    array.set(at + 4, failure::too_large(bytes.len()))
}
