//! The client: a configuration with its connections, and the options it gives to each call.
//!
//! A client costs microseconds, and clones share its connections. A configuration that cannot work, such as a missing key, is
//! reported by `from_env` at once and by the other constructors with the first call, so that they need no `Result`.

use crate::call::{Call, Draft};
use crate::config::ClientConfig;
use crate::engine::{CallOptions, Engine, Error, Method, Request, ResultKind, operation};
use crate::json::{Json, Raw};
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

    /// A call of the operations table, to be completed by a generated method.
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
