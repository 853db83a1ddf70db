//! Shorter ways to what lies deeper.

use crate::resources::beta::Beta;
use crate::resources::beta::threads::runs::Runs;

impl<'c> Beta<'c> {
    /// The same as `threads().runs()`.
    pub fn runs(&self) -> Runs<'c> {
        self.threads().runs()
    }

    /// The same as `client.vector_stores()`: they are no longer beta.
    #[cfg(feature = "vector-stores")]
    pub fn vector_stores(&self) -> crate::resources::vector_stores::VectorStores<'c> {
        self.client.vector_stores()
    }
}
