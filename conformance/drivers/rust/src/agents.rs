//! Helpers of hosted agents: `agent_turn`, one turn with its tools and its result, and `agent_files`.

use std::path::PathBuf;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use openai_oxide::agents::{
    AgentFilesError, AgentTurnError, AgentTurnErrorReason, AgentTurnResult, StreamAgentTurn,
};
use openai_oxide::types::beta::agents::session_create::SessionCreateRequest;
use openai_oxide::types::beta::agents::sessions::turn::Turn;
use openai_oxide::{File, OpenAI, OpenAIError};
use serde_json::{Value, json};

use crate::calls::{Arguments, Done, request, to_json, unusable};
use crate::case::{Call, Helper, Outcome};
use crate::structured::{Shape, shapes, tools};

pub(crate) async fn run(client: &OpenAI, call: &Call, outcome: &mut Outcome) -> Done {
    if matches!(call.helper, Some(Helper::AgentFiles)) {
        return files(client, call, outcome).await;
    }
    match call.format.as_deref() {
        None => turn::<Value>(client, call, outcome).await,
        Some("MathAnswer") => turn::<shapes::MathAnswer>(client, call, outcome).await,
        Some("Person") => turn::<shapes::Person>(client, call, outcome).await,
        Some("Drawing") => turn::<shapes::Drawing>(client, call, outcome).await,
        Some("Tree") => turn::<shapes::Tree>(client, call, outcome).await,
        Some("Mood") => turn::<shapes::Mood>(client, call, outcome).await,
        Some(other) => {
            outcome.unsupported = Some(format!("the driver has no shape {other}"));
            Ok(())
        }
    }
}

async fn turn<T: Shape>(client: &OpenAI, call: &Call, outcome: &mut Outcome) -> Done {
    let mut stream = opening::<T>(client, call)?.tools(tools(&call.tools)).await?;
    let events = outcome.events.insert(Vec::new());
    // What ends the events early is told by the result.
    while let Some(Ok(event)) = stream.recv().await {
        events.push(to_json(&event)?);
        if Some(events.len()) == call.take {
            return Ok(());
        }
    }
    let result = stream.get_final_result().await.map_err(|error| outcome.because(error))?;
    if call.format.is_some() {
        let parsed = result.parse::<T>().inspect_err(|_| outcome.class = Some("AgentOutputParseError"))?;
        outcome.parsed = Some(to_json(&parsed)?);
    }
    let AgentTurnResult { turn, messages, .. } = &result;
    outcome.result = Some(json!({"turn": turn, "messages": messages, "output_text": result.output_text()}));
    Ok(())
}

fn opening<T: Shape>(client: &OpenAI, call: &Call) -> Result<StreamAgentTurn, OpenAIError> {
    let sessions = client.beta().agents().sessions();
    let turn = if call.operation == "beta.agents.sessions.create" {
        let mut created: SessionCreateRequest = request(call.params.clone(), call)?;
        if call.format.is_some() {
            created = created.output_type::<T>()?;
        }
        sessions.create_and_stream(created)
    } else {
        let session = call.params.get("session_id").and_then(Value::as_str).unwrap_or_default();
        match call.params.get("input") {
            Some(Value::String(text)) => sessions.stream(session, text.as_str()),
            Some(messages) => {
                let messages: Vec<_> =
                    serde_json::from_value(messages.clone()).map_err(|error| unusable(error.to_string()))?;
                sessions.stream(session, messages)
            }
            None => return Err(unusable("a turn begins with input".to_owned())),
        }
    };
    Ok(call.options.idempotency_key.iter().fold(turn, |turn, key| turn.idempotency_key(key)))
}

async fn files(client: &OpenAI, call: &Call, outcome: &mut Outcome) -> Done {
    let mut arguments = Arguments::of(call.params.clone(), call)?;
    let files = client.beta().agents().environments().files();
    match call.operation.as_str() {
        "beta.agents.environments.files.prepare" => {
            let Some(Value::Object(places)) = arguments.take("files") else {
                return Err(unusable("`files` is an object".to_owned()));
            };
            let source = |file: &Value| PathBuf::from(file["path"].as_str().unwrap_or_default());
            let pairs: Vec<_> = places.iter().map(|(place, file)| (place.clone(), source(file))).collect();
            let prepared = files.prepare(pairs).await.map_err(|error| outcome.uploads(error))?;
            outcome.result = Some(json!({"files": prepared.files, "uploaded": prepared.uploaded_file_ids}));
        }
        "beta.agents.environments.files.upload" => {
            let file: File = serde_json::from_value(arguments.take("file").unwrap_or_default())
                .map_err(|error| unusable(error.to_string()))?;
            let (environment, path) = (arguments.path("environment_id"), arguments.path("path"));
            let staged =
                files.upload(environment, file, path).await.map_err(|error| outcome.uploads(error))?;
            outcome.result = Some(json!({"uploaded": [staged.uploaded_file_id], "file": staged.file}));
        }
        "beta.agents.sessions.artifacts.for_result" => {
            let turn = json!({"id": arguments.path("turn_id"), "session_id": arguments.path("session_id")});
            let turn: Turn = serde_json::from_value(turn).map_err(|error| unusable(error.to_string()))?;
            let artifacts = client.beta().agents().sessions().artifacts().of_turn(&turn);
            outcome.bytes = Some(STANDARD.encode(artifacts.content(&arguments.path("path")).await?));
        }
        other => outcome.unsupported = Some(format!("the driver has no such helper of {other}")),
    }
    Ok(())
}

impl Outcome {
    fn because(&mut self, error: AgentTurnError) -> OpenAIError {
        self.class = Some("AgentTurnResultError");
        self.reason = Some(match error.reason() {
            AgentTurnErrorReason::Failed => "failed",
            AgentTurnErrorReason::Cancelled => "cancelled",
            AgentTurnErrorReason::RequiresAction => "requires_action",
            _ => "observation",
        });
        error.into()
    }

    fn uploads(&mut self, error: AgentFilesError) -> OpenAIError {
        self.uploaded = Some(error.uploaded_file_ids.clone());
        error.into()
    }
}
