//! Waiting for what the server works on: a call that is repeated until its answer is final.
//!
//! Between two calls lies the caller's interval, else what the server asks for (`openai-poll-after-ms`; a minute at most), else a
//! second. Waiting has no limit unless the caller sets one, and dropping it stops it; the server's work goes on either way.

use crate::call::{Call, Work};
use crate::engine::{Error, ErrorKind, rt};
use std::fmt;
use std::future::IntoFuture;
use std::time::Duration;

const INTERVAL: Duration = Duration::from_secs(1);
/// The longest pause that the server can ask for.
const LONGEST: Duration = Duration::from_secs(60);

#[cfg(not(target_arch = "wasm32"))]
type Ask<T> = Box<dyn Fn(&str) -> Call<T> + Send + Sync>;
#[cfg(target_arch = "wasm32")]
type Ask<T> = Box<dyn Fn(&str) -> Call<T>>;

/// What is waited for, to be awaited: `files.poll(store, id).interval(Duration::from_secs(2)).await?`.
#[must_use = "nothing is asked for until this is awaited"]
pub struct Polling<T> {
    start: Start<T>,
    finished: fn(&T) -> bool,
    interval: Option<Duration>,
    max_wait: Option<Duration>,
}

/// An object of the server, and the call that tells how it is.
pub(crate) struct Watched<T> {
    pub(crate) id: String,
    pub(crate) ask: Ask<T>,
}

enum Start<T> {
    Known(Watched<T>),
    /// It is made first.
    Made(Work<Watched<T>>),
}

impl<T> Polling<T> {
    /// Waits for what is there.
    pub(crate) fn of(watched: Watched<T>, finished: fn(&T) -> bool) -> Self {
        Self { start: Start::Known(watched), finished, interval: None, max_wait: None }
    }

    /// Waits for what is made first; of files alone there is nothing that is made and waited for.
    #[cfg_attr(
        not(any(feature = "beta", feature = "responses", feature = "vector-stores", feature = "videos")),
        allow(dead_code)
    )]
    pub(crate) fn after(making: Work<Watched<T>>, finished: fn(&T) -> bool) -> Self {
        Self { start: Start::Made(making), finished, interval: None, max_wait: None }
    }

    /// The pause between two calls, in place of the one that the server asks for.
    pub fn interval(mut self, interval: Duration) -> Self {
        self.interval = Some(interval);
        self
    }

    /// Gives up after so long, with an error of kind `timeout`. What is to be made first, such as an upload, takes none of it, and a call
    /// under way may take longer.
    pub fn max_wait(mut self, limit: Duration) -> Self {
        self.max_wait = Some(limit);
        self
    }
}

impl<T: Send + 'static> IntoFuture for Polling<T> {
    type Output = Result<T, Error>;
    type IntoFuture = Work<T>;

    fn into_future(self) -> Self::IntoFuture {
        Box::pin(async move {
            let mut asked = self.interval;
            let Watched { id, ask } = match self.start {
                Start::Known(watched) => watched,
                Start::Made(making) => making.await?,
            };
            let end = self.max_wait.and_then(|limit| rt::Instant::now().checked_add(limit));
            loop {
                let mut call = ask(&id).header("X-Stainless-Poll-Helper", "true");
                if let Some(interval) = self.interval {
                    call = call.header("X-Stainless-Custom-Poll-Interval", interval.as_millis().to_string());
                }
                let answer = call.with_response().await?;
                if (self.finished)(&answer.value) {
                    return Ok(answer.value);
                }
                let told = answer.headers.get("openai-poll-after-ms");
                let told = told.and_then(|text| text.to_str().ok()?.parse().ok()).map(Duration::from_millis);
                let pause = *asked.get_or_insert(told.map_or(INTERVAL, |told| told.min(LONGEST)));
                let next = rt::Instant::now().checked_add(pause);
                if let Some(end) = end
                    && next.is_none_or(|next| next >= end)
                {
                    rt::Timer::at(end).await;
                    let message = format!("{id} is still being processed");
                    return Err(Error::new(ErrorKind::Timeout, message));
                }
                match next {
                    Some(next) => rt::Timer::at(next).await,
                    None => std::future::pending().await,
                }
            }
        })
    }
}

impl<T> fmt::Debug for Polling<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut told = f.debug_struct("Polling");
        if let Start::Known(watched) = &self.start {
            told.field("id", &watched.id);
        }
        told.field("interval", &self.interval).field("max_wait", &self.max_wait).finish_non_exhaustive()
    }
}
