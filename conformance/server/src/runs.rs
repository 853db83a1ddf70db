//! What happened in each run of a case: the requests that arrived, and what was wrong with them.
//!
//! A run is one execution of one case by one driver, under an id that the harness makes up.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard};
use std::time::{Duration, Instant};

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde::Serialize;
use tokio::sync::Notify;

use crate::http::WireRequest;
use crate::json::Json;
use crate::judge;
use crate::play::Tempo;
use crate::suite::LoadedCase;

/// One request as it arrived, and what became of its response.
#[derive(Clone, Debug, Serialize)]
pub struct Seen {
    pub method: String,
    /// Raw, after the case's base URL.
    pub path: String,
    pub query: String,
    pub headers: Vec<(String, String)>,
    /// Parsed body; null when it is empty or not JSON.
    pub body: Option<Json>,
    /// The body in base64.
    pub body_bytes: String,
    /// Seconds since the first request of the run.
    pub at: f64,
    /// Counts the connections of the run from 0.
    pub connection: usize,
    pub closed_early: bool,
    /// Seconds from the request to the client's leaving, if it left before the end of the response.
    pub closed_after: Option<f64>,
    /// Bytes of body written, framing included.
    pub bytes_sent: u64,
}

#[derive(Clone, Debug, Serialize)]
pub struct Report {
    pub run: String,
    pub case: Option<String>,
    pub attempts: usize,
    /// Requests that the exchange expects and that did not come. No mismatch: an oracle may send fewer.
    pub missing: usize,
    pub connections: usize,
    pub requests: Vec<Seen>,
    pub mismatches: Vec<String>,
    pub closed_early_by_client: bool,
    /// A response is still being sent.
    pub pending: bool,
}

#[derive(Default)]
struct Run {
    case: Option<Arc<LoadedCase>>,
    tempo: Tempo,
    first_request: Option<Instant>,
    connections: Vec<u64>,
    requests: Vec<Seen>,
    mismatches: Vec<String>,
    in_flight: usize,
}

#[derive(Default)]
pub(crate) struct Runs {
    runs: Mutex<HashMap<String, Run>>,
    changed: Notify,
}

impl Runs {
    fn lock(&self) -> MutexGuard<'_, HashMap<String, Run>> {
        self.runs.lock().unwrap_or_else(|poisoned| poisoned.into_inner())
    }

    /// Announces a run before its first request; so its base URL can be a dead port, and its cuts its own.
    pub(crate) fn open(&self, run: &str, case: &Arc<LoadedCase>, tempo: Tempo) {
        let mut runs = self.lock();
        let entry = runs.entry(run.to_owned()).or_default();
        entry.case = Some(case.clone());
        entry.tempo = tempo;
    }

    /// Enters a request and judges it; gives its place in the exchange and the run's own cuts.
    pub(crate) fn arrived(
        &self,
        run: &str,
        case: &Arc<LoadedCase>,
        connection: u64,
        request: &WireRequest,
        path: &str,
        query: &str,
    ) -> (usize, Tempo) {
        let mut runs = self.lock();
        let entry = runs.entry(run.to_owned()).or_default();
        entry.case.get_or_insert_with(|| case.clone());
        let attempt = entry.requests.len();
        let connection = entry.connections.iter().position(|c| *c == connection).unwrap_or_else(|| {
            entry.connections.push(connection);
            entry.connections.len() - 1
        });
        let wrong = match case.case.exchange.get(attempt) {
            Some(exchange) => judge::judge(&exchange.request, request, path, query),
            None => vec![format!("not expected: the exchange has {} request(s)", case.case.exchange.len())],
        };
        entry.mismatches.extend(wrong.into_iter().map(|wrong| format!("request {}: {wrong}", attempt + 1)));
        let first = *entry.first_request.get_or_insert_with(Instant::now);
        entry.in_flight += 1;
        entry.requests.push(Seen {
            method: request.method.clone(),
            path: path.to_owned(),
            query: query.to_owned(),
            headers: request.headers.clone(),
            body: Json::parse(&request.body).ok(),
            body_bytes: STANDARD.encode(&request.body),
            at: first.elapsed().as_secs_f64(),
            connection,
            closed_early: false,
            closed_after: None,
            bytes_sent: 0,
        });
        (attempt, entry.tempo.clone())
    }

    pub(crate) fn answered(&self, run: &str, attempt: usize, bytes_sent: u64, left_after: Option<Duration>) {
        if let Some(entry) = self.lock().get_mut(run) {
            entry.in_flight -= 1;
            if let Some(seen) = entry.requests.get_mut(attempt) {
                seen.bytes_sent = bytes_sent;
                seen.closed_early = left_after.is_some();
                seen.closed_after = left_after.map(|d| d.as_secs_f64());
            }
        }
        self.changed.notify_waiters();
    }

    /// The report, once no response of the run is under way or `patience` has passed: a driver is often
    /// done before the server has noticed that it hung up.
    pub(crate) async fn report(&self, run: &str, patience: Duration) -> Report {
        let deadline = tokio::time::Instant::now() + patience;
        loop {
            let changed = self.changed.notified();
            let report = self.report_now(run);
            if !report.pending || tokio::time::timeout_at(deadline, changed).await.is_err() {
                return self.report_now(run);
            }
        }
    }

    fn report_now(&self, run: &str) -> Report {
        let runs = self.lock();
        // A run that nobody announced and that sent nothing is an empty one: cases about errors before the first byte end so.
        let none = Run::default();
        let entry = runs.get(run).unwrap_or(&none);
        let expected =
            entry.case.iter().flat_map(|c| &c.case.exchange).filter(|e| e.connect.is_none()).count();
        Report {
            run: run.to_owned(),
            case: entry.case.as_ref().map(|c| c.case.name.value.clone()),
            attempts: entry.requests.len(),
            missing: expected.saturating_sub(entry.requests.len()),
            connections: entry.connections.len(),
            closed_early_by_client: entry.requests.iter().any(|seen| seen.closed_early),
            pending: entry.in_flight > 0,
            requests: entry.requests.clone(),
            mismatches: entry.mismatches.clone(),
        }
    }
}
