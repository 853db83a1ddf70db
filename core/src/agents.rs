//! Turns of hosted agents: their events as they come, the functions that the agent calls, and what a turn came to.
//!
//! ```no_run
//! use openai_oxide::tools::Tool;
//! use openai_oxide::types::beta::AgentSessionEvent;
//! use serde_json::{Value, json};
//!
//! # async fn example(client: openai_oxide::OpenAI) -> Result<(), openai_oxide::OpenAIError> {
//! let tide = Tool::new("tide", "The next high tide.", json!({"type": "object", "properties": {}}), |_: Value| async {
//!     Ok::<_, String>("18:42")
//! });
//! let sessions = client.beta().agents().sessions();
//! let mut turn = sessions.stream("session_123", "When is high tide?").tools([tide]).await?;
//! while let Some(event) = turn.recv().await {
//!     if let AgentSessionEvent::AgentSessionTurnOutputTextDelta(text) = event? {
//!         print!("{}", text.delta);
//!     }
//! }
//! let result = turn.get_final_result().await?;
//! println!("{}: {}", result.turn.id, result.output_text());
//! # Ok(())
//! # }
//! ```
//!
//! - [`Sessions::stream`](crate::resources::beta::agents::sessions::Sessions::stream) submits input to an idle session and follows the
//!   turn that it begins; `create_and_stream` makes the session first.
//! - A call of a function that is among the `tools` is answered when the event after it is asked for; nothing is answered of a
//!   stream that nobody reads. Calls are answered one after the other. Calls of other functions are the caller's to answer.
//! - With the feature `structured`, `SessionCreateRequest::output_type` sets the form of the answer, and
//!   [`AgentTurnResult::parse`] reads it.
//! - Files for an environment: `environments().files().prepare(…)`, `prepare_directory(…)` and `upload(…)` (feature `files`). Files that a turn
//!   made: `sessions().artifacts().of_turn(…)`.

mod artifacts;
#[cfg(all(feature = "files", not(target_arch = "wasm32")))]
mod files;
mod handlers;
mod opening;
mod result;
mod stream;

pub use artifacts::TurnArtifacts;
#[cfg(all(feature = "files", not(target_arch = "wasm32")))]
pub use files::{AgentFilesError, PreparedAgentFiles, StagedAgentFile};
pub use handlers::AgentToolError;
pub use opening::{AgentInput, StreamAgentTurn};
pub use result::{AgentTurnError, AgentTurnErrorReason, AgentTurnResult};
pub use stream::AgentSessionStream;
