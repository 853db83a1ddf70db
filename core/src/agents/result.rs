//! What a turn came to: collected from its events, as far as they came.

use super::handlers::Handlers;
use crate::engine::{Error, ErrorKind};
use crate::types::beta::agent_output_item::AgentOutputItem;
use crate::types::beta::agent_output_item_status::AgentOutputItemStatus;
use crate::types::beta::agent_session::RequiredAction;
use crate::types::beta::agent_session_assistant_message::{
    AgentSessionAssistantMessage, AgentSessionAssistantMessagePhase,
};
use crate::types::beta::agent_session_event::AgentSessionEvent as Event;
use crate::types::beta::agents::sessions::turn::{Turn, TurnStatus};
use serde::de::DeserializeOwned;
use std::fmt;

/// A completed turn, with the final messages of the agent.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct AgentTurnResult {
    /// The turn.
    pub turn: Turn,
    /// The final messages, in their order; comments on the way are left out.
    pub messages: Vec<AgentSessionAssistantMessage>,
}

impl AgentTurnResult {
    /// The text of the final messages, joined.
    pub fn output_text(&self) -> String {
        self.texts().collect()
    }

    /// The answer as a `T`: the first text of the final messages, each of which has to be a `T`.
    ///
    /// # Errors
    /// Kind `response_validation`: there is no text, or it is no `T`.
    pub fn parse<T: DeserializeOwned>(&self) -> Result<T, Error> {
        let invalid = |message| Error::new(ErrorKind::ResponseValidation, message);
        let values: Result<Vec<T>, _> = self.texts().map(serde_json::from_str).collect();
        let values = values.map_err(|error| {
            invalid(format!("the output of the turn is no {}: {error}", std::any::type_name::<T>()))
        })?;
        values.into_iter().next().ok_or_else(|| invalid("the turn has no output".to_owned()))
    }

    fn texts(&self) -> impl Iterator<Item = &str> {
        self.messages.iter().flat_map(|message| &message.content).map(|part| part.text.as_str())
    }
}

/// Why there is no result.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum AgentTurnErrorReason {
    /// The turn or its session failed.
    Failed,
    /// The turn was cancelled.
    Cancelled,
    /// The agent waits for something that none of the tools does: an approval, a connection, another function.
    RequiresAction,
    /// The events ended or broke off before the turn was over; how it goes on is not known.
    Unobserved,
}

/// There is no result of a turn; what there is of it is kept. It becomes an [`Error`] where one is wanted: its cause, else one of kind `stream`, or
/// `incomplete_stream` for a turn that was not seen to its end.
pub struct AgentTurnError(Box<Parts>);

struct Parts {
    reason: AgentTurnErrorReason,
    turn: Option<Turn>,
    session_id: Option<String>,
    messages: Vec<AgentSessionAssistantMessage>,
    required_actions: Vec<RequiredAction>,
    cause: Option<Error>,
}

impl AgentTurnError {
    /// Why there is no result.
    pub fn reason(&self) -> AgentTurnErrorReason {
        self.0.reason
    }

    /// The turn as it was last seen.
    pub fn turn(&self) -> Option<&Turn> {
        self.0.turn.as_ref()
    }

    /// The session, where it is known.
    pub fn session_id(&self) -> Option<&str> {
        self.0.session_id.as_deref()
    }

    /// The final messages that had come.
    pub fn messages(&self) -> &[AgentSessionAssistantMessage] {
        &self.0.messages
    }

    /// What the agent waits for.
    pub fn required_actions(&self) -> &[RequiredAction] {
        &self.0.required_actions
    }
}

impl fmt::Display for AgentTurnError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self.0.reason {
            AgentTurnErrorReason::Failed => "the turn of the agent failed",
            AgentTurnErrorReason::Cancelled => "the turn of the agent was cancelled",
            AgentTurnErrorReason::RequiresAction => "the agent waits for something that no tool does",
            AgentTurnErrorReason::Unobserved => "the turn of the agent was not seen to its end",
        })?;
        let cause = self.0.cause.as_ref();
        cause.map_or(Ok(()), |cause| write!(f, ": {cause}"))
    }
}

impl fmt::Debug for AgentTurnError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Parts { reason, turn, session_id, messages, required_actions, cause } = &*self.0;
        f.debug_struct("AgentTurnError")
            .field("reason", reason)
            .field("turn", turn)
            .field("session_id", session_id)
            .field("messages", messages)
            .field("required_actions", required_actions)
            .field("cause", cause)
            .finish()
    }
}

impl std::error::Error for AgentTurnError {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        self.0.cause.as_ref().map(|cause| cause as _)
    }
}

impl From<AgentTurnError> for Error {
    fn from(mut error: AgentTurnError) -> Self {
        if let Some(cause) = error.0.cause.take() {
            return cause;
        }
        let kind = match error.0.reason {
            AgentTurnErrorReason::Unobserved => ErrorKind::IncompleteStream,
            _ => ErrorKind::Stream,
        };
        Error::new(kind, error.to_string()).with_source(Box::new(error))
    }
}

/// What the events told so far.
#[derive(Default)]
pub(super) struct Collector {
    session_id: Option<String>,
    turn: Option<Turn>,
    /// The turn is over and the session rests; what comes after it is of no concern.
    pub(super) over: bool,
    session_failed: bool,
    required_actions: Vec<RequiredAction>,
    /// By place in the output.
    messages: Vec<(i64, AgentSessionAssistantMessage)>,
}

impl Collector {
    pub(super) fn new(session_id: Option<String>) -> Self {
        Self { session_id, ..Self::default() }
    }

    pub(super) fn accept(&mut self, event: &Event) {
        if self.over {
            return;
        }
        match event {
            Event::AgentSessionCreated(created) => self.session_id = Some(created.session.id.clone()),
            // Turns of subagents are parts of this one.
            Event::AgentSessionTurnCreated(created)
                if self.turn.is_none() && created.turn.subagent_id.is_none() =>
            {
                self.turn = Some(created.turn.clone());
                self.session_id = Some(created.session_id.clone());
            }
            Event::AgentSessionTurnCompleted(ended) => self.end(&ended.turn_id, &ended.turn),
            Event::AgentSessionTurnFailed(ended) => self.end(&ended.turn_id, &ended.turn),
            Event::AgentSessionTurnCancelled(ended) => self.end(&ended.turn_id, &ended.turn),
            Event::AgentSessionTurnItemDone(done) => {
                if let AgentOutputItem::Message(message) = &done.item {
                    self.keep(done.output_index, message);
                }
            }
            Event::AgentSessionInProgress(_) => self.required_actions.clear(),
            Event::AgentSessionRequiresAction(waiting) => {
                self.session_id = Some(waiting.session.id.clone());
                self.required_actions.clone_from(&waiting.session.required_actions);
            }
            Event::AgentSessionFailed(failed) => {
                self.session_id = Some(failed.session.id.clone());
                (self.session_failed, self.over) = (true, true);
            }
            Event::AgentSessionBudgetReached(reached) => {
                let own = self.session_id.as_ref().is_none_or(|id| *id == reached.session.id);
                if own && self.turn.is_none() {
                    self.session_id = Some(reached.session.id.clone());
                    self.over = true;
                } else if own {
                    self.rest();
                }
            }
            Event::AgentSessionIdle(_) => self.rest(),
            _ => {}
        }
    }

    fn end(&mut self, turn_id: &str, turn: &Turn) {
        if self.turn.as_ref().is_some_and(|own| own.id == turn_id) {
            self.turn = Some(turn.clone());
            self.required_actions.clear();
        }
    }

    fn keep(&mut self, index: i64, message: &AgentSessionAssistantMessage) {
        let own = self.turn.as_ref().is_some_and(|turn| turn.id == message.turn_id);
        let is_final = message.phase != Some(AgentSessionAssistantMessagePhase::Commentary);
        if own && is_final && message.status == AgentOutputItemStatus::Completed {
            self.messages.retain(|(_, held)| held.id != message.id);
            self.messages.push((index, message.clone()));
        }
    }

    fn rest(&mut self) {
        let status = self.turn.as_ref().map(|turn| &turn.status);
        if matches!(status, Some(TurnStatus::Completed | TurnStatus::Failed | TurnStatus::Cancelled)) {
            self.required_actions.clear();
            self.over = true;
        }
    }

    /// Why there will be no result, if that is certain by now.
    pub(super) fn failure(&self, handlers: &Handlers) -> Option<AgentTurnErrorReason> {
        let status = self.turn.as_ref().map(|turn| &turn.status);
        let is_handled = |action: &RequiredAction| matches!(action, RequiredAction::FunctionCall(call) if handlers.has(&call.name));
        if self.session_failed || matches!(status, Some(TurnStatus::Failed)) {
            Some(AgentTurnErrorReason::Failed)
        } else if matches!(status, Some(TurnStatus::Cancelled)) {
            Some(AgentTurnErrorReason::Cancelled)
        } else if !self.required_actions.iter().all(is_handled) {
            Some(AgentTurnErrorReason::RequiresAction)
        } else {
            None
        }
    }

    /// The error for this reason, with what is known.
    pub(super) fn error(&self, reason: AgentTurnErrorReason, cause: Option<Error>) -> AgentTurnError {
        AgentTurnError(Box::new(Parts {
            reason,
            turn: self.turn.clone(),
            session_id: self.session_id.clone(),
            messages: self.messages(),
            required_actions: self.required_actions.clone(),
            cause,
        }))
    }

    /// The result of a turn that was seen to its end.
    pub(super) fn result(&self) -> Option<AgentTurnResult> {
        let turn = self.turn.clone().filter(|turn| self.over && turn.status == TurnStatus::Completed)?;
        Some(AgentTurnResult { turn, messages: self.messages() })
    }

    fn messages(&self) -> Vec<AgentSessionAssistantMessage> {
        let mut messages: Vec<_> = self.messages.iter().collect();
        messages.sort_by_key(|(index, _)| *index);
        messages.into_iter().map(|(_, message)| message.clone()).collect()
    }
}
