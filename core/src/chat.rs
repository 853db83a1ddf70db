//! What the chat types do beyond holding data.

use crate::types::chat::chat_completion_assistant_message::AssistantContent;
use crate::types::chat::chat_completion_content_part_text::TextContent;
use crate::types::chat::chat_completion_message::{ChatCompletionMessage, ChatCompletionMessageParam};
use crate::types::chat::chat_completion_user_message::UserContent;

impl ChatCompletionMessageParam {
    /// Instructions of the application.
    pub fn system(content: impl Into<TextContent>) -> Self {
        Self::System { content: content.into(), name: None }
    }

    /// Instructions of the application, to models that know developers.
    pub fn developer(content: impl Into<TextContent>) -> Self {
        Self::Developer { content: content.into(), name: None }
    }

    /// What the user says.
    pub fn user(content: impl Into<UserContent>) -> Self {
        Self::User { content: content.into(), name: None }
    }

    /// What the model said.
    pub fn assistant(content: impl Into<AssistantContent>) -> Self {
        Self::Assistant { content: Some(content.into()), name: None, tool_calls: None, refusal: None }
    }

    /// The result of a tool call.
    pub fn tool(tool_call_id: impl Into<String>, content: impl Into<TextContent>) -> Self {
        Self::Tool { content: content.into(), tool_call_id: tool_call_id.into() }
    }
}

/// An answer as a message of the next call; nothing of it is lost.
impl From<ChatCompletionMessage> for ChatCompletionMessageParam {
    fn from(message: ChatCompletionMessage) -> Self {
        let text = crate::json::encode(&message);
        crate::json::decode(&text).expect("every JSON value is a message, known or not")
    }
}
