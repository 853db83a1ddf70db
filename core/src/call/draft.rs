//! What a call sends and where it puts it, up to the form of its answer, which makes it a [`Call`].

use super::{Call, Draft, Place, events, set_query, whole};
use crate::client::{Connection, json_bytes};
use crate::engine::{Body, Error, Reply, Request};
use crate::json::{self, Json};
use crate::stream::Stream;
use crate::upload::FormRules;
use bytes::Bytes;
use serde_json::Value;

impl Draft {
    pub(crate) fn new(connection: Connection, request: Request) -> Self {
        Self { connection, request, fault: None, aim: None }
    }

    pub(crate) fn path(mut self, value: impl Into<String>) -> Self {
        self.request = self.request.path_param(value);
        self
    }

    pub(crate) fn query(mut self, arguments: &dyn Json) -> Self {
        self.request = self.request.query(json_bytes(arguments));
        self
    }

    pub(crate) fn query_value(mut self, name: &str, value: impl Into<Value>) -> Self {
        set_query(&mut self.request, name, value.into());
        self
    }

    pub(crate) fn body(mut self, arguments: &dyn Json) -> Self {
        self.request = self.request.json(json_bytes(arguments));
        self
    }

    /// A body of the caller's own type.
    pub(crate) fn json_of(mut self, body: impl serde::Serialize) -> Self {
        match serde_json::to_value(body) {
            Ok(value) => self.request.body = Body::Json(json::encode(&value).into()),
            Err(error) => self.fault = Some(format!("the body cannot be JSON: {error}")),
        }
        self
    }

    /// The fields of `arguments` as a form, with its files.
    pub(crate) fn multipart(self, arguments: &dyn Json) -> Self {
        self.multipart_by(FormRules::default(), arguments)
    }

    /// The fields of `arguments` as a form that follows the call's own rules.
    pub(crate) fn multipart_by(mut self, rules: FormRules, arguments: &dyn Json) -> Self {
        match crate::upload::body(arguments, rules) {
            Ok(body) => self.request.body = body,
            Err(error) => self.fault = Some(error.message().to_owned()),
        }
        self
    }

    /// Sends the fields of `arguments` to several places: those of `others` where it says, and the `rest`.
    pub(crate) fn parted(mut self, arguments: &dyn Json, rest: Place, others: &[(&str, Place)]) -> Self {
        let mut fields: serde_json::Map<String, Value> =
            serde_json::from_slice(&json::encode(arguments)).unwrap_or_default();
        for (name, place) in others {
            let Some(value) = fields.shift_remove(*name) else { continue };
            match place {
                Place::Header(header) => {
                    self.request.options.headers.push(((*header).to_owned(), header_text(value)));
                }
                _ => set_query(&mut self.request, name, value),
            }
        }
        match rest {
            Place::Body => self.request.body = Body::Json(json::encode(&Value::Object(fields)).into()),
            _ => fields.into_iter().for_each(|(name, value)| set_query(&mut self.request, &name, value)),
        }
        self
    }

    /// Completes a call whose result is JSON.
    pub(crate) fn json<T: Json + Default>(self) -> Call<T> {
        Call::new(self, whole, |answer| answer.json())
    }

    /// Completes a call whose result is of the caller's own type; an empty answer is a null.
    pub(crate) fn decoded<T: serde::de::DeserializeOwned>(self) -> Call<T> {
        Call::new(self, whole, |answer| {
            let body = &answer.reply.body;
            let text: &[u8] = if body.is_empty() { b"null" } else { body };
            serde_json::from_slice(text)
                .map_err(|error| Error::response_validation(&answer.reply, error.to_string()))
        })
    }

    /// Completes a call whose answer is JSON, or text where the caller asked for such.
    pub(crate) fn json_or_text<T: Json + Default>(self) -> Call<T> {
        Call::new(self, whole, |answer| {
            let reply = &answer.reply;
            let kind = reply.headers.get(http::header::CONTENT_TYPE);
            let is_json = kind.is_some_and(|kind| kind.as_bytes().windows(4).any(|part| part == b"json"));
            let text = if is_json { reply.body.to_vec() } else { json::encode(&text(reply)?) };
            json::decode(&text).map_err(|message| Error::response_validation(reply, message))
        })
    }

    /// Completes a call whose answer is text.
    pub(crate) fn text(self) -> Call<String> {
        Call::new(self, whole, |answer| text(&answer.reply))
    }

    /// Completes a call whose answer is of any form.
    pub(crate) fn bytes(self) -> Call<Bytes> {
        Call::new(self, whole, |answer| Ok(answer.reply.body.clone()))
    }

    /// Completes a call whose answer says nothing.
    pub(crate) fn nothing(self) -> Call<()> {
        Call::new(self, whole, |_| Ok(()))
    }

    /// Completes a call whose answer is a stream of JSON events.
    pub(crate) fn events<T: Json + Default>(self) -> Call<Stream<T>> {
        Call::new(self, events, |answer| Ok(Stream::new(answer.events())))
    }
}

/// A value as a header says it: lists with commas.
fn header_text(value: Value) -> Option<String> {
    match value {
        Value::Null => None,
        Value::String(text) => Some(text),
        Value::Array(items) => Some(items.into_iter().filter_map(header_text).collect::<Vec<_>>().join(",")),
        other => Some(other.to_string()),
    }
}

fn text(reply: &Reply) -> Result<String, Error> {
    String::from_utf8(reply.body.to_vec())
        .map_err(|_| Error::response_validation(reply, "the answer is not text in UTF-8".to_owned()))
}
