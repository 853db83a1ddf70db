//! One OpenAI client core for Rust, Python, Node.js and WebAssembly.

pub mod engine;
pub mod generated;
