//! An awaitable that has its value already: what an event costs while events wait in the queue.

use pyo3::exceptions::PyStopIteration;
use pyo3::prelude::*;

/// `await Ready(value)` gives `value` at once, without a future and without the event loop.
#[pyclass(module = "openai_oxide._native", freelist = 64)]
pub(crate) struct Ready(Option<Py<PyAny>>);

#[pymethods]
impl Ready {
    #[new]
    fn new(value: Py<PyAny>) -> Self {
        Self(Some(value))
    }

    fn __await__(slf: Py<Self>) -> Py<Self> {
        slf
    }

    fn __iter__(slf: Py<Self>) -> Py<Self> {
        slf
    }

    fn __next__(&mut self) -> PyResult<()> {
        Err(PyStopIteration::new_err((self.0.take(),)))
    }
}
