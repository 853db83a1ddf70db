//! Content that JavaScript hands over while a form is sent (ts/core/feeds.ts).
//!
//! The core asks for one piece at a time, as an outcome of the call, and JavaScript answers through `Bridge::feed`: no more than
//! a piece is on its way. Each opening has a number of its own, because an attempt that is repeated starts the content over and
//! may cross an answer to the one before.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::task::{Context, Poll, ready};

use bytes::Bytes;
use openai_oxide::engine::{Feed, FeedSource};
use tokio::sync::mpsc::{UnboundedReceiver, UnboundedSender, unbounded_channel};

use crate::bridge::Teller;
use crate::queue::Outcome;

/// The contents of one call's form.
pub(crate) struct Feeds {
    teller: Teller,
    openings: Mutex<Openings>,
}

#[derive(Default)]
struct Openings {
    next: u32,
    /// Where answers go; `None` stands for the end.
    open: HashMap<u32, UnboundedSender<Option<Bytes>>>,
    closed: bool,
}

impl Feeds {
    pub(crate) fn new(teller: Teller) -> Arc<Self> {
        Arc::new(Self { teller, openings: Mutex::default() })
    }

    pub(crate) fn teller(&self) -> &Teller {
        &self.teller
    }

    /// The content of the form's `part`th feed.
    pub(crate) fn source(self: &Arc<Self>, part: u32, length: Option<u64>) -> FeedSource {
        let feeds = Arc::clone(self);
        FeedSource::again(length, move || Box::new(feeds.open(part)))
    }

    /// Hands over what was asked for; dropped where nobody waits for it any more.
    pub(crate) fn answer(&self, opening: u32, piece: Option<Bytes>) {
        if let Some(answers) = self.openings().open.get(&opening) {
            let _ = answers.send(piece);
        }
    }

    /// JavaScript has forgotten the call: what is still being sent of it fails.
    pub(crate) fn close(&self) {
        let mut openings = self.openings();
        openings.closed = true;
        openings.open.clear();
    }

    fn open(self: &Arc<Self>, part: u32) -> JsFeed {
        let (sender, answers) = unbounded_channel();
        let mut openings = self.openings();
        let opening = openings.next;
        openings.next += 1;
        if !openings.closed {
            openings.open.insert(opening, sender);
        }
        drop(openings);
        JsFeed { feeds: Arc::clone(self), part, opening, asked: false, answers }
    }

    fn openings(&self) -> MutexGuard<'_, Openings> {
        self.openings.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

struct JsFeed {
    feeds: Arc<Feeds>,
    part: u32,
    opening: u32,
    asked: bool,
    answers: UnboundedReceiver<Option<Bytes>>,
}

impl Feed for JsFeed {
    fn poll_piece(&mut self, cx: &mut Context<'_>) -> Poll<Option<Result<Bytes, String>>> {
        if !self.asked {
            self.asked = true;
            self.feeds.teller.report(Outcome::Wanted { part: self.part, opening: self.opening });
        }
        let answer = ready!(self.answers.poll_recv(cx));
        self.asked = false;
        Poll::Ready(match answer {
            Some(piece) => piece.map(Ok),
            None => Some(Err("the call has ended before all of it was sent".to_owned())),
        })
    }
}

impl Drop for JsFeed {
    fn drop(&mut self) {
        if self.feeds.openings().open.remove(&self.opening).is_some() {
            self.feeds.teller.report(Outcome::Unwanted { opening: self.opening });
        }
    }
}
