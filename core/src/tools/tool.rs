//! A function that a model may call.

use crate::engine::{Error, ErrorKind};
use crate::strict::strict_schema_value;
use serde::Serialize;
use serde_json::Value;
use std::fmt;
use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;

/// `Send` where there are threads; anything in a browser.
#[cfg(not(target_arch = "wasm32"))]
pub trait Sendable: Send {}
#[cfg(not(target_arch = "wasm32"))]
impl<T: Send> Sendable for T {}
/// `Send` where there are threads; anything in a browser.
#[cfg(target_arch = "wasm32")]
pub trait Sendable {}
#[cfg(target_arch = "wasm32")]
impl<T> Sendable for T {}

/// What the model is told: the result, or why there is none.
type Outcome = Result<String, String>;
#[cfg(not(target_arch = "wasm32"))]
pub(crate) type Work = Pin<Box<dyn Future<Output = Outcome> + Send>>;
#[cfg(target_arch = "wasm32")]
pub(crate) type Work = Pin<Box<dyn Future<Output = Outcome>>>;
#[cfg(not(target_arch = "wasm32"))]
type Handler = Arc<dyn Fn(&str) -> Result<Work, String> + Send + Sync>;
#[cfg(target_arch = "wasm32")]
type Handler = Arc<dyn Fn(&str) -> Result<Work, String>>;

/// A function with what a model has to know of it. Clones share the function.
#[derive(Clone)]
pub struct Tool {
    pub(super) name: String,
    pub(crate) description: String,
    /// In strict form, unless the caller wants it otherwise.
    schema: Result<Value, String>,
    strict: bool,
    handler: Handler,
}

impl Tool {
    /// A tool whose arguments come as JSON.
    ///
    /// `schema` is the JSON schema of the arguments, an object; it is brought into strict form
    /// ([`strict_schema`](crate::strict::strict_schema)). A result that is text goes to the model as it is, any other as JSON; an
    /// error as its text.
    ///
    /// A schema without a strict form, or a name that is not 1 to 64 letters, digits, `_` and `-`, is an error of kind
    /// `invalid_request` of the run, before anything is sent. [`lenient`](Self::lenient) does without strict mode.
    pub fn new<F, W, R, E>(
        name: impl Into<String>,
        description: impl Into<String>,
        schema: Value,
        handler: F,
    ) -> Self
    where
        F: Fn(Value) -> W + Sendable + Sync + 'static,
        W: Future<Output = Result<R, E>> + Sendable + 'static,
        R: Serialize,
        E: fmt::Display,
    {
        let handler: Handler = Arc::new(move |arguments| Ok(work(handler(read(arguments)?))));
        Self::build(name.into(), description.into(), strict(schema), handler)
    }

    /// A tool whose arguments are an `A`, with its schema (feature `structured`). Doc comments of `A`'s fields describe them to
    /// the model. Else as [`new`](Self::new); arguments that are no `A` are answered with what is wrong with them.
    #[cfg(feature = "structured")]
    pub fn typed<A, F, W, R, E>(name: impl Into<String>, description: impl Into<String>, handler: F) -> Self
    where
        A: schemars::JsonSchema + serde::de::DeserializeOwned + 'static,
        F: Fn(A) -> W + Sendable + Sync + 'static,
        W: Future<Output = Result<R, E>> + Sendable + 'static,
        R: Serialize,
        E: fmt::Display,
    {
        let schema = crate::parsing::strict_schema_of::<A>().map_err(|error| error.message().to_owned());
        let handler: Handler = Arc::new(move |arguments| Ok(work(handler(read(arguments)?))));
        Self::build(name.into(), description.into(), schema, handler)
    }

    /// The same tool with this schema, sent as it is and without strict mode: the model may then leave arguments out, and get them wrong.
    pub fn lenient(mut self, schema: Value) -> Self {
        (self.schema, self.strict) = (Ok(schema), false);
        self
    }

    /// The name by which the model calls it.
    pub fn name(&self) -> &str {
        &self.name
    }

    fn build(name: String, description: String, schema: Result<Value, String>, handler: Handler) -> Self {
        Self { name, description, schema, strict: true, handler }
    }

    /// The schema, and whether it is strict.
    pub(crate) fn parameters(&self) -> Result<(Value, bool), Error> {
        let fits = |letter: u8| letter.is_ascii_alphanumeric() || letter == b'_' || letter == b'-';
        let named = (1..=64).contains(&self.name.len()) && self.name.bytes().all(fits);
        let fault =
            |what: &str| Error::new(ErrorKind::InvalidRequest, format!("tool {:?}: {what}", self.name));
        if !named {
            return Err(fault("a name has 1 to 64 letters, digits, `_` and `-`"));
        }
        self.schema.clone().map(|schema| (schema, self.strict)).map_err(|what| fault(&what))
    }

    /// Starts it. Arguments that do not fit are an error for the model.
    pub(crate) fn start(&self, arguments: &str) -> Result<Work, String> {
        match arguments.trim_start().as_bytes().first() {
            // A function without parameters may come with no arguments at all.
            None => (self.handler)("{}"),
            Some(b'{') => (self.handler)(arguments),
            // serde would take a list for the members of a struct.
            Some(_) => Err("the arguments do not fit: they are no JSON object".to_owned()),
        }
    }
}

/// The arguments of a tool, as a struct: `#[derive(ToolArguments)]` (feature `macros`).
#[cfg(feature = "structured")]
pub trait ToolArguments: schemars::JsonSchema + serde::de::DeserializeOwned + 'static {
    /// The name by which the model calls the tool.
    const NAME: &'static str;
    /// What the tool is for.
    const DESCRIPTION: &'static str;

    /// The tool that takes these arguments. See [`Tool::typed`].
    fn tool<F, W, R, E>(handler: F) -> Tool
    where
        F: Fn(Self) -> W + Sendable + Sync + 'static,
        W: Future<Output = Result<R, E>> + Sendable + 'static,
        R: Serialize,
        E: fmt::Display,
    {
        Tool::typed(Self::NAME, Self::DESCRIPTION, handler)
    }
}

impl fmt::Debug for Tool {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut shown = f.debug_struct("Tool");
        shown.field("name", &self.name).field("description", &self.description).field("schema", &self.schema);
        shown.finish_non_exhaustive()
    }
}

fn strict(schema: Value) -> Result<Value, String> {
    strict_schema_value(schema).map_err(|error| error.message().to_owned())
}

fn read<A: serde::de::DeserializeOwned>(arguments: &str) -> Result<A, String> {
    serde_json::from_str(arguments).map_err(|error| format!("the arguments do not fit: {error}"))
}

fn work<R: Serialize, E: fmt::Display>(
    running: impl Future<Output = Result<R, E>> + Sendable + 'static,
) -> Work {
    Box::pin(async move {
        let result = running.await.map_err(|error| error.to_string())?;
        match serde_json::to_value(result) {
            Ok(Value::String(text)) => Ok(text),
            Ok(value) => Ok(value.to_string()),
            Err(error) => Err(format!("the result cannot be told: {error}")),
        }
    })
}
