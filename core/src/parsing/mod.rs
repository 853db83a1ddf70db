//! Answers as values of your own types (feature `structured`).
//!
//! `parse::<T>(request)` sends `T`'s JSON schema, in strict form, as the format of the answer, and reads the answer as a `T`:
//!
//! ```no_run
//! use openai_oxide::types::chat::{ChatCompletionMessageParam, ChatCompletionRequest};
//!
//! #[derive(serde::Deserialize, schemars::JsonSchema)]
//! struct MathAnswer {
//!     steps: Vec<String>,
//!     final_answer: String,
//! }
//!
//! # #[cfg(feature = "chat")]
//! # async fn example(client: openai_oxide::OpenAI) -> Result<(), openai_oxide::OpenAIError> {
//! let request = ChatCompletionRequest::new("gpt-5.4-mini", [ChatCompletionMessageParam::user("8x + 31 = 2")]);
//! let answer = client.chat().completions().parse::<MathAnswer>(request).await?;
//! match (&answer.parsed, answer.refusal()) {
//!     (Some(math), _) => println!("{}", math.final_answer),
//!     (None, Some(refusal)) => println!("refused: {refusal}"),
//!     (None, None) => println!("called tools: {:?}", answer.choices[0].message.tool_calls),
//! }
//! # Ok(())
//! # }
//! ```
//!
//! `parse_stream::<T>(request)` is the same while the answer streams: `partial()` is what can be known of the value so far.
//!
//! An `Option` is a value that may be null; strict mode knows no missing ones. What a schema cannot express (maps, tuples, values of any
//! type) is an error of kind `invalid_request` that names the place, before anything is sent. Doc comments become descriptions,
//! which the model reads.
//!
//! A refusal is no error. An answer that was cut off is: kind `length_finish_reason` or `content_filter_finish_reason`, with what
//! there is of it as JSON in the error's body. So is an answer that is no `T`: kind `response_validation`, naming the place.

#[cfg(feature = "chat")]
mod chat;
#[cfg(any(feature = "chat", feature = "responses"))]
mod partial;
#[cfg(feature = "responses")]
mod responses;
// Without an endpoint there is the schema alone.
#[cfg_attr(not(any(feature = "chat", feature = "responses")), allow(dead_code))]
mod schema;
#[cfg(any(feature = "chat", feature = "responses"))]
mod source;
#[cfg(all(test, any(feature = "chat", feature = "responses")))]
mod tests;

#[cfg(feature = "chat")]
pub use chat::{ParsedChatCompletion, ParsedChatStream};
#[cfg(feature = "responses")]
pub use responses::{ParsedResponse, ParsedResponseStream};
pub use schema::strict_schema_of;
