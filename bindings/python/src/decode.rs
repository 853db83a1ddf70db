//! JSON bytes to Python objects, in one pass, with repeated keys and short strings shared.

use jiter::{PythonParse, StringCacheMode};
use pyo3::intern;
use pyo3::prelude::*;
use pyo3::types::PyBytes;

/// Raises `ValueError` for text that is not JSON.
///
/// The fast parser refuses what Python's own accepts (lone surrogates, nesting beyond 200 levels). Nothing a server
/// sends may get lost, so such a text gets a second try there.
pub(crate) fn decode<'py>(py: Python<'py>, json: &[u8]) -> PyResult<Bound<'py, PyAny>> {
    let parser = PythonParse { allow_inf_nan: true, cache_mode: StringCacheMode::All, ..Default::default() };
    parser.python_parse(py, json).or_else(|_| {
        py.import(intern!(py, "json"))?.call_method1(intern!(py, "loads"), (PyBytes::new(py, json),))
    })
}
