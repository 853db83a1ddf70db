//! What the Responses types do beyond holding data.

use crate::types::responses::response::Response;
use crate::types::responses::response_input_item::ResponseInputItem;
use crate::types::responses::response_output_item::ResponseOutputItem;
use crate::types::responses::response_output_message::Content;

impl Response {
    /// The text of the answer: all `output_text` parts of its messages, joined.
    pub fn output_text(&self) -> String {
        let messages = self.output.iter().filter_map(|item| match item {
            ResponseOutputItem::Message(message) => Some(&message.content),
            _ => None,
        });
        messages
            .flatten()
            .filter_map(|part| match part {
                Content::OutputText(text) => Some(text.text.as_str()),
                _ => None,
            })
            .collect()
    }
}

/// An item of an answer as input of the next call, for conversations that the server does not keep.
impl From<ResponseOutputItem> for ResponseInputItem {
    fn from(item: ResponseOutputItem) -> Self {
        let text = crate::json::encode(&item);
        crate::json::decode(&text).expect("every JSON value is an input item, known or not")
    }
}
