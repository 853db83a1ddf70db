//! Lists that come in pages, and walking over all of them.
//!
//! A walk ends where the server says there is no more, or gives nothing to go on from; a server that repeats itself is an error,
//! never an endless loop. The kinds of pages are declared in `generated/pages.rs`.

use crate::call::{Call, Prepared, set_query};
use crate::engine::{Error, ErrorKind};
use crate::json::{Json, Reader};
use std::collections::VecDeque;
use std::fmt;
use std::future::Future;
use std::pin::Pin;
use std::task::{Context, Poll};

/// A page of a list whose further pages can be asked for.
pub trait Paged: Json + Default + Unpin + 'static {
    /// What the list holds.
    type Item: Unpin;

    /// The query key that asks for a further page.
    const NEXT: &'static str;

    /// The value of that key for the next page. `None`: this is the last one.
    fn next_cursor(&self) -> Option<String>;

    /// The items of this page.
    fn into_items(self) -> Vec<Self::Item>;
}

/// A kind of page: `struct Kind { keys besides data } next "query key" from key`; `from last` is the id of the last item.
macro_rules! page {
    ($(#[$meta:meta])* pub struct $name:ident { $($field:ident: $ty:ty),* $(,)? } $(next $next:literal from $from:ident)?) => {
        $(#[$meta])*
        #[derive(Clone, Debug, Default, PartialEq)]
        #[non_exhaustive]
        pub struct $name<T> {
            /// The items of this page.
            pub data: Vec<T>,
            $(#[doc = concat!("What the server says of `", stringify!($field), "`.")] pub $field: $ty,)*
            /// Everything else that the JSON object holds.
            pub extra: crate::json::Extra,
        }

        const _: () = {
            static LAYOUT: crate::json::Layout = crate::json::Layout { fields: &["data", $(stringify!($field)),*], fixed: &[] };

            impl<T: crate::json::Json + Default> crate::json::Json for $name<T> {
                fn decode(&mut self, reader: &mut crate::json::Reader<'_>) -> Result<(), crate::json::Misfit> {
                    LAYOUT.decode(reader, &mut [&mut self.data, $(&mut self.$field),*], &mut self.extra)
                }

                fn encode(&self, out: &mut crate::json::Writer) {
                    LAYOUT.encode(out, &[&self.data, $(&self.$field),*], &self.extra);
                }

                fn is_blank(&self) -> bool {
                    crate::json::is_blank(self)
                }
            }

            impl<T: crate::json::Json + Default> serde::Serialize for $name<T> {
                fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
                    crate::json::serialize(self, serializer)
                }
            }
        };

        $(
            impl<T: crate::json::Json + Default + Unpin + 'static> crate::page::Paged for $name<T> {
                type Item = T;
                const NEXT: &'static str = $next;

                fn next_cursor(&self) -> Option<String> {
                    if self.has_more == Some(false) { None } else { crate::page::page!(@ self $from) }
                }

                fn into_items(self) -> Vec<T> {
                    self.data
                }
            }
        )?
    };
    (@ $page:ident last) => {
        match $page.data.last() {
            Some(item) => crate::page::id(item),
            None => $page.extra.get("last_id").and_then(|id| id.parse().ok()),
        }
    };
    (@ $page:ident $key:ident) => {
        $page.$key.clone()
    };
}

pub(crate) use page;

/// The id of an item.
pub(crate) fn id(item: &dyn Json) -> Option<String> {
    let text = crate::json::encode(item);
    Reader::new(&text).tag("id").ok().flatten().map(str::to_owned)
}

impl<P: Paged> Call<P> {
    /// This page and all that follow; a page is fetched when it is asked for.
    pub fn pages(self) -> Pages<P> {
        let prepared = self.into_prepared();
        Pages { call: prepared.clone().map(Prepared::call), prepared, cursor: None }
    }

    /// The items of this page and of all that follow; pages are fetched as items are taken.
    pub fn items(self) -> Items<P> {
        Items { ready: VecDeque::new(), pages: self.pages() }
    }
}

/// All pages of a list, as a [`futures_core::Stream`].
#[must_use = "pages are fetched when they are taken"]
pub struct Pages<P> {
    call: Option<Call<P>>,
    prepared: Option<Prepared<P>>,
    cursor: Option<String>,
}

impl<P: Paged> Pages<P> {
    /// The next page; `None` after the last one or after an error.
    pub async fn recv(&mut self) -> Option<Result<P, Error>> {
        std::future::poll_fn(|cx| self.poll_page(cx)).await
    }

    fn poll_page(&mut self, cx: &mut Context<'_>) -> Poll<Option<Result<P, Error>>> {
        let Some(call) = &mut self.call else { return Poll::Ready(None) };
        let Poll::Ready(outcome) = Pin::new(call).poll(cx) else { return Poll::Pending };
        self.call = None;
        let page = match outcome {
            Ok(page) => page,
            Err(error) => return Poll::Ready(Some(Err(error))),
        };
        let cursor = page.next_cursor();
        if cursor.is_some() && self.cursor == cursor {
            let message = format!("the list repeats the page after {:?}", cursor.unwrap_or_default());
            return Poll::Ready(Some(Err(Error::new(ErrorKind::ResponseValidation, message))));
        }
        if let (Some(cursor), Some(prepared)) = (cursor, &mut self.prepared) {
            set_query(prepared.request(), P::NEXT, cursor.clone().into());
            self.cursor = Some(cursor);
            self.call = Some(prepared.clone().call());
        }
        Poll::Ready(Some(Ok(page)))
    }
}

/// All items of a paged list, as a [`futures_core::Stream`].
#[must_use = "items are fetched when they are taken"]
pub struct Items<P: Paged> {
    ready: VecDeque<P::Item>,
    pages: Pages<P>,
}

impl<P: Paged> Items<P> {
    /// The next item; `None` after the last one or after an error.
    pub async fn recv(&mut self) -> Option<Result<P::Item, Error>> {
        std::future::poll_fn(|cx| self.poll_item(cx)).await
    }

    fn poll_item(&mut self, cx: &mut Context<'_>) -> Poll<Option<Result<P::Item, Error>>> {
        loop {
            if let Some(item) = self.ready.pop_front() {
                return Poll::Ready(Some(Ok(item)));
            }
            match self.pages.poll_page(cx) {
                Poll::Ready(Some(Ok(page))) => self.ready = page.into_items().into(),
                Poll::Ready(Some(Err(error))) => return Poll::Ready(Some(Err(error))),
                Poll::Ready(None) => return Poll::Ready(None),
                Poll::Pending => return Poll::Pending,
            }
        }
    }
}

impl<P: Paged> futures_core::Stream for Pages<P> {
    type Item = Result<P, Error>;

    fn poll_next(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        self.poll_page(cx)
    }
}

impl<P: Paged> futures_core::Stream for Items<P> {
    type Item = Result<P::Item, Error>;

    fn poll_next(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        self.poll_item(cx)
    }
}

impl<P> fmt::Debug for Pages<P> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Pages").field("call", &self.call).field("cursor", &self.cursor).finish()
    }
}

impl<P: Paged> fmt::Debug for Items<P> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Items").field("ready", &self.ready.len()).field("pages", &self.pages).finish()
    }
}
