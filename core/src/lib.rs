//! One OpenAI client core for Rust, Python, Node.js and WebAssembly.
