//! The private native addon of the Node package.
