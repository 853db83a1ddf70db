//! Lists that come in pages, and walking over all of them.
//!
//! A walk ends where the server says there is no more, or gives nothing to go on from; a server that repeats itself is an error,
//! never an endless loop.

use crate::call::{Call, Prepared, set_query};
use crate::engine::{Error, ErrorKind};
use crate::json::macros::{decode_fields, encode_fields};
use crate::json::{Extra, Json, Misfit, Reader, Writer};
use std::collections::VecDeque;
use std::fmt;
use std::future::Future;
use std::pin::Pin;
use std::task::{Context, Poll};

/// A list that comes whole.
#[derive(Clone, Debug, Default, PartialEq)]
#[non_exhaustive]
pub struct Page<T> {
    /// The items.
    pub data: Vec<T>,
    /// Everything else that the JSON object holds.
    pub extra: Extra,
}

/// One page of a list; the next one begins after its last item.
#[derive(Clone, Debug, Default, PartialEq)]
#[non_exhaustive]
pub struct CursorPage<T> {
    /// The items of this page.
    pub data: Vec<T>,
    /// There are more pages. Not every server says.
    pub has_more: Option<bool>,
    /// Everything else that the JSON object holds, such as `first_id` and `last_id`.
    pub extra: Extra,
}

impl<T: Json> Json for Page<T> {
    fn decode(reader: &mut Reader<'_>) -> Result<Self, Misfit> {
        decode_fields!(reader, extra, [], { data: Vec<T> }, Ok(Self { data, extra }))
    }

    fn encode(&self, out: &mut Writer) {
        let Self { data, extra } = self;
        encode_fields!(out, extra, [], { data });
    }

    fn is_blank(&self) -> bool {
        self.data.is_empty() && self.extra.is_empty()
    }
}

impl<T: Json> Json for CursorPage<T> {
    fn decode(reader: &mut Reader<'_>) -> Result<Self, Misfit> {
        decode_fields!(reader, extra, [], { data: Vec<T>, has_more: Option<bool> }, Ok(Self { data, has_more, extra }))
    }

    fn encode(&self, out: &mut Writer) {
        let Self { data, has_more, extra } = self;
        encode_fields!(out, extra, [], { data, has_more });
    }

    fn is_blank(&self) -> bool {
        self.data.is_empty() && self.has_more.is_none() && self.extra.is_empty()
    }
}

impl<T: Json> CursorPage<T> {
    /// What the next page begins after: the last item's id. `None`: this is the last page.
    fn cursor(&self) -> Option<String> {
        if self.has_more == Some(false) {
            return None;
        }
        let Some(last) = self.data.last() else {
            return self.extra.get("last_id").and_then(|id| id.parse().ok());
        };
        let text = crate::json::encode(last);
        Reader::new(&text).tag("id").ok().flatten().map(str::to_owned)
    }
}

impl<T: Json + 'static> Call<CursorPage<T>> {
    /// The items of this page and of all that follow; pages are fetched as items are taken.
    pub fn items(self) -> Items<T> {
        let prepared = self.into_prepared();
        Items { ready: VecDeque::new(), call: prepared.clone().map(Prepared::call), prepared, cursor: None }
    }
}

/// All items of a paged list, as a [`futures_core::Stream`].
#[must_use = "items are fetched when they are taken"]
pub struct Items<T> {
    ready: VecDeque<T>,
    call: Option<Call<CursorPage<T>>>,
    prepared: Option<Prepared<CursorPage<T>>>,
    cursor: Option<String>,
}

impl<T: Json + 'static> Items<T> {
    /// The next item; `None` after the last one or after an error.
    pub async fn recv(&mut self) -> Option<Result<T, Error>> {
        std::future::poll_fn(|cx| self.poll_item(cx)).await
    }

    fn poll_item(&mut self, cx: &mut Context<'_>) -> Poll<Option<Result<T, Error>>> {
        loop {
            if let Some(item) = self.ready.pop_front() {
                return Poll::Ready(Some(Ok(item)));
            }
            let Some(call) = &mut self.call else { return Poll::Ready(None) };
            let Poll::Ready(outcome) = Pin::new(call).poll(cx) else { return Poll::Pending };
            self.call = None;
            let page = match outcome {
                Ok(page) => page,
                Err(error) => return Poll::Ready(Some(Err(error))),
            };
            let cursor = page.cursor();
            if cursor.is_some() && self.cursor == cursor {
                let message = format!("the list repeats the page after {:?}", cursor.unwrap_or_default());
                return Poll::Ready(Some(Err(Error::new(ErrorKind::ResponseValidation, message))));
            }
            self.ready = page.data.into();
            let (Some(cursor), Some(prepared)) = (cursor, &mut self.prepared) else { continue };
            set_query(&mut prepared.request, "after", cursor.clone().into());
            self.cursor = Some(cursor);
            self.call = Some(prepared.clone().call());
        }
    }
}

impl<T: Json + Unpin + 'static> futures_core::Stream for Items<T> {
    type Item = Result<T, Error>;

    fn poll_next(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        self.poll_item(cx)
    }
}

impl<T: fmt::Debug> fmt::Debug for Items<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Items").field("ready", &self.ready).field("call", &self.call).finish()
    }
}
