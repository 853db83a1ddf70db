//! The engine: HTTP, retries, time limits and server-sent events, and no knowledge of any endpoint.
//!
//! A caller names an operation and hands over bytes; the engine answers with bytes or with a stream of events. Bindings use
//! only this module.
//!
//! - The way of a call: (`hedge` →) `call` → `attempts` → `url`, `headers` → `transport` → `Reply`, or `stream` ← `events` ← `sse`, or `byte_stream`.
//! - Decisions in one place each: `retry` (again or not), `limits` (how long), `events` (what an event means), `error`.
//! - Dropping a future or a stream cancels it on the wire. Redirects are never followed: a key belongs to one origin.
//! - Native targets need a tokio runtime with I/O and time around every await.

mod attempts;
mod byte_stream;
mod call;
mod config;
mod error;
mod events;
#[cfg(not(target_arch = "wasm32"))]
mod feed;
#[cfg(fuzzing)]
pub mod fuzzing;
mod headers;
mod hedge;
mod hedge_state;
mod limits;
mod multipart;
mod operation;
mod request;
mod retry;
pub(crate) mod rt;
mod secret;
mod sse;
mod stream;
mod transport;
mod url;

pub use byte_stream::ByteStream;
pub use config::ClientConfig;
pub use error::{Error, ErrorKind, Phase};
#[cfg(not(target_arch = "wasm32"))]
pub use feed::{Feed, FeedSource};
pub use hedge::{Hedge, HedgeReport, Loser, Lost};
pub use http::Method;
pub use multipart::{Part, PartData, multipart_fields};
pub use operation::{Auth, Operation, ResultKind, Terminal, operation};
pub use request::{Body, CallOptions, Reply, Request};
pub use secret::Secret;
pub use stream::{Event, EventStream};

use std::sync::Arc;

/// A handle on one configuration and one connection pool. Clones share both; making one costs microseconds.
#[derive(Clone)]
pub struct Engine(Arc<Shared>);

struct Shared {
    config: ClientConfig,
    base: url::BaseUrl,
    headers: headers::Headers,
    transport: transport::Transport,
    hedging: Arc<hedge_state::Hedging>,
}

impl Engine {
    /// Checks the configuration. Nothing is opened; TLS settings are read with the first `https` connection of the process.
    pub fn new(config: ClientConfig) -> Result<Self, Error> {
        Self::with_hedging(config, Arc::default())
    }

    fn with_hedging(config: ClientConfig, hedging: Arc<hedge_state::Hedging>) -> Result<Self, Error> {
        if let Some(what) = config.hedge.as_ref().and_then(|hedge| hedge.check().err()) {
            return Err(Error::new(ErrorKind::Config, what));
        }
        Ok(Self(Arc::new(Shared {
            base: url::BaseUrl::new(&config)?,
            headers: headers::Headers::new(&config)?,
            transport: transport::Transport::new(&config)?,
            hedging,
            config,
        })))
    }

    pub fn config(&self) -> &ClientConfig {
        &self.0.config
    }

    /// The same configuration over a connection pool of its own: for a forked child, or for another runtime. What is known for
    /// hedging, and its budget, are shared.
    pub fn with_new_pool(&self) -> Self {
        let hedging = Arc::clone(&self.0.hedging);
        Self::with_hedging(self.config().clone(), hedging)
            .expect("the same configuration was accepted before")
    }
}

impl std::fmt::Debug for Engine {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_tuple("Engine").field(self.config()).finish()
    }
}
