//! Functions that a model may call, and the conversation in which it calls them.
//!
//! ```no_run
//! use openai_oxide::tools::Tool;
//! use openai_oxide::types::chat::{ChatCompletionMessageParam, ChatCompletionRequest};
//! use serde_json::{Value, json};
//!
//! # #[cfg(feature = "chat")]
//! # async fn example(client: openai_oxide::OpenAI) -> Result<(), openai_oxide::OpenAIError> {
//! let tide = Tool::new(
//!     "tide",
//!     "The next high tide of a harbour.",
//!     json!({"type": "object", "properties": {"harbour": {"type": "string"}}}),
//!     |arguments| async move { Ok::<_, String>(json!({"harbour": arguments["harbour"], "time": "18:42"})) },
//! );
//! let request = ChatCompletionRequest::new("gpt-5.4-mini", [ChatCompletionMessageParam::user("High tide in Brest?")]);
//! let run = client.chat().completions().run_tools(request, [tide]).max_rounds(4).await?;
//! println!("{}", run.completion.choices[0].message.content.as_deref().unwrap_or_default());
//! # Ok(())
//! # }
//! ```
//!
//! With the feature `structured`, `Tool::typed` takes the schema from the type of the arguments. With the feature `macros`,
//! `#[openai_oxide::tool]` makes a tool of a function:
//!
#![cfg_attr(feature = "macros", doc = "```")]
#![cfg_attr(not(feature = "macros"), doc = "```ignore")]
//! /// The next high tide of a harbour.
//! #[openai_oxide::tool]
//! async fn tide(
//!     /// As sailors call it.
//!     harbour: String,
//! ) -> Result<String, std::io::Error> {
//!     Ok(format!("18:42 in {harbour}"))
//! }
//!
//! assert_eq!(tide().name(), "tide");
//! ```
//!
//! A round is one answer of the model. It streams underneath: a tool starts the moment the arguments of its call are complete, while
//! the model still writes; the calls of a round run side by side. Their results are sent in the order of the calls. A round
//! without calls is the last one; after `max_rounds` (10) rounds the run ends too, with the last answer as it is.
//!
//! A tool that fails, arguments that do not fit, and a call of an unknown tool end nothing: the model is told, and may do
//! better. Dropping the run cancels the request and all tools that run.

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
use run_options;

#[cfg(feature = "chat")]
mod chat;
mod jobs;
#[cfg(feature = "responses")]
mod responses;
mod tool;

#[cfg(feature = "chat")]
pub use chat::{ChatToolRun, RunChatTools};
#[cfg(feature = "responses")]
pub use responses::{ResponseToolRun, RunResponseTools};
#[cfg(feature = "structured")]
pub use tool::ToolArguments;
pub use tool::{Sendable, Tool};

#[cfg(feature = "macros")]
pub use openai_oxide_macros::ToolArguments;

use crate::engine::Error;
use crate::stream_helpers::FunctionCall;
use std::future::Future;
use std::pin::Pin;

/// Rounds of a run, unless it is told otherwise.
const ROUNDS: usize = 10;

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
type Run<'c, T> = Pin<Box<dyn Future<Output = Result<T, Error>> + Send + 'c>>;
#[cfg(target_arch = "wasm32")]
type Run<'c, T> = Pin<Box<dyn Future<Output = Result<T, Error>> + 'c>>;

#[cfg(not(target_arch = "wasm32"))]
type OnStep<'c> = Box<dyn FnMut(&Step) + Send + 'c>;
#[cfg(target_arch = "wasm32")]
type OnStep<'c> = Box<dyn FnMut(&Step) + 'c>;
