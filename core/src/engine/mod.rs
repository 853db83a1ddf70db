//! The engine: HTTP, retries, time limits and server-sent events, and no knowledge of any endpoint.
//!
//! A caller names an operation and hands over bytes; the engine answers with bytes or with a stream of events. Bindings use
//! only this module.

mod config;
mod error;
mod operation;
mod request;
mod secret;
mod stream;
mod url;

pub use config::ClientConfig;
pub use error::{Error, ErrorKind, Phase};
pub use operation::{Operation, ResultKind, Terminal, operation};
pub use request::{Body, CallOptions, Reply, Request};
pub use secret::Secret;
pub use stream::{Event, EventStream};

use std::sync::Arc;

/// A handle on one configuration and one connection pool. Clones share both; making one costs microseconds.
#[derive(Clone, Debug)]
pub struct Engine(Arc<ClientConfig>);

impl Engine {
    pub fn new(config: ClientConfig) -> Result<Self, Error> {
        Ok(Self(Arc::new(config)))
    }

    pub fn config(&self) -> &ClientConfig {
        &self.0
    }

    /// The same configuration over a connection pool of its own: for a forked child, or for another runtime.
    pub fn with_new_pool(&self) -> Self {
        self.clone()
    }

    /// Sends a request and collects the whole answer.
    pub async fn call(&self, _request: Request) -> Result<Reply, Error> {
        Err(Error::new(ErrorKind::Connection, "the engine is not built yet"))
    }

    /// Sends a request and returns its event stream as soon as the headers of a successful answer are in.
    pub async fn stream(&self, _request: Request) -> Result<EventStream, Error> {
        Err(Error::new(ErrorKind::Connection, "the engine is not built yet"))
    }
}
