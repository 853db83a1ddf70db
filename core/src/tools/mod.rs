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

#[cfg(feature = "chat")]
mod chat;
#[cfg(any(feature = "chat", feature = "responses"))]
mod jobs;
#[cfg(feature = "responses")]
mod responses;
#[cfg(any(feature = "chat", feature = "responses"))]
mod run;
mod tool;

#[cfg(feature = "chat")]
pub use chat::{ChatToolRun, RunChatTools};
#[cfg(feature = "responses")]
pub use responses::{ResponseToolRun, RunResponseTools};
#[cfg(any(feature = "chat", feature = "responses"))]
pub use run::Step;
#[cfg(feature = "structured")]
pub use tool::ToolArguments;
pub use tool::{Sendable, Tool};

#[cfg(feature = "macros")]
pub use openai_oxide_macros::ToolArguments;
