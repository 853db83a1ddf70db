//! What runs over chat completions and over responses have in common.

use crate::engine::Error;
use crate::stream_helpers::FunctionCall;
use std::future::Future;
use std::pin::Pin;

/// What can be set on a run of either kind.
macro_rules! run_options {
    ($run:ident<$life:lifetime>) => {
        impl<$life> $run<$life> {
            /// How many answers of the model there are at most, at least 1; 10 unless told otherwise.
            pub fn max_rounds(mut self, rounds: usize) -> Self {
                self.max_rounds = rounds;
                self
            }

            /// Is told each step of a round when the round has ended: the answer first, then the tools in the order of the calls.
            pub fn on_step(
                mut self,
                told: impl FnMut(&$crate::tools::Step) + $crate::tools::Sendable + $life,
            ) -> Self {
                self.on_step = Some(Box::new(told));
                self
            }
        }

        impl std::fmt::Debug for $run<'_> {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                let mut shown = f.debug_struct(stringify!($run));
                shown
                    .field("request", &self.request)
                    .field("tools", &self.tools)
                    .field("max_rounds", &self.max_rounds);
                shown.finish_non_exhaustive()
            }
        }
    };
}
pub(super) use run_options;

/// Rounds of a run, unless it is told otherwise.
pub(super) const ROUNDS: usize = 10;

/// One step of a run.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Step {
    /// The model answered.
    Assistant {
        /// What it said, if anything.
        content: Option<String>,
        /// What it called, in its order.
        calls: Vec<FunctionCall>,
    },
    /// A tool answered the model.
    Tool {
        /// The function that was called.
        name: String,
        /// The call that this answers.
        call_id: String,
        /// What the model was told.
        output: String,
        /// Whether the tool failed, or could not be called.
        failed: bool,
    },
}

/// A run that goes on: boxed, so that a user's crate compiles none of it.
#[cfg(not(target_arch = "wasm32"))]
pub(super) type Run<'c, T> = Pin<Box<dyn Future<Output = Result<T, Error>> + Send + 'c>>;
#[cfg(target_arch = "wasm32")]
pub(super) type Run<'c, T> = Pin<Box<dyn Future<Output = Result<T, Error>> + 'c>>;

#[cfg(not(target_arch = "wasm32"))]
pub(super) type OnStep<'c> = Box<dyn FnMut(&Step) + Send + 'c>;
#[cfg(target_arch = "wasm32")]
pub(super) type OnStep<'c> = Box<dyn FnMut(&Step) + 'c>;
