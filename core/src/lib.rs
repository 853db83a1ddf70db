//! One OpenAI client core for Rust, Python, Node.js and WebAssembly.
//!
//! [`OpenAI`] is the client; its resources are named as in the official clients, and each endpoint is a cargo feature (`chat`,
//! `responses`, `files` and so on; all on by default). [`types`] holds what is sent and what comes back, [`config`] how the
//! client behaves. A method gives a [`Call`], whose options are set by methods of its own and which is sent when it is awaited.
//!
#![cfg_attr(feature = "chat", doc = "```no_run")]
#![cfg_attr(not(feature = "chat"), doc = "```ignore")]
//! use openai_oxide::{ChatMessage, OpenAI, types::chat::ChatCompletionRequest};
//! use std::time::Duration;
//!
//! # async fn example() -> Result<(), openai_oxide::OpenAIError> {
//! let client = OpenAI::from_env()?;
//! let request = ChatCompletionRequest::new("gpt-5.4-mini", [ChatMessage::user("Say hello.")]).temperature(0.5);
//! let completion = client.chat().completions().create(request).timeout(Duration::from_secs(30)).await?;
//! println!("{}", completion.choices[0].message.content.as_deref().unwrap_or_default());
//! # Ok(())
//! # }
//! ```
//!
//! | for | see |
//! | --- | --- |
//! | streams that add up, function calls before the answer ends | `stream_helpers` |
//! | answers as your own types | `parsing` (feature `structured`) |
//! | functions that a model calls | `tools`, and the attribute `tool` (feature `macros`) |
//! | turns of hosted agents | `agents` |
//! | lists of several pages | [`Paged`], `call.items()` |
//! | files to upload | [`File`] |
//! | waiting for the server's work | `Polling`, the `…_and_poll` methods |
//! | a late call sent again beside itself | [`Hedge`], the `hedged_request` methods |
//!
//! Bindings use [`engine`] alone, without any endpoint feature.

#![deny(missing_docs)]

#[allow(missing_docs)]
pub mod engine;
#[allow(missing_docs)]
pub mod generated;
pub mod partial;
pub mod strict;

#[cfg(feature = "beta")]
pub mod agents;
#[cfg(feature = "beta")]
mod beta;
// Fewer endpoints do not use every form of a call.
#[cfg(feature = "_typed")]
#[cfg_attr(
    not(all(feature = "audio", feature = "chat", feature = "conversations", feature = "responses")),
    allow(dead_code)
)]
mod call;
#[cfg(feature = "_typed")]
mod client;
#[cfg(feature = "_typed")]
pub mod json;
#[cfg(feature = "_typed")]
mod page;
#[cfg(all(feature = "structured", any(feature = "beta", feature = "chat", feature = "responses")))]
pub mod parsing;
#[cfg(any(
    feature = "beta",
    feature = "files",
    feature = "responses",
    feature = "vector-stores",
    feature = "videos"
))]
mod polling;
#[cfg(feature = "_typed")]
mod stream;
#[cfg(any(feature = "beta", feature = "chat", feature = "responses"))]
pub mod stream_helpers;
#[cfg(any(feature = "beta", feature = "chat", feature = "responses"))]
pub mod tools;
#[cfg(feature = "_typed")]
mod upload;

#[cfg(feature = "chat")]
mod chat;
#[cfg(any(feature = "chat", feature = "responses"))]
mod hedged;
#[cfg(feature = "responses")]
mod responses;
mod waiting;

#[cfg(feature = "_typed")]
pub use generated::{resources, types};

// Derives of it can name it: `#[schemars(crate = "openai_oxide::schemars")]`.
#[cfg(feature = "structured")]
pub use schemars;

#[cfg(all(feature = "macros", any(feature = "beta", feature = "chat", feature = "responses")))]
pub use openai_oxide_macros::tool;

/// What the macros' code names.
#[cfg(feature = "macros")]
#[doc(hidden)]
pub mod __macros {
    pub use serde;
}

pub use engine::{CallOptions, Error as OpenAIError, ErrorKind};

#[cfg(feature = "_typed")]
pub use {
    call::{ApiResponse, Call, WithResponse},
    client::OpenAI,
    engine::{ByteStream, Hedge, HedgeReport, Loser, Lost},
    generated::pages::*,
    page::{Items, Paged, Pages},
    stream::Stream,
    upload::{File, Files},
};

#[cfg(any(
    feature = "beta",
    feature = "files",
    feature = "responses",
    feature = "vector-stores",
    feature = "videos"
))]
pub use polling::Polling;

/// A message of a chat: `ChatMessage::user("Hello")`.
#[cfg(feature = "chat")]
pub type ChatMessage = types::chat::ChatCompletionMessageParam;

/// How a client behaves: key, address, time limits, retries.
pub mod config {
    pub use crate::engine::ClientConfig;
}

// The program on the front page compiles.
#[cfg(all(doctest, feature = "responses"))]
#[doc = include_str!("../../README.md")]
struct Readme;
