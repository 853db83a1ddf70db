//! The engine against a server of raw sockets: what goes over the wire, byte for byte and second for second.

mod calls;
mod downloads;
mod hedging;
mod operations;
mod refused;
mod reopening;
mod secure;
mod streams;
mod support;
mod uploads;
