//! The private native module of the Python package: `openai_oxide._native`.
//!
//! It names operations to the engine, turns Python values into request bytes and answers into Python objects, and
//! connects two worlds of waiting. Two rules decide its shape:
//!
//! * **A synchronous call polls on the calling thread** (`sync`): no worker thread, so no hand-over between threads.
//! * **No Rust thread ever attaches to Python** (`hub`): finished work queues up, one descriptor becomes readable, and
//!   the event loop's own thread collects. Attaching from outside costs more than the call and crashes at exit.

mod awaitable;
mod decode;
mod encode;
mod engine;
mod failure;
mod form;
mod hedge;
mod hub;
mod partial;
mod process;
mod reply;
mod source;
mod stream;
mod sync;
mod wake;

use pyo3::prelude::*;

#[pymodule]
mod _native {
    #[pymodule_export]
    use crate::awaitable::Ready;
    #[pymodule_export]
    use crate::engine::Engine;
    #[pymodule_export]
    use crate::form::Form;
    #[pymodule_export]
    use crate::hedge::check_hedge;
    #[pymodule_export]
    use crate::hub::{Hub, Ticket};
    #[pymodule_export]
    use crate::partial::PartialJson;
    #[pymodule_export]
    use crate::reply::Reply;
    #[pymodule_export]
    use crate::stream::EventSource;
    #[pymodule_export]
    use crate::sync::BlockingStream;
    use pyo3::exceptions::PyValueError;
    use pyo3::prelude::*;
    use pyo3::types::{PyBytes, PyList};

    #[pymodule_export]
    #[expect(non_upper_case_globals, reason = "Python's name")]
    const __version__: &str = env!("CARGO_PKG_VERSION");

    /// The canonical JSON bytes of a Python value.
    #[pyfunction]
    fn encode<'py>(value: &Bound<'py, PyAny>) -> PyResult<Bound<'py, PyBytes>> {
        Ok(PyBytes::new(value.py(), &crate::encode::encode(value)?))
    }

    /// The Python objects of a JSON text.
    #[pyfunction]
    fn decode<'py>(py: Python<'py>, json: &[u8]) -> PyResult<Bound<'py, PyAny>> {
        crate::decode::decode(py, json)
    }

    /// A JSON schema in the form of the API's strict mode; `ValueError` names the place that has none.
    #[pyfunction]
    fn strict_schema<'py>(py: Python<'py>, schema: &[u8]) -> PyResult<Bound<'py, PyBytes>> {
        converted(py, openai_oxide::strict::strict_schema(schema))
    }

    /// A JSON schema as the official package sends it.
    #[pyfunction]
    fn lenient_schema<'py>(py: Python<'py>, schema: &[u8]) -> PyResult<Bound<'py, PyBytes>> {
        converted(py, openai_oxide::strict::lenient_schema(schema))
    }

    fn converted<'py>(
        py: Python<'py>,
        schema: Result<bytes::Bytes, openai_oxide::engine::Error>,
    ) -> PyResult<Bound<'py, PyBytes>> {
        let schema = schema.map_err(|error| PyValueError::new_err(error.message().to_owned()))?;
        Ok(PyBytes::new(py, &schema))
    }

    /// The Python objects of the beginning of a JSON text, without what is not whole yet.
    #[pyfunction]
    fn decode_partial<'py>(py: Python<'py>, json: &[u8]) -> PyResult<Bound<'py, PyAny>> {
        crate::decode::decode_partial(py, json)
    }

    /// The numbers of an embedding in base64.
    #[pyfunction]
    fn floats<'py>(py: Python<'py>, base64: &str) -> PyResult<Bound<'py, PyList>> {
        crate::decode::floats(py, base64)
    }
}
