//! What the Responses types do beyond holding data.

use crate::types::responses::response::Response;
use crate::types::responses::response_create::ResponseCreateRequest;
use crate::types::responses::response_format_text_config::ResponseFormatTextConfig;
use crate::types::responses::response_format_text_json_schema_config::ResponseFormatTextJSONSchemaConfig;
use crate::types::responses::response_input_item::ResponseInputItem;
use crate::types::responses::response_output_item::ResponseOutputItem;
use crate::types::responses::response_output_message::Content;
use serde_json::Value;

impl ResponseCreateRequest {
    /// Sets `text.format`: a format, or a JSON schema, which the answer then follows strictly. What else `text` says stays.
    /// With the feature `structured`, `parse` takes the schema from a type.
    pub fn text_format(mut self, format: impl Into<ResponseFormatTextConfig>) -> Self {
        self.text.get_or_insert_default().format = Some(format.into());
        self
    }
}

/// A JSON schema as a strict format, under the name `response`.
impl From<Value> for ResponseFormatTextConfig {
    fn from(schema: Value) -> Self {
        Self::JsonSchema(ResponseFormatTextJSONSchemaConfig::new("response", schema).strict(true))
    }
}

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

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn a_schema_becomes_a_strict_format_and_leaves_the_rest_of_text() {
        let text = json!({"verbosity": "low", "format": {"type": "text"}});
        let request: ResponseCreateRequest =
            serde_json::from_value(json!({"model": "m", "text": text})).unwrap();
        let sent = serde_json::to_value(request.text_format(json!({"type": "object"}))).unwrap();
        let format =
            json!({"type": "json_schema", "name": "response", "schema": {"type": "object"}, "strict": true});
        assert_eq!(sent["text"], json!({"verbosity": "low", "format": format}));
    }
}
