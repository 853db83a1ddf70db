//! The server over real sockets. One program, because linking one is faster than linking three.

mod judge;
mod modes;
mod play;
mod support;
#[cfg(feature = "tls")]
mod tls;
