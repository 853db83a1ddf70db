//! Each operation as a typed call: parameters become its request type, results go back to JSON through serde.

use std::future::Future;
use std::pin::Pin;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use bytes::Bytes;
use openai_oxide::json::Json;
use openai_oxide::{Call as ApiCall, ErrorKind, OpenAI, OpenAIError, Page, Paged, Stream};
use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::{Map, Value};

use crate::case::{Call, Helper, Options, Outcome, hedge, text};
use crate::{agents, generated, streaming, structured};

pub(crate) type Done = Result<(), OpenAIError>;

/// A call under way.
pub(crate) type Work<'a> = Pin<Box<dyn Future<Output = Done> + Send + 'a>>;

pub(crate) async fn perform(client: &OpenAI, call: &Call, outcome: &mut Outcome) -> Done {
    match call.helper {
        Some(Helper::Stream | Helper::Fc | Helper::PartialJson) => {
            return streaming::run(client, call, outcome).await;
        }
        Some(Helper::Parse | Helper::RunTools | Helper::StrictSchema) => {
            return structured::run(client, call, outcome).await;
        }
        Some(Helper::AgentTurn | Helper::AgentFiles) => return agents::run(client, call, outcome).await,
        None => {}
    }
    match generated::begin(client, call, Arguments::of(call.params.clone(), call)?, outcome)? {
        Some(work) => work.await,
        None => Err(unusable(format!("the crate has no call of {}", call.operation))),
    }
}

/// What a case passes to a call: what stands in the path is taken first, the rest is the request.
pub(crate) struct Arguments(Map<String, Value>);

impl Arguments {
    pub(crate) fn of(mut params: Map<String, Value>, call: &Call) -> Result<Self, OpenAIError> {
        params.extend(call.options.extra_body.clone());
        for value in params.values_mut() {
            with_files(value).map_err(|error| unusable(error.to_string()))?;
        }
        Ok(Self(params))
    }

    pub(crate) fn path(&mut self, name: &str) -> String {
        self.take(name).map_or(String::new(), |id| text(&id))
    }

    pub(crate) fn take(&mut self, name: &str) -> Option<Value> {
        self.0.shift_remove(name)
    }

    pub(crate) fn request<T: DeserializeOwned>(self) -> Result<T, OpenAIError> {
        serde_json::from_value(Value::Object(self.0)).map_err(|error| unusable(error.to_string()))
    }
}

/// The parameters, with what the case adds to the body, as a helper's request type.
pub(crate) fn request<T: DeserializeOwned>(
    params: Map<String, Value>,
    call: &Call,
) -> Result<T, OpenAIError> {
    Arguments::of(params, call)?.request()
}

/// The files that were put on the disk.
static FILES: AtomicUsize = AtomicUsize::new(0);

/// Each `{$file: …}` as the crate reads files from JSON; one given by its path is put on the disk first.
fn with_files(value: &mut Value) -> std::io::Result<()> {
    match value {
        Value::Array(items) => items.iter_mut().try_for_each(with_files),
        Value::Object(members) => {
            let Some(Value::Object(mut file)) = members.shift_remove("$file") else {
                return members.values_mut().try_for_each(with_files);
            };
            let name = file.shift_remove("name");
            if file.shift_remove("as").is_some() {
                let name = name.as_ref().and_then(Value::as_str).unwrap_or("file");
                // Cases run side by side and call their files the same.
                let place =
                    format!("conformance-{}-{}", std::process::id(), FILES.fetch_add(1, Ordering::Relaxed));
                let path = std::env::temp_dir().join(place).join(name);
                std::fs::create_dir_all(path.parent().unwrap_or(&path))?;
                let content = file.shift_remove("text").map_or(String::new(), |content| text(&content));
                std::fs::write(&path, content)?;
                file.insert("path".to_owned(), path.to_string_lossy().into());
            } else if let Some(name) = name {
                file.insert("filename".to_owned(), name);
            }
            *members = file;
            Ok(())
        }
        _ => Ok(()),
    }
}

pub(crate) fn value<'a, T: Serialize + Send + 'a>(
    call: &'a Call,
    ready: ApiCall<T>,
    outcome: &'a mut Outcome,
) -> Work<'a> {
    Box::pin(async {
        let response = with_options(ready, &call.options).with_response().await?;
        outcome.request_id = response.request_id().map(str::to_owned);
        outcome.result = Some(to_json(&response.value)?);
        Ok(())
    })
}

/// An answer that says nothing.
pub(crate) fn empty<'a>(call: &'a Call, ready: ApiCall<()>, outcome: &'a mut Outcome) -> Work<'a> {
    value(call, ready, outcome)
}

pub(crate) fn bytes<'a>(call: &'a Call, ready: ApiCall<Bytes>, outcome: &'a mut Outcome) -> Work<'a> {
    Box::pin(async {
        outcome.bytes = Some(STANDARD.encode(with_options(ready, &call.options).await?));
        Ok(())
    })
}

pub(crate) fn stream<'a, T: Json + Default + Serialize + Send + 'a>(
    call: &'a Call,
    ready: ApiCall<Stream<T>>,
    outcome: &'a mut Outcome,
) -> Work<'a> {
    Box::pin(async {
        let events = outcome.events.insert(Vec::new());
        let mut stream = with_options(ready, &call.options).await?;
        while Some(events.len()) != call.take
            && let Some(event) = stream.recv().await
        {
            events.push(to_json(&event?)?);
        }
        Ok(())
    })
}

/// A list with a number of items to take is followed over its pages; without one, its first page is the result.
pub(crate) fn list<'a, P>(call: &'a Call, ready: ApiCall<P>, outcome: &'a mut Outcome) -> Work<'a>
where
    P: Paged + Serialize + Send + 'a,
    P::Item: Serialize + Send,
{
    let Some(count) = call.take else { return value(call, ready, outcome) };
    Box::pin(async move {
        let found = outcome.events.insert(Vec::new());
        let mut items = with_options(ready, &call.options).items();
        while found.len() != count
            && let Some(item) = items.recv().await
        {
            found.push(to_json(&item?)?);
        }
        Ok(())
    })
}

/// A list that has no further pages.
pub(crate) fn whole_list<'a, T>(call: &'a Call, ready: ApiCall<Page<T>>, outcome: &'a mut Outcome) -> Work<'a>
where
    T: Json + Default + Serialize + Send + 'a,
{
    let Some(count) = call.take else { return value(call, ready, outcome) };
    Box::pin(async move {
        let page = with_options(ready, &call.options).await?;
        outcome.events = Some(page.data.iter().take(count).map(to_json).collect::<Result<_, _>>()?);
        Ok(())
    })
}

pub(crate) fn with_options<T>(mut call: ApiCall<T>, options: &Options) -> ApiCall<T> {
    if let Some(limit) = options.timeout {
        call = call.timeout(Duration::from_secs_f64(limit));
    }
    if let Some(limit) = options.first_token_timeout {
        call = call.first_token_timeout(Duration::from_secs_f64(limit));
    }
    if let Some(limit) = options.idle_timeout {
        call = call.idle_timeout(Duration::from_secs_f64(limit));
    }
    if let Some(limit) = options.deadline {
        call = call.deadline(Duration::from_secs_f64(limit));
    }
    if let Some(retries) = options.max_retries {
        call = call.max_retries(retries);
    }
    if let Some(told) = &options.hedge {
        call = call.hedge(hedge(told));
    }
    if let Some(key) = &options.idempotency_key {
        call = call.idempotency_key(key);
    }
    for (name, value) in &options.extra_headers {
        call = if value.is_null() { call.without_header(name) } else { call.header(name, text(value)) };
    }
    for (name, value) in &options.extra_query {
        call = call.query(name, value.clone());
    }
    call
}

pub(crate) fn to_json(value: &impl Serialize) -> Result<Value, OpenAIError> {
    serde_json::to_value(value).map_err(|error| unusable(error.to_string()))
}

pub(crate) fn unusable(message: String) -> OpenAIError {
    OpenAIError::new(ErrorKind::InvalidRequest, message)
}
