//! The one tokio runtime of the process, shared by the main thread and all workers.
//!
//! One I/O thread is enough: the engine costs microseconds per call, and JavaScript is single-threaded anyway. It is
//! never shut down: at exit the process ends under it, and a late wake-up finds its environment's queue closed.

use std::sync::OnceLock;

use tokio::runtime::{Builder, Handle, Runtime};

pub(crate) fn handle() -> napi::Result<&'static Handle> {
    static RUNTIME: OnceLock<std::io::Result<Runtime>> = OnceLock::new();
    RUNTIME
        .get_or_init(|| {
            Builder::new_multi_thread().worker_threads(1).thread_name("openai-oxide").enable_all().build()
        })
        .as_ref()
        .map(Runtime::handle)
        .map_err(|error| napi::Error::from_reason(format!("cannot start the I/O thread: {error}")))
}
