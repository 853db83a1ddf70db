//! Responses with values.

use super::partial::Partial;
use super::schema::Format;
use super::source::Source;
use crate::call::{Answer, Call};
use crate::engine::Error;
use crate::json;
use crate::resources::responses::Responses;
use crate::stream_helpers::ResponseStream;
use crate::types::responses::response::Response;
use crate::types::responses::response_create::ResponseCreateRequest;
use crate::types::responses::response_format_text_config::ResponseFormatTextConfig;
use crate::types::responses::response_format_text_json_schema_config::ResponseFormatTextJSONSchemaConfig;
use crate::types::responses::response_output_item::ResponseOutputItem;
use crate::types::responses::response_output_message::Content;
use crate::types::responses::response_stream_event::ResponseStreamEvent;
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
        let (request, fault) = formatted(request, Format::of::<T>());
        self.create(request).finished(finish::<T>).refused_by(fault)
    }

    /// [`parse`](Self::parse) while the answer streams: what is known of the value so far, and the whole at the end.
    ///
    /// # Errors
    /// As [`parse`](Self::parse); what comes after the first event, the stream itself yields.
    pub fn parse_stream<T: JsonSchema + DeserializeOwned>(
        &self,
        request: ResponseCreateRequest,
    ) -> Call<ParsedResponseStream<T>> {
        let (request, fault) = formatted(request, Format::of::<T>());
        let call = self.stream(request).finished(|answer| {
            let stream = ResponseStream::of(answer)?;
            Ok(ParsedResponseStream { stream, text: Partial::default(), value: PhantomData })
        });
        call.refused_by(fault)
    }
}

/// The request with this format, or why it cannot be sent.
fn formatted(
    mut request: ResponseCreateRequest,
    format: Result<Format, Error>,
) -> (ResponseCreateRequest, Option<Error>) {
    match format {
        Ok(Format { name, schema }) => {
            let format = ResponseFormatTextJSONSchemaConfig::new(name, schema).strict(true);
            request.text.get_or_insert_default().format = Some(ResponseFormatTextConfig::JsonSchema(format));
            (request, None)
        }
        Err(error) => (request, Some(error)),
    }
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
    parsed(response, &reply.headers, Some(&reply.body))
}

fn parsed<T: DeserializeOwned>(
    response: Response,
    headers: &HeaderMap,
    body: Option<&Bytes>,
) -> Result<ParsedResponse<T>, Error> {
    let body = || body.cloned().unwrap_or_else(|| json::encode(&response).into());
    let source = Source { headers, body: &body };
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

/// A response that streams a `T`: its events, as a [`futures_core::Stream`] or with [`recv`](Self::recv), what is known of the value so
/// far, and the whole at the end. Dropping it closes its connection.
#[derive(Debug)]
#[must_use = "a stream reads nothing until it is polled"]
pub struct ParsedResponseStream<T> {
    stream: ResponseStream,
    text: Partial,
    value: PhantomData<fn() -> T>,
}

impl<T: DeserializeOwned> ParsedResponseStream<T> {
    /// The next event; `None` after the last one or after an error.
    pub async fn recv(&mut self) -> Option<Result<ResponseStreamEvent, Error>> {
        std::future::poll_fn(|cx| Pin::new(&mut *self).poll_next(cx)).await
    }

    /// What is known of the value: complete members, and text as far as it came. `None` while nothing is known, and for good once the
    /// text cannot be JSON. Work linear in what came since the last look.
    pub fn partial(&mut self) -> Option<&Value> {
        self.text.value()
    }

    /// What is known of the value, as a `P`: a type of yours like `T` whose members may all be missing, such as one of `Option`s, or with
    /// `#[serde(default)]`. `None` also where what is known is no `P`. Nothing is parsed again, but what is known is copied.
    pub fn partial_as<P: DeserializeOwned>(&mut self) -> Option<P> {
        P::deserialize(self.partial()?).ok()
    }

    /// Reads what is left of the stream; the whole response with its value.
    ///
    /// # Errors
    /// What the stream ended with; else as [`parse`](Responses::parse).
    pub async fn get_final_response(&mut self) -> Result<ParsedResponse<T>, Error> {
        let response = self.stream.get_final_response().await?;
        parsed(response, self.stream.headers(), None)
    }

    /// The stream without values.
    pub fn into_inner(self) -> ResponseStream {
        self.stream
    }
}

impl<T> Stream for ParsedResponseStream<T> {
    type Item = Result<ResponseStreamEvent, Error>;

    fn poll_next(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        let event = ready!(Pin::new(&mut self.stream).poll_next(cx));
        if let Some(Ok(ResponseStreamEvent::OutputTextDelta { delta, .. })) = &event {
            self.text.push(delta);
        }
        Poll::Ready(event)
    }
}
