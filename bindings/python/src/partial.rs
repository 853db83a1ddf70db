//! `PartialJson`: JSON that is still arriving, as Python objects that grow in place.

use openai_oxide::partial::{Kind, Parser, Place, Scalar, Sink};
use pyo3::exceptions::PyValueError;
use pyo3::prelude::*;
use pyo3::types::{PyDict, PyFloat, PyInt, PyList, PyString};

/// A document that grows by `push`. Work is linear in its bytes; reading `value` costs the length of the string that is open.
#[pyclass(module = "openai_oxide")]
#[derive(Default)]
pub(crate) struct PartialJson {
    parser: Parser,
    tree: Tree,
}

#[pymethods]
impl PartialJson {
    #[new]
    fn new() -> Self {
        Self::default()
    }

    /// Take the next piece of the text. Raises `ValueError` once the text cannot become JSON any more.
    fn push(&mut self, py: Python<'_>, text: &str) -> PyResult<()> {
        let mut sink = Building { py, tree: &mut self.tree, failure: None };
        let parsed = self.parser.push(text, &mut sink);
        sink.failure.map_or(Ok(()), Err)?;
        parsed.map_err(|error| PyValueError::new_err(error.to_string()))
    }

    /// Say that no more text comes. Raises `ValueError` if the document is not whole.
    fn finish(&mut self, py: Python<'_>) -> PyResult<()> {
        let mut sink = Building { py, tree: &mut self.tree, failure: None };
        let parsed = self.parser.finish(&mut sink);
        sink.failure.map_or(Ok(()), Err)?;
        parsed.map_err(|error| PyValueError::new_err(error.to_string()))
    }

    /// The document so far; None while nothing is known of it, and for null. Objects and lists in it go on growing.
    #[getter]
    fn value<'py>(&mut self, py: Python<'py>) -> PyResult<Option<Bound<'py, PyAny>>> {
        self.tree.show_open_string(py)?;
        Ok(self.tree.root.as_ref().map(|root| root.bind(py).clone()))
    }

    /// Something is known of the document.
    #[getter]
    fn started(&self) -> bool {
        self.tree.root.is_some()
    }

    /// The document is whole; only white space may follow. A bare number is whole only after `finish`.
    #[getter]
    fn complete(&self) -> bool {
        self.parser.is_complete()
    }
}

#[derive(Default)]
struct Tree {
    root: Option<Py<PyAny>>,
    /// Open objects and lists, outermost first; each lies in the one before already.
    open: Vec<Container>,
    string: Option<OpenString>,
}

enum Container {
    Object(Py<PyDict>),
    List(Py<PyList>),
}

/// Its place holds what of it has been shown.
struct OpenString {
    text: String,
    key: Option<String>,
    shown: usize,
}

impl Tree {
    fn show_open_string(&mut self, py: Python<'_>) -> PyResult<()> {
        let Some(string) = self.string.as_mut().filter(|string| string.shown < string.text.len()) else {
            return Ok(());
        };
        string.shown = string.text.len();
        let value = PyString::new(py, &string.text).into_any();
        match (self.open.last(), &string.key) {
            (Some(Container::Object(members)), Some(key)) => members.bind(py).set_item(key, value),
            (Some(Container::List(items)), _) => {
                let items = items.bind(py);
                items.set_item(items.len() - 1, value)
            }
            _ => {
                self.root = Some(value.unbind());
                Ok(())
            }
        }
    }

    fn attach(&mut self, py: Python<'_>, place: Place<'_>, value: &Bound<'_, PyAny>) -> PyResult<()> {
        match (self.open.last(), place) {
            (Some(Container::Object(members)), Place::Member(key)) => members.bind(py).set_item(key, value),
            (Some(Container::List(items)), _) => items.bind(py).append(value),
            _ => {
                self.root = Some(value.clone().unbind());
                Ok(())
            }
        }
    }
}

/// The tree with the interpreter. A Python error (no memory) is kept for the end of the call.
struct Building<'a, 'py> {
    py: Python<'py>,
    tree: &'a mut Tree,
    failure: Option<PyErr>,
}

impl Building<'_, '_> {
    fn note(&mut self, outcome: PyResult<()>) {
        if let Err(error) = outcome {
            self.failure.get_or_insert(error);
        }
    }

    fn begin(&mut self, place: Place<'_>, kind: Kind) -> PyResult<()> {
        let py = self.py;
        match kind {
            Kind::Object => {
                let members = PyDict::new(py);
                self.tree.attach(py, place, &members)?;
                self.tree.open.push(Container::Object(members.unbind()));
            }
            Kind::List => {
                let items = PyList::empty(py);
                self.tree.attach(py, place, &items)?;
                self.tree.open.push(Container::List(items.unbind()));
            }
            Kind::String => {
                self.tree.attach(py, place, &PyString::new(py, ""))?;
                let key = if let Place::Member(key) = place { Some(key.to_owned()) } else { None };
                self.tree.string = Some(OpenString { text: String::new(), key, shown: 0 });
            }
        }
        Ok(())
    }

    fn number(&self, text: &str) -> PyResult<Py<PyAny>> {
        let py = self.py;
        Ok(if let Ok(number) = text.parse::<i64>() {
            PyInt::new(py, number).into_any().unbind()
        } else if text.contains(['.', 'e', 'E']) {
            PyFloat::new(py, text.parse().unwrap_or(f64::NAN)).into_any().unbind()
        } else {
            py.get_type::<PyInt>().call1((text,))?.unbind()
        })
    }
}

impl Sink for Building<'_, '_> {
    fn open(&mut self, place: Place<'_>, kind: Kind) {
        let outcome = self.begin(place, kind);
        self.note(outcome);
    }

    fn text(&mut self, piece: &str) {
        if let Some(string) = &mut self.tree.string {
            string.text.push_str(piece);
        }
    }

    fn close(&mut self) {
        if self.tree.string.is_some() {
            let outcome = self.tree.show_open_string(self.py);
            self.tree.string = None;
            self.note(outcome);
        } else {
            self.tree.open.pop();
        }
    }

    fn scalar(&mut self, place: Place<'_>, value: Scalar<'_>) {
        let py = self.py;
        let made = match value {
            Scalar::Null => Ok(py.None()),
            Scalar::Bool(value) => Ok(pyo3::types::PyBool::new(py, value).to_owned().into_any().unbind()),
            Scalar::Number(text) => self.number(text),
        };
        let outcome = made.and_then(|value| self.tree.attach(py, place, value.bind(py)));
        self.note(outcome);
    }
}
