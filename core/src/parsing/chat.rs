//! Chat completions with values.

use super::Source;
use super::schema::Format;
use crate::call::{Answer, Call};
use crate::engine::Error;
use crate::resources::chat::completions::Completions;
use crate::types::chat::chat_completion::{ChatCompletion, Choice};
use crate::types::chat::completion_create::{ChatCompletionRequest, ResponseFormat};
use crate::types::shared::response_format_json_schema::JsonSchema as NamedSchema;
use schemars::JsonSchema;
use serde::de::DeserializeOwned;
use std::ops::Deref;

impl Completions<'_> {
    /// Creates a chat completion whose text is a `T`. `POST /chat/completions`. See [`parsing`](crate::parsing).
    ///
    /// The request's `response_format` is replaced.
    ///
    /// # Errors
    /// Kind `invalid_request`: `T` has no strict schema. `length_finish_reason`, `content_filter_finish_reason`: an answer was cut off.
    /// `response_validation`: a text is no `T`. Else as [`create`](Self::create).
    pub fn parse<T: JsonSchema + DeserializeOwned>(
        &self,
        request: ChatCompletionRequest,
    ) -> Call<ParsedChatCompletion<T>> {
        self.create_formatted(request, Format::of::<T>()).finished(finish::<T>)
    }

    fn create_formatted(
        &self,
        mut request: ChatCompletionRequest,
        format: Result<Format, Error>,
    ) -> Call<ChatCompletion> {
        match format {
            Ok(format) => {
                request.response_format = Some(response_format(format));
                self.create(request)
            }
            Err(error) => self.create(request).refused(error.message()),
        }
    }
}

fn response_format(Format { name, schema }: Format) -> ResponseFormat {
    ResponseFormat::JsonSchema {
        json_schema: NamedSchema { name, description: None, schema: Some(schema), strict: Some(true) },
    }
}

/// A chat completion with the values that its choices say. It is also the [`ChatCompletion`] itself.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct ParsedChatCompletion<T> {
    /// The completion.
    pub completion: ChatCompletion,
    /// The value of the first choice. `None`: the model refused, or called tools instead.
    pub parsed: Option<T>,
    /// The values of the further choices, where more than one was asked for.
    pub others: Vec<Option<T>>,
}

impl<T> ParsedChatCompletion<T> {
    /// The values of all choices.
    pub fn values(&self) -> impl Iterator<Item = Option<&T>> {
        std::iter::once(self.parsed.as_ref()).chain(self.others.iter().map(Option::as_ref))
    }

    /// Why the model gave no value, if it refused (in its first choice).
    pub fn refusal(&self) -> Option<&str> {
        self.completion.choices.first()?.message.refusal.as_deref()
    }
}

impl<T> Deref for ParsedChatCompletion<T> {
    type Target = ChatCompletion;

    fn deref(&self) -> &ChatCompletion {
        &self.completion
    }
}

fn finish<T: DeserializeOwned>(answer: &mut Answer) -> Result<ParsedChatCompletion<T>, Error> {
    let completion: ChatCompletion = answer.json()?;
    let reply = answer.reply();
    parsed(completion, Source { headers: &reply.headers, body: &reply.body })
}

pub(super) fn parsed<T: DeserializeOwned>(
    completion: ChatCompletion,
    source: Source<'_>,
) -> Result<ParsedChatCompletion<T>, Error> {
    check_whole(&completion, source)?;
    let mut values = completion.choices.iter().enumerate().map(|(index, choice)| {
        let value = text(choice).map(|text| source.value(text, &format!("choices[{index}].message.content")));
        value.transpose()
    });
    let parsed = values.next().transpose()?.flatten();
    let others = values.collect::<Result<_, _>>()?;
    Ok(ParsedChatCompletion { completion, parsed, others })
}

fn check_whole(completion: &ChatCompletion, source: Source<'_>) -> Result<(), Error> {
    completion.choices.iter().try_for_each(|choice| source.cut_off(choice.finish_reason.as_str()))
}

/// What is to be read as a value: the text, unless the model refused or called tools without saying anything.
fn text(choice: &Choice) -> Option<&str> {
    let message = &choice.message;
    let text = message.content.as_deref().filter(|_| message.refusal.is_none())?;
    (!text.is_empty() || message.tool_calls.is_none()).then_some(text)
}
