//! Python values to the canonical JSON bytes of a request body.
//!
//! The bytes depend on the values only: compact, keys in the caller's order, text unescaped except where JSON demands
//! it, numbers as ECMAScript prints them. So every language sends the same request, and prompt caches stay warm.
//!
//! Mappings, sequences, iterators, text, numbers, booleans, `None`, enums, dates and models (`model_dump`) are
//! accepted. Unset markers (`not_given`, `omit`) vanish from mappings at any depth. Anything else is a `TypeError` (a
//! value that JSON cannot say: a `ValueError`) that names the place: `messages[0].content: …`.

use pyo3::exceptions::{PyTypeError, PyUnicodeEncodeError, PyValueError};
use pyo3::intern;
use pyo3::prelude::*;
use pyo3::sync::PyOnceLock;
use pyo3::types::{
    PyBool, PyByteArray, PyBytes, PyDict, PyFloat, PyInt, PyIterator, PyList, PyMapping, PyMemoryView,
    PyString, PyTuple, PyType,
};

/// Deep enough for any schema a person writes, shallow enough that a circular structure ends as an error long before
/// the C stack does.
const MAX_DEPTH: usize = 500;

pub(crate) fn encode(value: &Bound<'_, PyAny>) -> PyResult<Vec<u8>> {
    let mut out = Vec::with_capacity(512);
    write_value(value, &mut out, MAX_DEPTH).map_err(|failure| (*failure).into_py_err(value.py()))?;
    Ok(out)
}

/// Is the value one of the markers for "the caller passed nothing"?
pub(crate) fn is_unset(value: &Bound<'_, PyAny>) -> bool {
    static MARKERS: PyOnceLock<[Py<PyType>; 2]> = PyOnceLock::new();
    let markers = MARKERS.get_or_try_init(value.py(), || {
        let module = value.py().import(intern!(value.py(), "openai_oxide._types"))?;
        Ok::<_, PyErr>([
            module.getattr("NotGiven")?.cast_into::<PyType>()?.unbind(),
            module.getattr("Omit")?.cast_into::<PyType>()?.unbind(),
        ])
    });
    let class = value.get_type();
    markers.is_ok_and(|markers| markers.iter().any(|marker| class.is(marker)))
}

/// One step of the path to a value; collected only while an error travels up.
enum Step {
    Key(String),
    Index(usize),
}

struct Failure {
    path: Vec<Step>,
    error: PyErr,
}

type Outcome = Result<(), Box<Failure>>;

impl From<PyErr> for Box<Failure> {
    fn from(error: PyErr) -> Self {
        Box::new(Failure { path: Vec::new(), error })
    }
}

impl Failure {
    fn under(mut self: Box<Self>, step: impl FnOnce() -> Step) -> Box<Self> {
        self.path.push(step());
        self
    }

    /// The path is put before our own messages; errors of the user's own objects pass unchanged.
    fn into_py_err(self, py: Python<'_>) -> PyErr {
        let class = self.error.get_type(py);
        let ours = class.is(py.get_type::<PyTypeError>()) || class.is(py.get_type::<PyValueError>());
        if self.path.is_empty() || !ours {
            return self.error;
        }
        let mut place = String::new();
        for step in self.path.iter().rev() {
            match step {
                Step::Key(key) if place.is_empty() => place.push_str(key),
                Step::Key(key) => place.extend([".", key.as_str()]),
                Step::Index(index) => place.push_str(&format!("[{index}]")),
            }
        }
        let error = PyErr::from_type(class, format!("{place}: {}", self.error.value(py)));
        error.set_cause(py, self.error.cause(py));
        error
    }
}

fn write_value(value: &Bound<'_, PyAny>, out: &mut Vec<u8>, depth: usize) -> Outcome {
    // Exact builtins first: nearly every value of nearly every request.
    if let Ok(text) = value.cast_exact::<PyString>() {
        write_text(text, out)
    } else if let Ok(dict) = value.cast_exact::<PyDict>() {
        write_dict(dict, out, deeper(depth)?)
    } else if let Ok(list) = value.cast_exact::<PyList>() {
        write_items(list.iter(), out, deeper(depth)?)
    } else if value.is_none() {
        out.extend_from_slice(b"null");
        Ok(())
    } else if let Ok(flag) = value.cast_exact::<PyBool>() {
        out.extend_from_slice(if flag.is_true() { b"true" } else { b"false" });
        Ok(())
    } else if value.is_exact_instance_of::<PyInt>() {
        write_int(value, out)
    } else if let Ok(number) = value.cast_exact::<PyFloat>() {
        write_float(number.value(), out)
    } else {
        write_other(value, out, depth)
    }
}

fn deeper(depth: usize) -> Result<usize, Box<Failure>> {
    depth.checked_sub(1).ok_or_else(|| {
        PyValueError::new_err(format!("nested more than {MAX_DEPTH} levels deep (a circular structure?)"))
            .into()
    })
}

/// Subclasses, models, and everything that only behaves like a builtin.
fn write_other(value: &Bound<'_, PyAny>, out: &mut Vec<u8>, depth: usize) -> Outcome {
    let py = value.py();
    if let Ok(text) = value.cast::<PyString>() {
        return write_text(text, out); // also `class Color(str, Enum)`
    }
    if let Ok(tuple) = value.cast::<PyTuple>() {
        return write_items(tuple.iter(), out, deeper(depth)?);
    }
    if value.is_instance_of::<PyInt>() {
        return write_int(value, out); // also `IntEnum`
    }
    if let Ok(number) = value.cast::<PyFloat>() {
        return write_float(number.value(), out);
    }
    if let Ok(list) = value.cast::<PyList>() {
        return write_items(list.iter(), out, deeper(depth)?);
    }
    // A class is callable data of its own kind: its methods are not those of an instance.
    if value.is_instance_of::<PyType>() {
        return Err(unsupported(value));
    }
    if let Ok(of_ours) = value.getattr(intern!(py, "__request__")) {
        return write_value(&of_ours.call0()?, out, deeper(depth)?);
    }
    if let Ok(dump) = value.getattr(intern!(py, "model_dump")) {
        let options = PyDict::new(py);
        options.set_item(intern!(py, "mode"), intern!(py, "json"))?;
        options.set_item(intern!(py, "by_alias"), true)?;
        options.set_item(intern!(py, "exclude_unset"), true)?;
        return write_value(&dump.call((), Some(&options))?, out, deeper(depth)?);
    }
    if let Ok(mapping) = value.cast::<PyMapping>() {
        let dict = PyDict::new(py);
        dict.update(mapping)?;
        return write_dict(&dict, out, deeper(depth)?);
    }
    if is_instance_of_loaded(value, "enum", "Enum")? {
        return write_value(&value.getattr(intern!(py, "value"))?, out, deeper(depth)?);
    }
    if is_instance_of_loaded(value, "datetime", "date")? {
        let text = value.call_method0(intern!(py, "isoformat"))?;
        return write_text(text.cast::<PyString>().map_err(PyErr::from)?, out);
    }
    let bytes_like = value.is_instance_of::<PyBytes>()
        || value.is_instance_of::<PyByteArray>()
        || value.is_instance_of::<PyMemoryView>();
    if bytes_like {
        return Err(PyTypeError::new_err("bytes have no JSON form; send text, for example base64").into());
    }
    if !is_unset(value)
        && let Ok(items) = PyIterator::from_object(value)
    {
        return write_fallible_items(items, out, deeper(depth)?);
    }
    Err(unsupported(value))
}

fn unsupported(value: &Bound<'_, PyAny>) -> Box<Failure> {
    let name = value.get_type().fully_qualified_name().map_or_else(|_| "?".into(), |name| name.to_string());
    let instead = if is_unset(value) { " outside a mapping" } else { "" };
    PyTypeError::new_err(format!("a value of type {name} cannot be sent as JSON{instead}")).into()
}

/// `isinstance`, without importing the module: an object of a class that was never imported cannot exist.
fn is_instance_of_loaded(value: &Bound<'_, PyAny>, module: &str, class: &str) -> PyResult<bool> {
    let modules = value.py().import(intern!(value.py(), "sys"))?.getattr(intern!(value.py(), "modules"))?;
    match modules.cast::<PyDict>()?.get_item(module)? {
        Some(module) => value.is_instance(&module.getattr(class)?),
        None => Ok(false),
    }
}

fn write_dict(dict: &Bound<'_, PyDict>, out: &mut Vec<u8>, depth: usize) -> Outcome {
    out.push(b'{');
    let mut first = true;
    for (key, value) in dict {
        if is_unset(&value) {
            continue;
        }
        if !first {
            out.push(b',');
        }
        first = false;
        write_key(&key, out)?;
        out.push(b':');
        write_value(&value, out, depth).map_err(|failure| failure.under(|| Step::Key(key.to_string())))?;
    }
    out.push(b'}');
    Ok(())
}

fn write_key(key: &Bound<'_, PyAny>, out: &mut Vec<u8>) -> Outcome {
    if let Ok(text) = key.cast::<PyString>() {
        return write_text(text, out).map_err(|failure| failure.under(|| Step::Key("(key)".into())));
    }
    if key.is_instance_of::<PyInt>() && !key.is_instance_of::<PyBool>() {
        out.push(b'"');
        write_int(key, out)?;
        out.push(b'"');
        return Ok(());
    }
    let name = key.get_type().fully_qualified_name()?;
    Err(PyTypeError::new_err(format!("keys must be text, not {name}")).into())
}

fn write_items<'py>(
    items: impl Iterator<Item = Bound<'py, PyAny>>,
    out: &mut Vec<u8>,
    depth: usize,
) -> Outcome {
    out.push(b'[');
    for (index, item) in items.enumerate() {
        if index > 0 {
            out.push(b',');
        }
        write_value(&item, out, depth).map_err(|failure| failure.under(|| Step::Index(index)))?;
    }
    out.push(b']');
    Ok(())
}

fn write_fallible_items(items: Bound<'_, PyIterator>, out: &mut Vec<u8>, depth: usize) -> Outcome {
    let items: Vec<_> = items.collect::<PyResult<_>>()?;
    write_items(items.into_iter(), out, depth)
}

fn write_int(value: &Bound<'_, PyAny>, out: &mut Vec<u8>) -> Outcome {
    match value.extract::<i64>() {
        Ok(number) => out.extend_from_slice(number.to_string().as_bytes()),
        // `int.__repr__`, since a subclass may print itself differently.
        Err(_) => {
            let text =
                value.py().get_type::<PyInt>().call_method1(intern!(value.py(), "__repr__"), (value,))?;
            out.extend_from_slice(text.extract::<String>()?.as_bytes());
        }
    }
    Ok(())
}

fn write_float(number: f64, out: &mut Vec<u8>) -> Outcome {
    if !number.is_finite() {
        return Err(PyValueError::new_err(format!("JSON has no number {number}")).into());
    }
    out.extend_from_slice(ryu_js::Buffer::new().format_finite(number).as_bytes());
    Ok(())
}

fn write_text(text: &Bound<'_, PyString>, out: &mut Vec<u8>) -> Outcome {
    let text = text.to_str().map_err(|error| {
        if error.is_instance_of::<PyUnicodeEncodeError>(text.py()) {
            PyValueError::new_err("the text holds a lone surrogate, which UTF-8 cannot carry")
        } else {
            error
        }
    })?;
    out.reserve(text.len() + 2);
    out.push(b'"');
    let bytes = text.as_bytes();
    let mut clean_from = 0;
    for (index, &byte) in bytes.iter().enumerate() {
        if !NEEDS_ESCAPE[byte as usize] {
            continue;
        }
        out.extend_from_slice(&bytes[clean_from..index]);
        clean_from = index + 1;
        match byte {
            b'"' => out.extend_from_slice(b"\\\""),
            b'\\' => out.extend_from_slice(b"\\\\"),
            b'\n' => out.extend_from_slice(b"\\n"),
            b'\r' => out.extend_from_slice(b"\\r"),
            b'\t' => out.extend_from_slice(b"\\t"),
            0x08 => out.extend_from_slice(b"\\b"),
            0x0c => out.extend_from_slice(b"\\f"),
            _ => out.extend_from_slice(format!("\\u{byte:04x}").as_bytes()),
        }
    }
    out.extend_from_slice(&bytes[clean_from..]);
    out.push(b'"');
    Ok(())
}

static NEEDS_ESCAPE: [bool; 256] = {
    let mut table = [false; 256];
    let mut byte = 0;
    while byte < 0x20 {
        table[byte] = true;
        byte += 1;
    }
    table[b'"' as usize] = true;
    table[b'\\' as usize] = true;
    table
};
