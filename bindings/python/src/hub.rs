//! Where finished work waits for an event loop.
//!
//! Work runs on one background runtime. Its threads know nothing of Python: they push an outcome under a number and, if
//! the queue was empty, make one descriptor readable. The loop watches that descriptor; its own thread collects all
//! outcomes at once (`drain`) and resolves the futures, which never left it.

use std::collections::HashMap;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use openai_oxide::engine::{self, Error, Request};
use pyo3::exceptions::PyOSError;
use pyo3::gc::{PyTraverseError, PyVisit};
use pyo3::intern;
use pyo3::prelude::*;
use tokio::runtime::{Builder, Runtime};
use tokio::task::AbortHandle;

use crate::failure::exception;
use crate::process::{Home, Local, PerProcess};
use crate::reply::Reply;
use crate::source::Source;
use crate::stream::{EventSource, Feed};
use crate::wake::Wake;

/// The background runtime. Leaked on purpose: a process may exit while it is busy, and its threads never touch Python.
pub(crate) fn background() -> &'static Runtime {
    static RUNTIME: PerProcess<Runtime> = PerProcess::new();
    RUNTIME.get_or_init(|| {
        Builder::new_multi_thread()
            .worker_threads(1)
            .thread_name("openai-oxide")
            .enable_all()
            .build()
            .expect("the system gives a thread and a descriptor")
    })
}

/// The native end: what the runtime's threads see of a hub.
pub(crate) struct Mailbox {
    queue: Mutex<Vec<(u64, Outcome)>>,
    wake: Wake,
}

pub(crate) enum Outcome {
    Reply(Result<engine::Reply, Error>),
    Stream(Result<Arc<Feed>, Error>),
    /// A stream that somebody waits for has events again.
    Events,
}

impl Mailbox {
    pub(crate) fn push(&self, number: u64, outcome: Outcome) {
        let mut queue = lock(&self.queue);
        queue.push((number, outcome));
        if queue.len() == 1 {
            drop(queue);
            self.wake.signal();
        }
    }
}

/// One per event loop.
#[pyclass(module = "openai_oxide._native", frozen)]
pub(crate) struct Hub {
    mailbox: Arc<Mailbox>,
    waiting: Mutex<HashMap<u64, Py<PyAny>>>,
    next: AtomicU64,
    home: Home,
}

#[pymethods]
impl Hub {
    /// `sockets`: the loop can only watch a socket.
    #[new]
    #[pyo3(signature = (*, sockets=false))]
    fn new(sockets: bool) -> PyResult<Self> {
        let wake = Wake::new(sockets).map_err(PyOSError::new_err)?;
        let mailbox = Arc::new(Mailbox { queue: Mutex::default(), wake });
        Ok(Self { mailbox, waiting: Mutex::default(), next: AtomicU64::new(0), home: Home::here() })
    }

    /// What the loop watches.
    fn fileno(&self) -> i64 {
        self.mailbox.wake.descriptor()
    }

    /// False in a forked child, which needs a hub of its own.
    fn is_here(&self) -> bool {
        self.home.is_here()
    }

    /// Calls under way, for tests.
    fn pending(&self) -> usize {
        lock(&self.waiting).len()
    }

    /// Resolves the future of every finished call. Only the loop's thread calls this.
    fn drain(&self, py: Python<'_>) {
        self.mailbox.wake.clear(); // before the queue: a push after this signals again
        let outcomes = std::mem::take(&mut *lock(&self.mailbox.queue));
        for (number, outcome) in outcomes {
            let Some(future) = lock(&self.waiting).remove(&number) else { continue };
            let future = future.into_bound(py);
            // One future that cannot be resolved must not take the others with it.
            if let Err(error) = resolve(&future, outcome) {
                error.write_unraisable(py, Some(&future));
            }
        }
    }

    fn __traverse__(&self, visit: PyVisit<'_>) -> Result<(), PyTraverseError> {
        // The collector must not wait. A held lock means a call is being made, so the hub is alive anyway.
        if let Ok(waiting) = self.waiting.try_lock() {
            for future in waiting.values() {
                visit.call(future)?;
            }
        }
        Ok(())
    }

    fn __clear__(&self) {
        let waiting = std::mem::take(&mut *lock(&self.waiting));
        drop(waiting);
    }
}

fn resolve(future: &Bound<'_, PyAny>, outcome: Outcome) -> PyResult<()> {
    let py = future.py();
    if future.call_method0(intern!(py, "done"))?.is_truthy()? {
        return Ok(()); // cancelled a moment ago
    }
    let result = match outcome {
        Outcome::Reply(Ok(reply)) => Bound::new(py, Reply(reply))?.into_any(),
        Outcome::Stream(Ok(feed)) => Bound::new(py, EventSource::new(feed))?.into_any(),
        Outcome::Reply(Err(error)) | Outcome::Stream(Err(error)) => {
            exception(py, &error).unwrap_or_else(|failure| failure.into_value(py).into_bound(py).into_any())
        }
        Outcome::Events => py.None().into_bound(py),
    };
    future.call_method1(intern!(py, "set_result"), (result,))?;
    Ok(())
}

impl Hub {
    pub(crate) fn mailbox(&self) -> Arc<Mailbox> {
        Arc::clone(&self.mailbox)
    }

    /// Keeps the future until `drain` finds its number.
    pub(crate) fn expect(&self, future: Py<PyAny>) -> u64 {
        let number = self.next.fetch_add(1, Ordering::Relaxed);
        lock(&self.waiting).insert(number, future);
        number
    }

    pub(crate) fn forget(&self, number: u64) {
        let future = lock(&self.waiting).remove(&number);
        drop(future); // not under the lock: it may run Python code
    }

    pub(crate) fn start_call(
        hub: &Bound<'_, Self>,
        future: Py<PyAny>,
        engine: engine::Engine,
        request: Request,
    ) -> Ticket {
        let number = hub.get().expect(future);
        let mailbox = hub.get().mailbox();
        let task = background().spawn(async move {
            let outcome = engine.call(request).await;
            mailbox.push(number, Outcome::Reply(outcome));
        });
        Ticket::new(hub, number, task.abort_handle())
    }

    pub(crate) fn start_stream(
        hub: &Bound<'_, Self>,
        future: Py<PyAny>,
        opening: impl Future<Output = Result<Source, Error>> + Send + 'static,
    ) -> Ticket {
        let number = hub.get().expect(future);
        let mailbox = hub.get().mailbox();
        let task = background().spawn(async move {
            let outcome = opening.await;
            mailbox.push(number, Outcome::Stream(outcome.map(Feed::start)));
        });
        Ticket::new(hub, number, task.abort_handle())
    }
}

/// A call under way: cancelling it stops the work and frees the connection.
#[pyclass(module = "openai_oxide._native", frozen)]
pub(crate) struct Ticket {
    hub: Py<Hub>,
    number: u64,
    task: Local<AbortHandle>,
}

impl Ticket {
    fn new(hub: &Bound<'_, Hub>, number: u64, task: AbortHandle) -> Self {
        Self { hub: hub.clone().unbind(), number, task: Local::new(task) }
    }
}

#[pymethods]
impl Ticket {
    fn cancel(&self) {
        if let Some(task) = self.task.get() {
            task.abort();
        }
        self.hub.get().forget(self.number);
    }

    /// A call that nobody can finish any more (its loop is gone) is a circle: hub, future, task, this ticket, hub.
    fn __traverse__(&self, visit: PyVisit<'_>) -> Result<(), PyTraverseError> {
        visit.call(&self.hub)
    }
}

pub(crate) fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
