//! Chat completions with values.

use super::partial::Partial;
use super::schema::Format;
use super::source::Source;
use crate::call::{Answer, Call};
use crate::engine::Error;
use crate::json;
use crate::resources::chat::completions::Completions;
use crate::stream_helpers::{ChatCompletionStream, ChatStreamEvent};
use crate::types::chat::chat_completion::{ChatCompletion, Choice};
use crate::types::chat::completion_create::{ChatCompletionRequest, ResponseFormat};
use crate::types::shared::response_format_json_schema::JsonSchema as NamedSchema;
use bytes::Bytes;
use futures_core::Stream;
use http::HeaderMap;
use schemars::JsonSchema;
use serde::de::DeserializeOwned;
use serde_json::Value;
use std::marker::PhantomData;
use std::ops::Deref;
use std::pin::Pin;
use std::task::{Context, Poll, ready};

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
        let (request, fault) = formatted(request, Format::of::<T>());
        self.create(request).finished(finish::<T>).refused_by(fault)
    }

    /// [`parse`](Self::parse) while the answer streams: what is known of the value so far, and the whole at the end.
    ///
    /// ```no_run
    /// # #[derive(serde::Deserialize, schemars::JsonSchema)]
    /// # struct MathAnswer { final_answer: String }
    /// # async fn example(client: openai_oxide::OpenAI, request: openai_oxide::types::chat::ChatCompletionRequest) -> Result<(), openai_oxide::OpenAIError> {
    /// let mut stream = client.chat().completions().parse_stream::<MathAnswer>(request).await?;
    /// while let Some(event) = stream.recv().await {
    ///     event?;
    ///     if let Some(value) = stream.partial() {
    ///         println!("{}", value["final_answer"]); // null, "", "x", "x =", …
    ///     }
    /// }
    /// let answer = stream.get_final_completion().await?;
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    /// As [`parse`](Self::parse); what comes after the first event, the stream itself yields.
    pub fn parse_stream<T: JsonSchema + DeserializeOwned>(
        &self,
        request: ChatCompletionRequest,
    ) -> Call<ParsedChatStream<T>> {
        let (request, fault) = formatted(request, Format::of::<T>());
        let call = self.stream(request).aimed(|aim| aim.strict = true).finished(|answer| {
            let stream = ChatCompletionStream::of(answer);
            Ok(ParsedChatStream { stream, text: Partial::default(), value: PhantomData })
        });
        call.refused_by(fault)
    }
}

/// The request with this format, or why it cannot be sent.
fn formatted(
    mut request: ChatCompletionRequest,
    format: Result<Format, Error>,
) -> (ChatCompletionRequest, Option<Error>) {
    match format {
        Ok(format) => {
            request.response_format = Some(response_format(format));
            (request, None)
        }
        Err(error) => (request, Some(error)),
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
    parsed(completion, &reply.headers, Some(&reply.body))
}

fn parsed<T: DeserializeOwned>(
    completion: ChatCompletion,
    headers: &HeaderMap,
    body: Option<&Bytes>,
) -> Result<ParsedChatCompletion<T>, Error> {
    let body = || body.cloned().unwrap_or_else(|| json::encode(&completion).into());
    let source = Source { headers, body: &body };
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

/// A chat completion that streams a `T`: its events, as a [`futures_core::Stream`] or with [`recv`](Self::recv), what is known of the
/// value so far, and the whole at the end. Dropping it closes its connection.
#[derive(Debug)]
#[must_use = "a stream reads nothing until it is polled"]
pub struct ParsedChatStream<T> {
    stream: ChatCompletionStream,
    text: Partial,
    value: PhantomData<fn() -> T>,
}

impl<T: DeserializeOwned> ParsedChatStream<T> {
    /// The next event; `None` after the last one or after an error.
    pub async fn recv(&mut self) -> Option<Result<ChatStreamEvent, Error>> {
        std::future::poll_fn(|cx| Pin::new(&mut *self).poll_next(cx)).await
    }

    /// What is known of the first choice's value: complete members, and text as far as it came. `None` while nothing is known,
    /// and for good once the text cannot be JSON. Work linear in what came since the last look.
    pub fn partial(&mut self) -> Option<&Value> {
        self.text.value()
    }

    /// What is known of the first choice's value, as a `P`: a type of yours like `T` whose members may all be missing, such as one of `Option`s, or with
    /// `#[serde(default)]`. `None` also where what is known is no `P`. Nothing is parsed again, but what is known is copied.
    pub fn partial_as<P: DeserializeOwned>(&mut self) -> Option<P> {
        P::deserialize(self.partial()?).ok()
    }

    /// Reads what is left of the stream; the whole completion with its values.
    ///
    /// # Errors
    /// What the stream ended with; else as [`parse`](Completions::parse).
    pub async fn get_final_completion(&mut self) -> Result<ParsedChatCompletion<T>, Error> {
        let completion = self.stream.get_final_completion().await?;
        parsed(completion, self.stream.headers(), None)
    }

    /// The stream without values.
    pub fn into_inner(self) -> ChatCompletionStream {
        self.stream
    }
}

impl<T> Stream for ParsedChatStream<T> {
    type Item = Result<ChatStreamEvent, Error>;

    fn poll_next(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        let event = ready!(Pin::new(&mut self.stream).poll_next(cx));
        if let Some(Ok(ChatStreamEvent::Chunk(chunk))) = &event {
            let pieces = chunk.choices.iter().filter(|choice| choice.index == 0);
            pieces
                .filter_map(|choice| choice.delta.content.as_deref())
                .for_each(|piece| self.text.push(piece));
        }
        Poll::Ready(event)
    }
}
