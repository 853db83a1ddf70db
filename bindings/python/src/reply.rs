//! A whole answer, decoded when asked.

use http::HeaderMap;
use openai_oxide::engine;
use pyo3::prelude::*;
use pyo3::types::{PyBytes, PyDict};

use crate::decode::decode;
use crate::hedge;

#[pyclass(module = "openai_oxide._native", frozen)]
pub(crate) struct Reply(pub(crate) engine::Reply);

#[pymethods]
impl Reply {
    #[getter]
    fn status(&self) -> u16 {
        self.0.status
    }

    #[getter]
    fn headers(&self) -> Vec<(String, String)> {
        header_pairs(&self.0.headers)
    }

    #[getter]
    fn request_id(&self) -> Option<&str> {
        self.0.request_id()
    }

    #[getter]
    fn attempts(&self) -> u32 {
        self.0.attempts
    }

    #[getter]
    fn hedge<'py>(&self, py: Python<'py>) -> PyResult<Option<Bound<'py, PyDict>>> {
        hedge::report(py, self.0.hedge.as_deref())
    }

    #[getter]
    fn content<'py>(&self, py: Python<'py>) -> Bound<'py, PyBytes> {
        PyBytes::new(py, &self.0.body)
    }

    fn json<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyAny>> {
        decode(py, &self.0.body)
    }
}

/// Header values are Latin-1 by definition, so every byte is one character.
pub(crate) fn header_pairs(headers: &HeaderMap) -> Vec<(String, String)> {
    let text = |value: &http::HeaderValue| value.as_bytes().iter().map(|&byte| char::from(byte)).collect();
    headers.iter().map(|(name, value)| (name.as_str().to_owned(), text(value))).collect()
}
