//! The functions of the caller that an agent calls: which call is whose, and how its result is submitted.

use crate::call::Work;
use crate::client::OpenAI;
use crate::engine::{Error, ErrorKind, Hedge, rt};
use crate::tools::{Sendable, Tool};
use crate::types::beta::agent_function_call_item::AgentFunctionCallItem;
use crate::types::beta::agent_session_event::AgentSessionEvent as Event;
use crate::types::beta::agent_session_input::{
    AgentSessionInput, SessionInputParamAgentSessionInputToolResult,
};
use crate::types::beta::agent_session_item::AgentSessionItem;
use crate::types::beta::agent_tool::{AgentTool, AgentToolConfigParamFunction};
use crate::types::beta::agents::sessions::event_create::EventCreateRequest;
use serde_json::Value;
use std::collections::HashSet;
use std::sync::Arc;
use std::time::Duration;

/// All that the agent is told of a failure.
const FAILED: &str = "Tool handler failed.";
/// The event of a call can come before the server waits for its result; a result that came too early is sent again after so long.
const TOO_EARLY: [Duration; 3] =
    [Duration::from_millis(100), Duration::from_millis(300), Duration::from_millis(600)];

impl Tool {
    /// What an agent is told of the tool: one of the `tools` of an agent or of a session's own agent.
    ///
    /// # Errors
    /// Kind `invalid_request`: it has no strict schema or no proper name.
    pub fn for_agent(&self) -> Result<AgentTool, Error> {
        let (parameters, _) = self.parameters()?;
        let declared = AgentToolConfigParamFunction::new(self.description.as_str(), self.name(), parameters);
        Ok(AgentTool::ConfigParamFunction(declared))
    }
}

/// A call that a function could not answer.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct AgentToolError {
    /// The function.
    pub name: String,
    /// The session whose agent called it.
    pub session_id: String,
    /// The turn of the call.
    pub turn_id: String,
    /// The call.
    pub call_id: String,
    /// What the function said, or what is wrong with the arguments.
    pub message: String,
}

#[cfg(not(target_arch = "wasm32"))]
type OnError = Arc<dyn Fn(&AgentToolError) + Send + Sync>;
#[cfg(target_arch = "wasm32")]
type OnError = Arc<dyn Fn(&AgentToolError)>;

#[derive(Default)]
pub(super) struct Handlers {
    pub(super) tools: Vec<Tool>,
    on_error: Option<OnError>,
    /// Turn and id of each call that was taken: events can come twice.
    taken: HashSet<(String, String)>,
}

/// A call that has a function.
pub(super) struct Called {
    session_id: String,
    call: AgentFunctionCallItem,
    tool: Tool,
}

impl Handlers {
    pub(super) fn set_on_error(&mut self, told: impl Fn(&AgentToolError) + Sendable + Sync + 'static) {
        self.on_error = Some(Arc::new(told));
    }

    pub(super) fn has(&self, name: &str) -> bool {
        self.tools.iter().any(|tool| tool.name() == name)
    }

    /// The call that an event announces, if it is one that a function answers and that was not taken before.
    pub(super) fn take(&mut self, event: &Event) -> Option<Called> {
        let Event::AgentSessionTurnItemAdded(added) = event else { return None };
        let AgentSessionItem::FunctionCall(call) = &added.item else { return None };
        let tool = self.tools.iter().find(|tool| tool.name() == call.name)?.clone();
        let new = self.taken.insert((call.turn_id.clone(), call.call_id.clone()));
        new.then(|| Called { session_id: added.session_id.clone(), call: call.clone(), tool })
    }

    /// Answers a call.
    pub(super) fn answer(&self, client: OpenAI, called: Called) -> Work<()> {
        let on_error = self.on_error.clone();
        Box::pin(async move {
            let Called { session_id, call, tool } = called;
            let arguments = match &call.arguments {
                Value::String(text) => text.clone(),
                value => value.to_string(),
            };
            let outcome = match tool.start(&arguments) {
                Ok(work) => work.await,
                Err(misfit) => Err(misfit),
            };
            let AgentFunctionCallItem { call_id, name, turn_id, .. } = call;
            let result =
                SessionInputParamAgentSessionInputToolResult::new(&call_id, outcome.is_ok(), &turn_id);
            let result = match outcome {
                Ok(output) => result.output(output),
                Err(message) => {
                    let error = AgentToolError {
                        name,
                        session_id: session_id.clone(),
                        turn_id,
                        call_id: call_id.clone(),
                        message,
                    };
                    on_error.inspect(|told| told(&error));
                    result.error(FAILED)
                }
            };
            submit(&client, &session_id, &call_id, result).await
        })
    }
}

async fn submit(
    client: &OpenAI,
    session_id: &str,
    call_id: &str,
    result: SessionInputParamAgentSessionInputToolResult,
) -> Result<(), Error> {
    let request = EventCreateRequest::new([AgentSessionInput::AgentSessionInputToolResult(result)]);
    let key = format!("oxide-{:016x}{:016x}", rt::random(), rt::random());
    let mut pauses = TOO_EARLY.into_iter();
    loop {
        let call = client.beta().agents().sessions().events().create(session_id, request.clone());
        let error = match call.idempotency_key(&key).hedge(Hedge::off()).await {
            Ok(()) => return Ok(()),
            Err(error) => error,
        };
        let too_early = error.kind() == ErrorKind::BadRequest
            && error.code() == Some("invalid_request_error")
            && error.message() == format!("Unknown pending tool call: {call_id}");
        let Some(pause) = pauses.next().filter(|_| too_early) else { return Err(error) };
        if let Some(moment) = rt::now().checked_add(pause) {
            rt::Timer::at(moment).await;
        }
    }
}
