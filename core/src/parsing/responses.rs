//! Responses with values.

use super::Source;
use super::schema::Format;
use crate::call::{Answer, Call};
use crate::engine::Error;
use crate::resources::responses::Responses;
use crate::types::responses::response::Response;
use crate::types::responses::response_create::ResponseCreateRequest;
use crate::types::responses::response_format_text_config::ResponseFormatTextConfig;
use crate::types::responses::response_format_text_json_schema_config::ResponseFormatTextJSONSchemaConfig;
use crate::types::responses::response_output_item::ResponseOutputItem;
use crate::types::responses::response_output_message::Content;
use schemars::JsonSchema;
use serde::de::DeserializeOwned;
use std::ops::Deref;

impl Responses<'_> {
    /// Creates a response whose text is a `T`. `POST /responses`. See [`parsing`](crate::parsing).
    ///
    /// The request's `text.format` is replaced.
    ///
    /// # Errors
    /// Kind `invalid_request`: `T` has no strict schema. `length_finish_reason`, `content_filter_finish_reason`: the answer was cut off.
    /// `response_validation`: the text is no `T`. Else as [`create`](Self::create).
    pub fn parse<T: JsonSchema + DeserializeOwned>(
        &self,
        request: ResponseCreateRequest,
    ) -> Call<ParsedResponse<T>> {
        self.create_formatted(request, Format::of::<T>()).finished(finish::<T>)
    }

    fn create_formatted(
        &self,
        mut request: ResponseCreateRequest,
        format: Result<Format, Error>,
    ) -> Call<Response> {
        match format {
            Ok(format) => {
                set_format(&mut request, format);
                self.create(request)
            }
            Err(error) => self.create(request).refused(error.message()),
        }
    }
}

fn set_format(request: &mut ResponseCreateRequest, Format { name, schema }: Format) {
    let format = ResponseFormatTextJSONSchemaConfig::new(name, schema).strict(true);
    request.text.get_or_insert_default().format = Some(ResponseFormatTextConfig::JsonSchema(format));
}

/// A response with the value that its text says. It is also the [`Response`] itself.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct ParsedResponse<T> {
    /// The response.
    pub response: Response,
    /// The value. `None`: the model refused, or called tools instead.
    pub parsed: Option<T>,
}

impl<T> ParsedResponse<T> {
    /// Why the model gave no value, if it refused.
    pub fn refusal(&self) -> Option<&str> {
        contents(&self.response).find_map(|content| match content {
            Content::Refusal(part) => Some(part.refusal.as_str()),
            _ => None,
        })
    }
}

impl<T> Deref for ParsedResponse<T> {
    type Target = Response;

    fn deref(&self) -> &Response {
        &self.response
    }
}

fn finish<T: DeserializeOwned>(answer: &mut Answer) -> Result<ParsedResponse<T>, Error> {
    let response: Response = answer.json()?;
    let reply = answer.reply();
    parsed(response, Source { headers: &reply.headers, body: &reply.body })
}

pub(super) fn parsed<T: DeserializeOwned>(
    response: Response,
    source: Source<'_>,
) -> Result<ParsedResponse<T>, Error> {
    check_whole(&response, source)?;
    let text = contents(&response).find_map(|content| match content {
        Content::OutputText(part) => Some(part.text.as_str()),
        _ => None,
    });
    let parsed = text.map(|text| source.value(text, "the text of the response")).transpose()?;
    Ok(ParsedResponse { response, parsed })
}

fn check_whole(response: &Response, source: Source<'_>) -> Result<(), Error> {
    let details = response.incomplete_details.as_ref();
    details
        .and_then(|details| details.reason.as_ref())
        .map_or(Ok(()), |reason| source.cut_off(reason.as_str()))
}

fn contents(response: &Response) -> impl Iterator<Item = &Content> {
    let messages = response.output.iter().filter_map(|item| match item {
        ResponseOutputItem::Message(message) => Some(&message.content),
        _ => None,
    });
    messages.flatten()
}
