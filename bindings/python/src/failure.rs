//! Engine errors as the package's exceptions. The classes live in Python; this only hands over the facts.

use openai_oxide::engine::Error;
use pyo3::intern;
use pyo3::prelude::*;
use pyo3::types::PyBytes;

use crate::reply::header_pairs;

/// The exception object for an error; raise it or store it.
pub(crate) fn exception<'py>(py: Python<'py>, error: &Error) -> PyResult<Bound<'py, PyAny>> {
    let facts = pyo3::types::PyDict::new(py);
    facts.set_item(intern!(py, "kind"), error.kind().name())?;
    facts.set_item(intern!(py, "message"), error.message())?;
    facts.set_item(intern!(py, "status"), error.status())?;
    facts.set_item(intern!(py, "code"), error.code())?;
    facts.set_item(intern!(py, "type"), error.type_())?;
    facts.set_item(intern!(py, "param"), error.param())?;
    facts.set_item(intern!(py, "headers"), header_pairs(error.headers()))?;
    facts.set_item(intern!(py, "body"), error.body().map(|body| PyBytes::new(py, body)))?;
    facts.set_item(intern!(py, "attempts"), error.attempts())?;
    facts.set_item(intern!(py, "phase"), error.phase().map(|phase| phase.name()))?;
    py.import(intern!(py, "openai_oxide._exceptions"))?.call_method(
        intern!(py, "from_engine"),
        (),
        Some(&facts),
    )
}

pub(crate) fn raise(py: Python<'_>, error: &Error) -> PyErr {
    exception(py, error).map_or_else(|failure| failure, PyErr::from_value)
}
