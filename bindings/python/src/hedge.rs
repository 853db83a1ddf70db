//! Hedging settings from Python, and the report back.

use openai_oxide::engine::{Hedge, HedgeReport, Lost};
use pyo3::exceptions::PyValueError;
use pyo3::prelude::*;
use pyo3::types::{PyDict, PyList};

use crate::decode::decode;
use crate::engine::seconds;

/// Seconds (`None`: the running p95), racers, share of extra requests (`None`: no bound).
pub(crate) type Settings = (Option<f64>, u32, Option<f64>);

/// The settings, if they can work.
pub(crate) fn hedge((delay, max, budget): Settings) -> PyResult<Hedge> {
    let mut hedge = Hedge::new().max(max).budget(budget);
    if let Some(delay) = delay {
        hedge = hedge.delay(seconds(delay)?);
    }
    hedge.check().map_err(PyValueError::new_err)?;
    Ok(hedge)
}

/// Raises `ValueError` where the settings cannot work.
#[pyfunction]
pub(crate) fn check_hedge(delay: Option<f64>, max: u32, budget: Option<f64>) -> PyResult<()> {
    hedge((delay, max, budget)).map(drop)
}

pub(crate) fn report<'py>(
    py: Python<'py>,
    report: Option<&HedgeReport>,
) -> PyResult<Option<Bound<'py, PyDict>>> {
    let Some(report) = report else { return Ok(None) };
    let losers = PyList::empty(py);
    for loser in &report.losers {
        let told = PyDict::new(py);
        told.set_item("racer", loser.racer)?;
        told.set_item("outcome", loser.outcome.name())?;
        match &loser.outcome {
            Lost::Failed(kind) => told.set_item("error", kind.name())?,
            Lost::Completed { usage: Some(usage) } => told.set_item("usage", decode(py, usage)?)?,
            _ => {}
        }
        losers.append(told)?;
    }
    let told = PyDict::new(py);
    told.set_item("started", report.started)?;
    told.set_item("winner", report.winner)?;
    told.set_item("delay", report.delay.as_secs_f64())?;
    told.set_item("losers", losers)?;
    Ok(Some(told))
}
