//! JSON bytes to Python objects, in one pass, with repeated keys and short strings shared.

use base64::Engine as _;
use base64::prelude::BASE64_STANDARD;
use jiter::{PartialMode, PythonParse, StringCacheMode};
use pyo3::exceptions::PyValueError;
use pyo3::intern;
use pyo3::prelude::*;
use pyo3::types::{PyBytes, PyList};

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

/// What can be read of a JSON text that is cut: open strings and literals are left out with their members, a number stands
/// for itself as far as it came.
pub(crate) fn decode_partial<'py>(py: Python<'py>, json: &[u8]) -> PyResult<Bound<'py, PyAny>> {
    let parser = PythonParse { allow_inf_nan: true, partial_mode: PartialMode::On, ..Default::default() };
    parser
        .python_parse(py, json)
        .map_err(|error| PyValueError::new_err(format!("not the beginning of JSON: {error}")))
}

/// The numbers in base64 text of little-endian 32-bit floats, the form in which embeddings travel.
pub(crate) fn floats<'py>(py: Python<'py>, base64: &str) -> PyResult<Bound<'py, PyList>> {
    let bytes = BASE64_STANDARD
        .decode(base64)
        .map_err(|error| PyValueError::new_err(format!("an embedding is not base64: {error}")))?;
    let (numbers, rest) = bytes.as_chunks::<4>();
    if !rest.is_empty() {
        return Err(PyValueError::new_err(format!(
            "an embedding of {} bytes is no list of floats",
            bytes.len()
        )));
    }
    PyList::new(py, numbers.iter().map(|&number| f64::from(f32::from_le_bytes(number))))
}
