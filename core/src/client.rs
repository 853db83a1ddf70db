//! The client: a configuration with its connections, and the options it gives to each call.
//!
//! A client costs microseconds, and clones share its connections. A configuration that cannot work, such as a missing key, is
//! reported by `from_env` at once and by the other constructors with the first call, so that they need no `Result`.

use crate::call::{Call, Draft};
use crate::config::ClientConfig;
use crate::engine::{CallOptions, Engine, Error, Method, Request, ResultKind, Terminal, operation};
use crate::json::{Json, Raw};
use crate::stream::Stream;
use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::Value;

/// A client of the API. Resources hang off it: `client.responses()`, `client.chat().completions()`.
#[derive(Clone, Debug)]
pub struct OpenAI {
    connection: Connection,
    options: CallOptions,
}

/// A working engine, or the configuration that it refused, to be refused again by every call.
#[derive(Clone, Debug)]
pub(crate) enum Connection {
    Ready(Engine),
    Refused(Box<ClientConfig>),
}

impl Connection {
    pub(crate) fn engine(self) -> Result<Engine, Error> {
        match self {
            Self::Ready(engine) => Ok(engine),
            Self::Refused(config) => Engine::new(*config),
        }
    }
}

impl OpenAI {
    /// A client as the environment says: `OPENAI_API_KEY`, `OPENAI_BASE_URL`, `OPENAI_ORG_ID`, `OPENAI_PROJECT_ID`.
    ///
    /// # Errors
    /// Kind `config`: there is no key, or a value that cannot be used.
    pub fn from_env() -> Result<Self, Error> {
        let engine = Engine::new(ClientConfig::from_env())?;
        Ok(Self { connection: Connection::Ready(engine), options: CallOptions::default() })
    }

    /// A client with this key and the defaults for everything else. The environment is not read.
    pub fn new(api_key: impl Into<String>) -> Self {
        Self::with_config(ClientConfig::new(api_key))
    }

    /// A client with this configuration.
    pub fn with_config(config: ClientConfig) -> Self {
        let connection = match Engine::new(config.clone()) {
            Ok(engine) => Connection::Ready(engine),
            Err(_) => Connection::Refused(Box::new(config)),
        };
        Self { connection, options: CallOptions::default() }
    }

    /// The same client with these options for every call; a call's own options go over them.
    pub fn with_options(&self, options: CallOptions) -> Self {
        Self { connection: self.connection.clone(), options }
    }

    /// Any call at all, also of an endpoint that this version does not know: `path` is below the base URL and already escaped.
    ///
    /// # Errors
    /// A failing status, no answer in time, or an answer that is not JSON.
    pub fn request(&self, method: Method, path: impl Into<String>, body: Option<Value>) -> Call<Value> {
        let mut request = Request::custom(method, path, ResultKind::Json, None);
        if let Some(body) = body {
            request = request.json(Raw::from(body).get().to_owned());
        }
        self.draft(request).json()
    }

    /// `GET` of a path, as [`request`](Self::request) takes it; the answer as `T`, such as `serde_json::Value` or a type of yours.
    ///
    /// # Errors
    /// A failing status, no answer in time, or an answer that is no `T`.
    pub fn get<T: DeserializeOwned>(&self, path: impl Into<String>) -> Call<T> {
        self.draft(Request::custom(Method::GET, path, ResultKind::Json, None)).decoded()
    }

    /// `POST` of a JSON body; otherwise as [`get`](Self::get).
    ///
    /// # Errors
    /// As `get`; kind `invalid_request` for a body that JSON cannot say.
    pub fn post<T: DeserializeOwned>(&self, path: impl Into<String>, body: impl Serialize) -> Call<T> {
        self.sending(Method::POST, path, body)
    }

    /// `PUT` of a JSON body; otherwise as [`get`](Self::get).
    ///
    /// # Errors
    /// As `get`; kind `invalid_request` for a body that JSON cannot say.
    pub fn put<T: DeserializeOwned>(&self, path: impl Into<String>, body: impl Serialize) -> Call<T> {
        self.sending(Method::PUT, path, body)
    }

    /// `PATCH` of a JSON body; otherwise as [`get`](Self::get).
    ///
    /// # Errors
    /// As `get`; kind `invalid_request` for a body that JSON cannot say.
    pub fn patch<T: DeserializeOwned>(&self, path: impl Into<String>, body: impl Serialize) -> Call<T> {
        self.sending(Method::PATCH, path, body)
    }

    /// `DELETE` of a path; otherwise as [`get`](Self::get). An answer of status 204 is a null, so `()` reads it.
    ///
    /// # Errors
    /// As `get`.
    pub fn delete<T: DeserializeOwned>(&self, path: impl Into<String>) -> Call<T> {
        self.draft(Request::custom(Method::DELETE, path, ResultKind::Json, None)).decoded()
    }

    /// `POST` of a JSON body whose answer is a stream of events, up to `data: [DONE]`; the body says that it should be.
    ///
    /// # Errors
    /// As `post`; after the first event the stream itself yields errors.
    pub fn post_stream<T: Json + Default>(
        &self,
        path: impl Into<String>,
        body: impl Serialize,
    ) -> Call<Stream<T>> {
        let request = Request::custom(Method::POST, path, ResultKind::Json, Some(Terminal::Done));
        self.draft(request).json_of(body).events()
    }

    fn sending<T: DeserializeOwned>(
        &self,
        method: Method,
        path: impl Into<String>,
        body: impl Serialize,
    ) -> Call<T> {
        self.draft(Request::custom(method, path, ResultKind::Json, None)).json_of(body).decoded()
    }

    /// A call of the operations table, to be completed by a generated method.
    #[allow(dead_code)] // without endpoints there are only the caller's own paths
    pub(crate) fn operation(&self, id: &str) -> Draft {
        let operation = operation(id).expect("resources and operations come from one spec");
        self.draft(Request::new(operation))
    }

    fn draft(&self, request: Request) -> Draft {
        Draft::new(self.connection.clone(), request.options(self.options.clone()))
    }
}

/// JSON text of an argument, as the engine takes it.
pub(crate) fn json_bytes(value: &dyn Json) -> bytes::Bytes {
    crate::json::encode(value).into()
}
