//! Content of a form that is handed over while it is sent, piece by piece: it is never in memory as a whole.
//!
//! What can be opened again is opened for every attempt. What can be read once only is sent once: a call that has begun to read
//! it is neither tried again nor raced.

use bytes::Bytes;
use std::sync::{Arc, Mutex, PoisonError};
use std::task::{Context, Poll};

/// Content piece by piece. The next piece is asked for when the one before is on its way.
pub trait Feed: Send {
    /// `None` at the end; an error fails the call with this text, as `invalid_request`.
    fn poll_piece(&mut self, cx: &mut Context<'_>) -> Poll<Option<Result<Bytes, String>>>;
}

/// Where the content of a part comes from.
#[derive(Clone)]
pub struct FeedSource {
    length: Option<u64>,
    origin: Origin,
}

#[derive(Clone)]
enum Origin {
    Again(Arc<dyn Fn() -> Box<dyn Feed> + Send + Sync>),
    /// Empty once it is being read.
    Once(Arc<Mutex<Option<Box<dyn Feed>>>>),
}

/// Equal where it is the same content, not the like.
impl PartialEq for FeedSource {
    fn eq(&self, other: &Self) -> bool {
        let same = match (&self.origin, &other.origin) {
            (Origin::Again(one), Origin::Again(two)) => Arc::ptr_eq(one, two),
            (Origin::Once(one), Origin::Once(two)) => Arc::ptr_eq(one, two),
            _ => false,
        };
        same && self.length == other.length
    }
}

impl FeedSource {
    /// Content that `open` begins anew. `length`: how many bytes there are, where that is known; any other number fails the call.
    pub fn again(length: Option<u64>, open: impl Fn() -> Box<dyn Feed> + Send + Sync + 'static) -> Self {
        Self { length, origin: Origin::Again(Arc::new(open)) }
    }

    /// Content that can be read once, by this source or one of its clones.
    pub fn once(length: Option<u64>, feed: impl Feed + 'static) -> Self {
        Self { length, origin: Origin::Once(Arc::new(Mutex::new(Some(Box::new(feed))))) }
    }

    /// The same content, with another length than it was told to have.
    #[must_use]
    pub fn with_length(mut self, bytes: u64) -> Self {
        self.length = Some(bytes);
        self
    }

    pub(crate) fn length(&self) -> Option<u64> {
        self.length
    }

    /// `None` where it has been read before.
    pub(crate) fn open(&self) -> Option<Box<dyn Feed>> {
        match &self.origin {
            Origin::Again(open) => Some(open()),
            Origin::Once(feed) => feed.lock().unwrap_or_else(PoisonError::into_inner).take(),
        }
    }

    pub(crate) fn is_once(&self) -> bool {
        matches!(self.origin, Origin::Once(_))
    }

    /// Whether it cannot be opened any more.
    pub(crate) fn is_spent(&self) -> bool {
        match &self.origin {
            Origin::Again(_) => false,
            Origin::Once(feed) => feed.lock().unwrap_or_else(PoisonError::into_inner).is_none(),
        }
    }
}
