//! Calls in flight of one JavaScript environment (the main thread, or one worker).
//!
//! Dropping the bridge, which happens when its environment ends, cancels every call on the wire.

use std::collections::HashMap;
use std::future::Future;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use bytes::Bytes;
use napi::bindgen_prelude::{Array, Function, Uint8Array};
use napi::threadsafe_function::{ThreadsafeFunction, ThreadsafeFunctionCallMode};
use napi::{Env, Result, Status, sys};
use napi_derive::napi;
use tokio::sync::Notify;
use tokio::task::AbortHandle;

use crate::failure;
use crate::feed::Feeds;
use crate::queue::{Outcome, Queue};
use crate::runtime;

/// Unreferenced from the start (`Weak`): only [`Bridge::hold`] lets it keep the process alive.
type Wake = ThreadsafeFunction<(), (), Array<'static>, Status, false, true>;

/// Takes outcomes back to one environment's event loop.
#[napi]
pub struct Bridge {
    shared: Arc<Shared>,
    wake: Arc<Wake>,
    next_id: u32,
}

struct Call {
    abort: AbortHandle,
    pull: Arc<Notify>,
    feeds: Arc<Feeds>,
}

impl Drop for Call {
    fn drop(&mut self) {
        self.feeds.close();
    }
}

#[derive(Default)]
struct Shared {
    queue: Queue,
    calls: Mutex<HashMap<u32, Call>>,
}

impl Shared {
    fn calls(&self) -> MutexGuard<'_, HashMap<u32, Call>> {
        self.calls.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[napi]
impl Bridge {
    /// `wake(outcomes)` is called on the event loop with everything that is ready; it must not throw.
    #[napi(constructor, catch_unwind)]
    pub fn new(wake: Function<'_, Array<'static>, ()>) -> Result<Self> {
        let shared = Arc::<Shared>::default();
        let source = Arc::clone(&shared);
        let wake =
            wake.build_threadsafe_function::<()>().weak::<true>().callee_handled::<false>().build_callback(
                move |context| {
                    let array = source.queue.drain(&context.env)?;
                    // SAFETY: napi hands the arguments to the callback within this same handle scope.
                    Ok(unsafe { std::mem::transmute::<Array<'_>, Array<'static>>(array) })
                },
            )?;
        Ok(Self { shared, wake: Arc::new(wake), next_id: 0 })
    }

    /// Whether calls in flight keep the process alive: true while the package waits for at least one outcome.
    #[napi(catch_unwind)]
    pub fn hold(&self, env: &Env, alive: bool) {
        // SAFETY: both run on the environment's own thread, on a function that lives as long as this object.
        unsafe {
            if alive {
                sys::napi_ref_threadsafe_function(env.raw(), self.wake.raw());
            } else {
                sys::napi_unref_threadsafe_function(env.raw(), self.wake.raw());
            }
        }
    }

    /// Asks an open stream for its next batch.
    #[napi(catch_unwind)]
    pub fn pull(&self, id: u32) {
        if let Some(call) = self.shared.calls().get(&id) {
            call.pull.notify_one();
        }
    }

    /// Answers that a piece is wanted: with the piece, or with nothing at the end.
    #[napi(catch_unwind)]
    pub fn feed(&self, id: u32, opening: u32, piece: Option<Uint8Array>) {
        if let Some(call) = self.shared.calls().get(&id) {
            // Copied: JavaScript may use the buffer for the next piece.
            call.feeds.answer(opening, piece.map(|piece| Bytes::copy_from_slice(&piece)));
        }
    }

    /// Drops the call, which closes or resets it on the wire. No outcome follows; unknown ids are ignored.
    #[napi(catch_unwind)]
    pub fn cancel(&self, id: u32) {
        let call = self.shared.calls().remove(&id);
        if let Some(call) = call {
            call.abort.abort();
        }
    }
}

impl Bridge {
    /// Makes the id of a call, and with it what its form may be fed from.
    pub(crate) fn begin(&mut self) -> Arc<Feeds> {
        let id = self.next_id;
        self.next_id = id.wrapping_add(1);
        Feeds::new(Teller { id, shared: Arc::clone(&self.shared), wake: Arc::clone(&self.wake) })
    }

    /// Runs the future `work` makes for the call that has begun; it reports through its [`Reporter`].
    pub(crate) fn spawn<W, F>(&mut self, feeds: Arc<Feeds>, work: W) -> Result<u32>
    where
        W: FnOnce(Reporter, Arc<Notify>) -> F,
        F: Future<Output = ()> + Send + 'static,
    {
        let id = feeds.teller().id;
        let pull = Arc::new(Notify::new());
        let work = work(Reporter { teller: feeds.teller().clone() }, Arc::clone(&pull));
        // The lock is held over the spawn: a call that ends at once must find its entry, or the entry would stay forever.
        let mut calls = self.shared.calls();
        let abort = runtime::handle()?.spawn(work).abort_handle();
        calls.insert(id, Call { abort, pull, feeds });
        Ok(id)
    }
}

impl Drop for Bridge {
    fn drop(&mut self) {
        for call in std::mem::take(&mut *self.shared.calls()).into_values() {
            call.abort.abort();
        }
    }
}

/// Tells JavaScript of one call.
#[derive(Clone)]
pub(crate) struct Teller {
    id: u32,
    shared: Arc<Shared>,
    wake: Arc<Wake>,
}

impl Teller {
    pub(crate) fn report(&self, outcome: Outcome) {
        if self.shared.queue.push(self.id, outcome) {
            // Refused only when the environment is gone, and then nobody waits.
            let _ = self.wake.call((), ThreadsafeFunctionCallMode::NonBlocking);
        }
    }

    /// Forgets the call; false when it was cancelled meanwhile.
    fn forget(&self) -> bool {
        let call = self.shared.calls().remove(&self.id);
        call.is_some()
    }
}

/// Reports what a call came to. Dropped without a last outcome, by a panic, it reports that.
pub(crate) struct Reporter {
    teller: Teller,
}

impl Reporter {
    /// An outcome after which more will follow.
    pub(crate) fn report(&self, outcome: Outcome) {
        self.teller.report(outcome);
    }

    /// The last outcome.
    pub(crate) fn finish(self, outcome: Outcome) {
        // A call that was cancelled meanwhile has no one to report to.
        if self.teller.forget() {
            self.report(outcome);
        }
    }
}

impl Drop for Reporter {
    fn drop(&mut self) {
        if self.teller.forget() {
            self.report(Outcome::Failed(failure::panicked()));
        }
    }
}
