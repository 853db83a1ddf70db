//! The Python handle on one configuration: starts calls and streams, blocking or for an event loop.

use std::sync::Mutex;
use std::time::Duration;

use bytes::Bytes;
use http::Method;
use openai_oxide::engine::{self, Body, CallOptions, ClientConfig, Request, ResultKind, Terminal};
use pyo3::exceptions::{PyTypeError, PyValueError};
use pyo3::prelude::*;
use pyo3::types::{PyDict, PyString};

use crate::encode::{encode, is_unset};
use crate::failure::raise;
use crate::form::Form;
use crate::hedge;
use crate::hub::{Hub, Ticket, lock};
use crate::process::PerProcess;
use crate::reply::Reply;
use crate::source::Source;
use crate::sync::{BlockingStream, Lanes};

/// What every way of sending takes: operation id or `"POST /path"`, path values, query, body, options of this call.
#[pyclass(module = "openai_oxide._native", frozen)]
pub(crate) struct Engine {
    template: engine::Engine,
    lanes: PerProcess<Lanes>,
    /// The pool of the background runtime; `None` after `close`, until the next call.
    shared: PerProcess<Mutex<Option<engine::Engine>>>,
}

#[pymethods]
impl Engine {
    /// Unset arguments come from the environment, then from the engine's defaults. Limits are seconds; infinity is none.
    #[new]
    #[pyo3(signature = (*, api_key=None, admin_api_key=None, base_url=None, organization=None, project=None, timeout=None,
        connect_timeout=None, first_token_timeout=None, idle_timeout=None, deadline=None, max_retries=None,
        default_headers=None, default_query=None, user_agent=None, proxy=None, ca_file=None, max_event_bytes=None))]
    #[expect(clippy::too_many_arguments, reason = "keyword arguments of Python")]
    fn new(
        py: Python<'_>,
        api_key: Option<String>,
        admin_api_key: Option<String>,
        base_url: Option<String>,
        organization: Option<String>,
        project: Option<String>,
        timeout: Option<f64>,
        connect_timeout: Option<f64>,
        first_token_timeout: Option<f64>,
        idle_timeout: Option<f64>,
        deadline: Option<f64>,
        max_retries: Option<u32>,
        default_headers: Option<Vec<(String, String)>>,
        default_query: Option<Vec<(String, String)>>,
        user_agent: Option<String>,
        proxy: Option<String>,
        ca_file: Option<std::path::PathBuf>,
        max_event_bytes: Option<usize>,
    ) -> PyResult<Self> {
        let mut config = ClientConfig::from_env();
        macro_rules! given {
            ($($name:ident),*) => { $(if let Some(value) = $name { config = config.$name(value); })* };
        }
        given!(api_key, admin_api_key, base_url, organization, project, max_retries, user_agent, ca_file);
        if let Some(limit) = timeout {
            config = config.timeout(seconds(limit)?);
        }
        if let Some(limit) = connect_timeout {
            config = config.connect_timeout(seconds(limit)?);
        }
        config = config
            .first_token_timeout(first_token_timeout.map(seconds).transpose()?)
            .idle_timeout(idle_timeout.map(seconds).transpose()?)
            .deadline(deadline.map(seconds).transpose()?)
            .max_event_bytes(max_event_bytes);
        for (name, value) in default_headers.into_iter().flatten() {
            config = config.default_header(name, value);
        }
        for (name, value) in default_query.into_iter().flatten() {
            config = config.default_query(name, value);
        }
        if proxy.is_some() {
            config = config.proxy(proxy);
        }
        let template = engine::Engine::new(config).map_err(|error| raise(py, &error))?;
        Ok(Self { template, lanes: PerProcess::new(), shared: PerProcess::new() })
    }

    #[getter]
    fn api_key(&self) -> Option<&str> {
        self.template.config().get_api_key().map(|key| key.expose())
    }

    #[getter]
    fn admin_api_key(&self) -> Option<&str> {
        self.template.config().get_admin_api_key().map(|key| key.expose())
    }

    /// Whether the administrative key signs the operation.
    fn is_admin(&self, operation: &str) -> bool {
        engine::operation(operation).is_some_and(|operation| operation.auth == engine::Auth::Admin)
    }

    #[getter]
    fn base_url(&self) -> &str {
        self.template.config().get_base_url()
    }

    #[getter]
    fn organization(&self) -> Option<&str> {
        self.template.config().get_organization()
    }

    #[getter]
    fn project(&self) -> Option<&str> {
        self.template.config().get_project()
    }

    #[getter]
    fn max_retries(&self) -> u32 {
        self.template.config().get_max_retries()
    }

    /// Verb and address of a call, for errors and responses.
    fn route(&self, operation: &str, path: Vec<Bound<'_, PyAny>>) -> PyResult<(String, String)> {
        let base = self.base_url().trim_end_matches('/');
        if let Some((verb, path)) = operation.split_once(' ') {
            return Ok((verb.into(), format!("{base}/{}", path.trim_start_matches('/'))));
        }
        let operation = known(operation)?;
        let mut url = base.to_owned();
        let mut values = path.iter();
        for segment in operation.path.split('/').skip(1) {
            url.push('/');
            match segment.starts_with('{').then(|| values.next()).flatten() {
                Some(value) => url.push_str(&path_value(value)?),
                None => url.push_str(segment),
            }
        }
        Ok((operation.method.as_str().into(), url))
    }

    /// Closes idle connections. What is under way goes on.
    fn close(&self) {
        self.lanes.get_or_init(Lanes::default).close();
        let shared = lock(self.shared.get_or_init(Mutex::default)).take();
        drop(shared);
    }

    /// Sends and waits for the whole answer, without the GIL. Ctrl-C interrupts.
    #[pyo3(signature = (operation, path=Vec::new(), query=None, body=None, options=None))]
    fn call(
        &self,
        py: Python<'_>,
        operation: &str,
        path: Vec<Bound<'_, PyAny>>,
        query: Option<&Bound<'_, PyAny>>,
        body: Option<&Bound<'_, PyAny>>,
        options: Option<&Bound<'_, PyDict>>,
    ) -> PyResult<Reply> {
        let request = request(operation, path, query, body, options, false)?;
        let lane = self.lane();
        let reply = lane.block_on(py, lane.engine().call(request))?;
        lane.let_go(py, reply.as_ref().ok().and_then(|reply| reply.hedge.as_deref()));
        reply.map(Reply).map_err(|error| raise(py, &error))
    }

    /// Sends and waits for the headers of a streamed answer.
    #[pyo3(signature = (operation, path=Vec::new(), query=None, body=None, options=None))]
    fn stream(
        &self,
        py: Python<'_>,
        operation: &str,
        path: Vec<Bound<'_, PyAny>>,
        query: Option<&Bound<'_, PyAny>>,
        body: Option<&Bound<'_, PyAny>>,
        options: Option<&Bound<'_, PyDict>>,
    ) -> PyResult<BlockingStream> {
        let request = request(operation, path, query, body, options, true)?;
        let lane = self.lane();
        let stream = lane.block_on(py, lane.engine().stream(request))?;
        lane.let_go(py, stream.as_ref().ok().and_then(|stream| stream.hedge()));
        stream
            .map(|stream| BlockingStream::new(lane, Source::Events(stream)))
            .map_err(|error| raise(py, &error))
    }

    /// Sends and waits for the headers of an answer whose content is read as it comes.
    #[pyo3(signature = (operation, path=Vec::new(), query=None, body=None, options=None))]
    fn open(
        &self,
        py: Python<'_>,
        operation: &str,
        path: Vec<Bound<'_, PyAny>>,
        query: Option<&Bound<'_, PyAny>>,
        body: Option<&Bound<'_, PyAny>>,
        options: Option<&Bound<'_, PyDict>>,
    ) -> PyResult<BlockingStream> {
        let request = request(operation, path, query, body, options, false)?;
        let lane = self.lane();
        let content = lane.block_on(py, lane.engine().open(request))?;
        lane.let_go(py, content.as_ref().ok().and_then(|content| content.hedge()));
        content
            .map(|content| BlockingStream::new(lane, Source::Bytes(content)))
            .map_err(|error| raise(py, &error))
    }

    /// Starts a call. `future` gets a `Reply` or an exception object as its result.
    #[pyo3(signature = (hub, future, operation, path=Vec::new(), query=None, body=None, options=None))]
    #[expect(clippy::too_many_arguments, reason = "the arguments of `call` and where its result goes")]
    fn start_call(
        &self,
        hub: &Bound<'_, Hub>,
        future: Py<PyAny>,
        operation: &str,
        path: Vec<Bound<'_, PyAny>>,
        query: Option<&Bound<'_, PyAny>>,
        body: Option<&Bound<'_, PyAny>>,
        options: Option<&Bound<'_, PyDict>>,
    ) -> PyResult<Ticket> {
        let request = request(operation, path, query, body, options, false)?;
        Ok(Hub::start_call(hub, future, self.shared(), request))
    }

    /// Starts a stream. `future` gets an `EventSource` or an exception object as its result.
    #[pyo3(signature = (hub, future, operation, path=Vec::new(), query=None, body=None, options=None))]
    #[expect(clippy::too_many_arguments, reason = "the arguments of `stream` and where its result goes")]
    fn start_stream(
        &self,
        hub: &Bound<'_, Hub>,
        future: Py<PyAny>,
        operation: &str,
        path: Vec<Bound<'_, PyAny>>,
        query: Option<&Bound<'_, PyAny>>,
        body: Option<&Bound<'_, PyAny>>,
        options: Option<&Bound<'_, PyDict>>,
    ) -> PyResult<Ticket> {
        let request = request(operation, path, query, body, options, true)?;
        let engine = self.shared();
        let opening = async move { Ok(Source::Events(engine.stream(request).await?)) };
        Ok(Hub::start_stream(hub, future, opening))
    }

    /// Starts an answer whose content is read as it comes. `future` gets an `EventSource` of bytes or an exception.
    #[pyo3(signature = (hub, future, operation, path=Vec::new(), query=None, body=None, options=None))]
    #[expect(clippy::too_many_arguments, reason = "the arguments of `open` and where its result goes")]
    fn start_open(
        &self,
        hub: &Bound<'_, Hub>,
        future: Py<PyAny>,
        operation: &str,
        path: Vec<Bound<'_, PyAny>>,
        query: Option<&Bound<'_, PyAny>>,
        body: Option<&Bound<'_, PyAny>>,
        options: Option<&Bound<'_, PyDict>>,
    ) -> PyResult<Ticket> {
        let request = request(operation, path, query, body, options, false)?;
        let engine = self.shared();
        let opening = async move { Ok(Source::Bytes(engine.open(request).await?)) };
        Ok(Hub::start_stream(hub, future, opening))
    }
}

impl Engine {
    fn lane(&self) -> crate::sync::Lease {
        self.lanes.get_or_init(Lanes::default).lease(&self.template)
    }

    fn shared(&self) -> engine::Engine {
        let mut shared = lock(self.shared.get_or_init(Mutex::default));
        shared.get_or_insert_with(|| self.template.with_new_pool()).clone()
    }
}

fn request(
    operation: &str,
    path: Vec<Bound<'_, PyAny>>,
    query: Option<&Bound<'_, PyAny>>,
    body: Option<&Bound<'_, PyAny>>,
    options: Option<&Bound<'_, PyDict>>,
    streaming: bool,
) -> PyResult<Request> {
    let mut request = match operation.split_once(' ') {
        Some((verb, path)) => custom(verb, path, streaming)?,
        None => Request::new(known(operation)?),
    };
    for value in path {
        request = request.path_param(path_value(&value)?);
    }
    if let Some(query) = query {
        request = request.query(encode(query)?);
    }
    if let Some(body) = body {
        request.body = match body.cast::<Form>() {
            Ok(form) => form.get().body(),
            Err(_) => match body.extract::<(String, Vec<u8>)>() {
                Ok((content_type, bytes)) => Body::Raw { content_type, bytes: bytes.into() },
                Err(_) => Body::Json(Bytes::from(encode(body)?)),
            },
        };
    }
    if let Some(options) = options {
        request = request.options(call_options(options)?);
    }
    Ok(request)
}

fn known(operation: &str) -> PyResult<&'static engine::Operation> {
    engine::operation(operation)
        .ok_or_else(|| PyValueError::new_err(format!("unknown operation {operation:?}")))
}

/// An endpoint that the operations table does not know: `client.post("/path", …)`.
fn custom(verb: &str, path: &str, streaming: bool) -> PyResult<Request> {
    let method = Method::from_bytes(verb.as_bytes())
        .map_err(|_| PyValueError::new_err(format!("{verb:?} is not an HTTP method")))?;
    let terminal = streaming.then(|| {
        if path.trim_start_matches('/').starts_with("responses") {
            Terminal::ResponseEvent
        } else {
            Terminal::Done
        }
    });
    Ok(Request::custom(method, path, ResultKind::Binary, terminal))
}

fn path_value(value: &Bound<'_, PyAny>) -> PyResult<String> {
    if value.is_none() || is_unset(value) {
        return Err(PyValueError::new_err(format!("expected a value for a part of the path, got {value:?}")));
    }
    Ok(match value.cast::<PyString>() {
        Ok(text) => text.to_str()?.to_owned(),
        Err(_) => value.str()?.to_str()?.to_owned(),
    })
}

fn call_options(options: &Bound<'_, PyDict>) -> PyResult<CallOptions> {
    let mut parsed = CallOptions::default();
    for (name, value) in options {
        match name.cast::<PyString>()?.to_str()? {
            "headers" => parsed.headers = value.extract()?,
            "timeout" => parsed.timeout = Some(seconds(value.extract()?)?),
            "first_token_timeout" => parsed.first_token_timeout = Some(seconds(value.extract()?)?),
            "idle_timeout" => parsed.idle_timeout = Some(seconds(value.extract()?)?),
            "deadline" => parsed.deadline = Some(seconds(value.extract()?)?),
            "max_retries" => parsed.max_retries = Some(value.extract()?),
            "hedge" => parsed.hedge = Some(hedge::hedge(value.extract()?)?),
            "idempotency_key" => parsed.idempotency_key = Some(value.extract()?),
            other => return Err(PyTypeError::new_err(format!("unknown call option {other:?}"))),
        }
    }
    Ok(parsed)
}

pub(crate) fn seconds(limit: f64) -> PyResult<Duration> {
    if limit == f64::INFINITY {
        return Ok(Duration::MAX);
    }
    Duration::try_from_secs_f64(limit).map_err(|_| {
        PyValueError::new_err(format!("a limit must be a number of seconds from 0 up, not {limit}"))
    })
}
