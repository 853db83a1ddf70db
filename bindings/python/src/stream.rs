//! A stream for an event loop: a task reads ahead by one batch, the loop takes batches when it has drained the last.
//!
//! Reading ahead hides the hand-over between threads; the bound is the back-pressure: a slow reader stops the task, the
//! task stops reading, and the server feels it.

use std::collections::VecDeque;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};

use openai_oxide::engine::{Error, HedgeReport};
use pyo3::prelude::*;
use pyo3::types::{PyDict, PyList};
use tokio::sync::Notify;
use tokio::task::AbortHandle;

use crate::failure::raise;
use crate::hedge;
use crate::hub::{Hub, Mailbox, Outcome, background, lock};
use crate::process::Local;
use crate::reply::header_pairs;
use crate::source::{Batch, Source};
use crate::sync::foreign_process;

/// One being drained by the reader is not counted: it has left the queue.
const BATCHES_AHEAD: usize = 1;

/// What the reading task and the loop share. Dropping the last handle of the loop stops the task.
pub(crate) struct Feed {
    shared: Arc<Shared>,
    task: Local<AbortHandle>,
    status: u16,
    headers: Vec<(String, String)>,
    request_id: Option<String>,
    attempts: u32,
    hedge: Option<HedgeReport>,
}

#[derive(Default)]
struct Shared {
    state: Mutex<State>,
    taken: Notify,
}

#[derive(Default)]
struct State {
    batches: VecDeque<Batch>,
    end: Option<Option<Error>>,
    waiter: Option<(Arc<Mailbox>, u64)>,
}

impl Feed {
    /// Called on the runtime.
    pub(crate) fn start(stream: Source) -> Arc<Self> {
        let (status, headers) = (stream.status(), header_pairs(stream.headers()));
        let (request_id, attempts) = (stream.request_id().map(str::to_owned), stream.attempts());
        let hedge = stream.hedge().cloned();
        let shared = Arc::<Shared>::default();
        let task = background().spawn(read_ahead(stream, Arc::clone(&shared))).abort_handle();
        Arc::new(Self { shared, task: Local::new(task), status, headers, request_id, attempts, hedge })
    }
}

impl Drop for Feed {
    fn drop(&mut self) {
        if let Some(task) = self.task.get() {
            task.abort();
        }
    }
}

async fn read_ahead(mut stream: Source, shared: Arc<Shared>) {
    loop {
        let next = stream.next_batch().await;
        let (ended, full, waiter) = {
            let mut state = lock(&shared.state);
            match next {
                Ok(Some(batch)) => state.batches.push_back(batch),
                Ok(None) => state.end = Some(None),
                Err(error) => state.end = Some(Some(error)),
            }
            (state.end.is_some(), state.batches.len() > BATCHES_AHEAD, state.waiter.take())
        };
        if let Some((mailbox, number)) = waiter {
            mailbox.push(number, Outcome::Events);
        }
        if ended {
            return;
        }
        if full {
            shared.taken.notified().await;
        }
    }
}

/// The loop's end of a stream.
#[pyclass(module = "openai_oxide._native", frozen)]
pub(crate) struct EventSource {
    feed: Mutex<Option<Arc<Feed>>>,
    /// Raised after the good events before it were handed out.
    failure: Mutex<Option<PyErr>>,
    status: u16,
    headers: Vec<(String, String)>,
    request_id: Option<String>,
    attempts: u32,
    hedge: Option<HedgeReport>,
    crossings: AtomicUsize,
}

impl EventSource {
    pub(crate) fn new(feed: Arc<Feed>) -> Self {
        Self {
            status: feed.status,
            headers: feed.headers.clone(),
            request_id: feed.request_id.clone(),
            attempts: feed.attempts,
            hedge: feed.hedge.clone(),
            feed: Mutex::new(Some(feed)),
            failure: Mutex::default(),
            crossings: AtomicUsize::new(0),
        }
    }

    /// `None` when closed.
    fn shared(&self) -> PyResult<Option<Arc<Shared>>> {
        match &*lock(&self.feed) {
            None => Ok(None),
            Some(feed) if feed.task.get().is_some() => Ok(Some(Arc::clone(&feed.shared))),
            Some(_) => Err(foreign_process()),
        }
    }
}

#[pymethods]
impl EventSource {
    #[getter]
    fn status(&self) -> u16 {
        self.status
    }

    #[getter]
    fn headers(&self) -> Vec<(String, String)> {
        self.headers.clone()
    }

    #[getter]
    fn request_id(&self) -> Option<&str> {
        self.request_id.as_deref()
    }

    #[getter]
    fn attempts(&self) -> u32 {
        self.attempts
    }

    #[getter]
    fn hedge<'py>(&self, py: Python<'py>) -> PyResult<Option<Bound<'py, PyDict>>> {
        hedge::report(py, self.hedge.as_ref())
    }

    /// How often events came over from the native side: batches, not events.
    #[getter]
    fn crossings(&self) -> usize {
        self.crossings.load(Ordering::Relaxed)
    }

    /// All events that have arrived, as a list; an empty list after the last; `None` where `wait` is due.
    fn take<'py>(&self, py: Python<'py>) -> PyResult<Option<Bound<'py, PyList>>> {
        let list = PyList::empty(py);
        if let Some(failure) = lock(&self.failure).take() {
            self.close();
            return Err(failure);
        }
        let Some(shared) = self.shared()? else { return Ok(Some(list)) };
        let (batches, end) = {
            let mut state = lock(&shared.state);
            let batches = std::mem::take(&mut state.batches);
            let end = if batches.is_empty() { state.end.take() } else { None };
            (batches, end)
        };
        if batches.is_empty() {
            return match end {
                None => Ok(None),
                Some(outcome) => {
                    self.close();
                    outcome.map_or(Ok(Some(list)), |error| Err(raise(py, &error)))
                }
            };
        }
        shared.taken.notify_one();
        self.crossings.fetch_add(1, Ordering::Relaxed);
        match batches.iter().try_for_each(|batch| batch.add_to(&list)) {
            Err(error) if list.is_empty() => {
                self.close();
                return Err(error);
            }
            outcome => *lock(&self.failure) = outcome.err(),
        }
        Ok(Some(list))
    }

    /// Resolves `future` when `take` has something; `False` where it has already, and the future stays untouched.
    fn wait(&self, hub: &Bound<'_, Hub>, future: Py<PyAny>) -> PyResult<bool> {
        let Some(shared) = self.shared()? else { return Ok(false) };
        let number = hub.get().expect(future);
        let mut state = lock(&shared.state);
        let ready = !state.batches.is_empty() || state.end.is_some();
        if !ready {
            state.waiter = Some((hub.get().mailbox(), number));
        }
        drop(state);
        if ready {
            hub.get().forget(number);
        }
        Ok(!ready)
    }

    /// Closes the connection.
    fn close(&self) {
        let feed = lock(&self.feed).take();
        drop(feed);
    }
}
