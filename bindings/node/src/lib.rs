//! The Node addon: hands operations and JSON text to the core's engine, and hands replies back in batches.
//!
//! It decides nothing that another language decides too; names, classes and promises are the TypeScript package's. Three
//! promises hold here. JavaScript never waits for a lock that is held across I/O. Every call ends in exactly one outcome,
//! a panic included. No tokio thread ever enters JavaScript: it queues its outcome, and the first one queued signals the
//! environment's event loop once, which then takes everything that is ready ([`queue`]).

// What napi registers when the addon is loaded is not registered in tests.
#![cfg_attr(test, allow(dead_code))]

mod bridge;
mod client;
mod failure;
mod feed;
mod form;
mod queue;
mod runtime;
mod strict;
