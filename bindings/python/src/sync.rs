//! Blocking calls: everything is polled on the calling thread.
//!
//! A *lane* is a single-threaded runtime with its own connection pool. A call leases the first lane that no other thread
//! drives right now, so one thread keeps one warm connection and N threads use N lanes. Lanes do not
//! belong to threads: a thread that ends takes nothing with it.
//!
//! Between calls nobody polls a lane, so its idle connections learn nothing. Therefore a lease first looks at the
//! sockets (`catch_up`): a connection that the server has closed meanwhile is dropped before it can be chosen. After a
//! stream was left or a call interrupted, the same few polls let its connection close at once.

use std::future::{Future, poll_fn};
use std::pin::pin;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::task::Poll;
use std::time::Duration;

use openai_oxide::engine;
use pyo3::exceptions::PyRuntimeError;
use pyo3::prelude::*;
use pyo3::sync::MutexExt;
use pyo3::types::{PyDict, PyList};
use tokio::runtime::{Builder, Runtime};
use tokio::sync::Notify;

use crate::failure::raise;
use crate::hedge;
use crate::process::Local;
use crate::reply::header_pairs;
use crate::source::Source;

/// How long Ctrl-C may go unnoticed.
const SIGNAL_TICK: Duration = Duration::from_millis(50);

/// Beyond this many threads at once, threads share lanes (and pay a hand-over): each lane costs two descriptors.
const MAX_LANES: usize = 64;

#[derive(Default)]
pub(crate) struct Lanes(Mutex<Vec<Arc<Lane>>>);

struct Lane {
    runtime: Option<Runtime>,
    engine: engine::Engine,
    /// Threads that drive this lane now.
    leases: AtomicUsize,
    used: AtomicBool,
}

impl Lanes {
    pub(crate) fn lease(&self, template: &engine::Engine) -> Lease {
        let mut lanes = lock(&self.0);
        let free = lanes.iter().position(|lane| lane.leases.load(Ordering::Relaxed) == 0);
        let lane = match free {
            Some(index) => Arc::clone(&lanes[index]),
            None if lanes.len() < MAX_LANES => {
                let lane = Arc::new(Lane::new(template));
                lanes.push(Arc::clone(&lane));
                lane
            }
            None => {
                let least = lanes.iter().min_by_key(|lane| lane.leases.load(Ordering::Relaxed));
                Arc::clone(least.expect("there are MAX_LANES lanes"))
            }
        };
        Lease::new(lane)
    }

    /// Lets go of all lanes; one that is in use lives on until its call or stream ends.
    pub(crate) fn close(&self) {
        let lanes = std::mem::take(&mut *lock(&self.0));
        drop(lanes);
    }
}

impl Lane {
    fn new(template: &engine::Engine) -> Self {
        let runtime =
            Builder::new_current_thread().enable_all().build().expect("the system gives a descriptor");
        let engine = template.with_new_pool();
        Self { runtime: Some(runtime), engine, leases: AtomicUsize::new(0), used: AtomicBool::new(false) }
    }

    fn runtime(&self) -> &Runtime {
        self.runtime.as_ref().expect("taken only by drop")
    }

    /// Reads what the sockets have to say, then gives every task that this woke its turn.
    fn catch_up(&self) {
        self.runtime().block_on(async {
            for _ in 0..4 {
                tokio::task::yield_now().await;
            }
        });
    }
}

impl Drop for Lane {
    fn drop(&mut self) {
        // Not the plain drop: it would wait for a name lookup that is under way.
        if let Some(runtime) = self.runtime.take() {
            runtime.shutdown_background();
        }
    }
}

/// A lane while one thread drives it.
pub(crate) struct Lease(Arc<Lane>);

impl Lease {
    fn new(lane: Arc<Lane>) -> Self {
        lane.leases.fetch_add(1, Ordering::Relaxed);
        Self(lane)
    }

    pub(crate) fn engine(&self) -> &engine::Engine {
        &self.0.engine
    }

    /// Lets the connections of racers that lost close now: nobody polls the lane before its next call.
    pub(crate) fn let_go(&self, py: Python<'_>, report: Option<&engine::HedgeReport>) {
        if report.is_some_and(|report| report.started > 1) {
            py.detach(|| self.0.catch_up());
        }
    }

    /// Runs the future to its end on this thread, without the GIL. `Err` is the exception of a signal handler
    /// (`KeyboardInterrupt`); the future is dropped then, which cancels its request.
    pub(crate) fn block_on<F>(&self, py: Python<'_>, future: F) -> PyResult<F::Output>
    where
        F: Future + Send,
        F::Output: Send,
    {
        let lane = &*self.0;
        py.detach(|| {
            if lane.used.swap(true, Ordering::Relaxed) {
                lane.catch_up();
            }
            let outcome = {
                let mut future = pin!(future);
                loop {
                    // Signal handlers run between two `block_on`: they may run any code, other calls of ours included.
                    let tick = async { tokio::time::timeout(SIGNAL_TICK, future.as_mut()).await };
                    match lane.runtime().block_on(tick) {
                        Ok(output) => break Ok(output),
                        Err(_) => {
                            if may_handle_signals()
                                && let Err(error) = Python::attach(|py| py.check_signals())
                            {
                                break Err(error);
                            }
                        }
                    }
                }
            };
            if outcome.is_err() {
                lane.catch_up();
            }
            outcome
        })
    }
}

impl Drop for Lease {
    fn drop(&mut self) {
        self.0.leases.fetch_sub(1, Ordering::Relaxed);
    }
}

/// Python runs signal handlers on the main thread only; elsewhere asking would just contend for the GIL.
#[cfg(target_os = "linux")]
fn may_handle_signals() -> bool {
    // SAFETY: plain system calls without arguments.
    unsafe { libc::gettid() == libc::getpid() }
}

#[cfg(not(target_os = "linux"))]
fn may_handle_signals() -> bool {
    true
}

/// A stream that is read by blocking calls.
#[pyclass(module = "openai_oxide._native", frozen)]
pub(crate) struct BlockingStream {
    inner: Local<Inner>,
    status: u16,
    headers: Vec<(String, String)>,
    request_id: Option<String>,
    attempts: u32,
    hedge: Option<engine::HedgeReport>,
    crossings: AtomicUsize,
}

struct Inner {
    lane: Arc<Lane>,
    state: Mutex<State>,
    closed: AtomicBool,
    wake: Notify,
}

struct State {
    stream: Option<Source>,
    /// Raised after the good events before it were handed out.
    failure: Option<PyErr>,
}

impl Inner {
    /// Lets go of the stream. A thread that waits for an event is woken and sees an ended stream.
    fn close(&self) {
        self.closed.store(true, Ordering::Release);
        self.wake.notify_one();
        let mut state = lock(&self.state);
        state.failure = None;
        if state.stream.take().is_some() {
            self.lane.catch_up();
        }
    }
}

impl Drop for Inner {
    fn drop(&mut self) {
        self.close();
    }
}

impl BlockingStream {
    pub(crate) fn new(lease: Lease, stream: Source) -> Self {
        Self {
            status: stream.status(),
            headers: header_pairs(stream.headers()),
            request_id: stream.request_id().map(str::to_owned),
            attempts: stream.attempts(),
            hedge: stream.hedge().cloned(),
            crossings: AtomicUsize::new(0),
            inner: Local::new(Inner {
                lane: Arc::clone(&lease.0),
                state: Mutex::new(State { stream: Some(stream), failure: None }),
                closed: AtomicBool::new(false),
                wake: Notify::new(),
            }),
        }
    }
}

#[pymethods]
impl BlockingStream {
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

    /// Waits for events: all that have arrived, as a list, at least one; an empty list after the last.
    fn next_batch<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyList>> {
        let batch = PyList::empty(py);
        let Some(inner) = self.inner.get() else { return Err(foreign_process()) };
        // A second reader waits here for its turn, without the GIL.
        let mut state = inner.state.lock_py_attached(py).unwrap_or_else(PoisonError::into_inner);
        if let Some(failure) = state.failure.take() {
            state.stream = None;
            return Err(failure);
        }
        let Some(stream) = state.stream.as_mut().filter(|_| !inner.closed.load(Ordering::Acquire)) else {
            return Ok(batch);
        };
        let lease = Lease::new(Arc::clone(&inner.lane));
        let ready = lease.block_on(py, async {
            let (mut batch, mut closing) = (pin!(stream.next_batch()), pin!(inner.wake.notified()));
            poll_fn(|context| match batch.as_mut().poll(context) {
                Poll::Pending => closing.as_mut().poll(context).map(|()| Ok(None)),
                ready => ready,
            })
            .await
        });
        match ready {
            Ok(Ok(Some(events))) => {
                self.crossings.fetch_add(1, Ordering::Relaxed);
                state.failure = events.add_to(&batch).err();
                match state.failure.take_if(|_| batch.is_empty()) {
                    Some(failure) => Err(failure),
                    None => Ok(batch),
                }
            }
            over => {
                state.stream = None;
                py.detach(|| inner.lane.catch_up());
                over?.map_err(|error| raise(py, &error))?;
                Ok(batch)
            }
        }
    }

    /// Closes the connection. From any thread, any number of times.
    fn close(&self, py: Python<'_>) {
        if let Some(inner) = self.inner.get() {
            py.detach(|| inner.close());
        }
    }
}

/// A child must not read its parent's connection; pretending that the stream has ended would lose data silently.
pub(crate) fn foreign_process() -> PyErr {
    PyRuntimeError::new_err("this stream belongs to the process that opened it, not to its forked child")
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
