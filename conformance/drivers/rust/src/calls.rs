//! Each operation as a typed call: parameters become its request type, results go back to JSON through serde.

use std::time::Duration;

use openai_oxide::json::Json;
use openai_oxide::{Call as ApiCall, ErrorKind, OpenAI, OpenAIError, Page, Paged, Stream};
use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::{Map, Value};

use crate::case::{Call, Helper, Options, Outcome, hedge, text};
use crate::{streaming, structured};

pub(crate) type Done = Result<(), OpenAIError>;

pub(crate) async fn perform(client: &OpenAI, call: &Call, outcome: &mut Outcome) -> Done {
    match call.helper {
        Some(Helper::Stream | Helper::Fc | Helper::PartialJson) => {
            return streaming::run(client, call, outcome).await;
        }
        Some(Helper::Parse | Helper::RunTools | Helper::StrictSchema) => {
            return structured::run(client, call, outcome).await;
        }
        None => {}
    }
    let mut params = call.params.clone();
    let path = |params: &mut Map<String, Value>, name: &str| {
        params.shift_remove(name).map_or(String::new(), |id| text(&id))
    };
    let completions = client.chat().completions();
    match (call.operation.as_str(), call.stream) {
        ("chat.completions.create", true) => {
            stream(call, completions.create_stream(request(params, call)?), outcome).await
        }
        ("chat.completions.create", false) => {
            value(call, completions.create(request(params, call)?), outcome).await
        }
        ("chat.completions.retrieve", _) => {
            value(call, completions.retrieve(path(&mut params, "completion_id")), outcome).await
        }
        ("chat.completions.update", _) => {
            let id = path(&mut params, "completion_id");
            value(call, completions.update(id, request(params, call)?), outcome).await
        }
        ("chat.completions.list", _) => {
            list(call, completions.list_with(request(params, call)?), outcome).await
        }
        ("chat.completions.delete", _) => {
            value(call, completions.delete(path(&mut params, "completion_id")), outcome).await
        }
        ("chat.completions.messages.list", _) => {
            let id = path(&mut params, "completion_id");
            list(call, completions.messages().list_with(id, request(params, call)?), outcome).await
        }
        ("responses.create", true) => {
            stream(call, client.responses().create_stream(request(params, call)?), outcome).await
        }
        ("responses.create", false) => {
            value(call, client.responses().create(request(params, call)?), outcome).await
        }
        ("responses.retrieve", true) => {
            let id = path(&mut params, "response_id");
            stream(call, client.responses().retrieve_stream_with(id, request(params, call)?), outcome).await
        }
        ("responses.retrieve", false) => {
            let id = path(&mut params, "response_id");
            value(call, client.responses().retrieve_with(id, request(params, call)?), outcome).await
        }
        ("responses.delete", _) => {
            value(call, client.responses().delete(path(&mut params, "response_id")), outcome).await
        }
        ("responses.cancel", _) => {
            value(call, client.responses().cancel(path(&mut params, "response_id")), outcome).await
        }
        ("responses.compact", _) => {
            value(call, client.responses().compact(request(params, call)?), outcome).await
        }
        ("responses.input_items.list", _) => {
            let id = path(&mut params, "response_id");
            list(call, client.responses().input_items().list_with(id, request(params, call)?), outcome).await
        }
        ("responses.input_tokens.count", _) => {
            value(call, client.responses().input_tokens().count(request(params, call)?), outcome).await
        }
        ("embeddings.create", _) => {
            value(call, client.embeddings().create(request(params, call)?), outcome).await
        }
        ("models.list", _) => whole_list(call, client.models().list(), outcome).await,
        ("models.retrieve", _) => {
            value(call, client.models().retrieve(path(&mut params, "model")), outcome).await
        }
        ("models.delete", _) => {
            value(call, client.models().delete(path(&mut params, "model")), outcome).await
        }
        (unknown, _) => {
            outcome.unsupported = Some(format!("the driver has no call of {unknown}"));
            Ok(())
        }
    }
}

/// The parameters, with what the case adds to the body, as the operation's request type.
pub(crate) fn request<T: DeserializeOwned>(
    mut params: Map<String, Value>,
    call: &Call,
) -> Result<T, OpenAIError> {
    params.extend(call.options.extra_body.clone());
    serde_json::from_value(Value::Object(params)).map_err(|error| unusable(error.to_string()))
}

async fn value<T: Serialize>(call: &Call, ready: ApiCall<T>, outcome: &mut Outcome) -> Done {
    let response = with_options(ready, &call.options).with_response().await?;
    outcome.request_id = response.request_id().map(str::to_owned);
    outcome.result = Some(to_json(&response.value)?);
    Ok(())
}

async fn stream<T: Json + Default + Serialize>(
    call: &Call,
    ready: ApiCall<Stream<T>>,
    outcome: &mut Outcome,
) -> Done {
    let events = outcome.events.insert(Vec::new());
    let mut stream = with_options(ready, &call.options).await?;
    while Some(events.len()) != call.take
        && let Some(event) = stream.recv().await
    {
        events.push(to_json(&event?)?);
    }
    Ok(())
}

/// A list with a number of items to take is followed over its pages; without one, its first page is the result.
async fn list<P>(call: &Call, ready: ApiCall<P>, outcome: &mut Outcome) -> Done
where
    P: Paged + Serialize,
    P::Item: Serialize,
{
    let Some(count) = call.take else { return value(call, ready, outcome).await };
    let found = outcome.events.insert(Vec::new());
    let mut items = with_options(ready, &call.options).items();
    while found.len() != count
        && let Some(item) = items.recv().await
    {
        found.push(to_json(&item?)?);
    }
    Ok(())
}

/// A list that has no further pages.
async fn whole_list<T>(call: &Call, ready: ApiCall<Page<T>>, outcome: &mut Outcome) -> Done
where
    T: Json + Default + Serialize,
{
    let Some(count) = call.take else { return value(call, ready, outcome).await };
    let page = with_options(ready, &call.options).await?;
    outcome.events = Some(page.data.iter().take(count).map(to_json).collect::<Result<_, _>>()?);
    Ok(())
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
