//! The Rust driver of the conformance suite.
fn main() {}
