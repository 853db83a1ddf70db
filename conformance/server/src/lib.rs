//! Replay server: plays conformance exchanges byte for byte and judges the wire.
