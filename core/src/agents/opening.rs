//! How the stream of a turn is opened: on a session that waits, or with a new one.

use super::handlers::{AgentToolError, Handlers};
use super::stream::AgentSessionStream;
use crate::call::Work;
use crate::client::OpenAI;
use crate::engine::{Error, ErrorKind, Hedge};
use crate::json;
use crate::resources::beta::agents::sessions::Sessions;
use crate::tools::{Sendable, Tool};
use crate::types::beta::agent_session::AgentSessionStatus;
use crate::types::beta::agent_session_input::{AgentSessionInput, SessionInputParamAgentSessionInputMessage};
use crate::types::beta::agent_session_input_message::AgentSessionInputMessage;
use crate::types::beta::agents::session_create::SessionCreateRequest;
use crate::types::beta::agents::sessions::event_create::EventCreateRequest;
use serde_json::json;
use std::fmt;
use std::future::IntoFuture;

impl Sessions<'_> {
    /// Submits input to an idle session and follows the turn that it begins, up to the event that says that the session rests
    /// again. See [`agents`](crate::agents).
    ///
    /// Only one may submit input to the session meanwhile, for nothing tells whose turn it is that begins. Dropping the stream does not
    /// stop the turn.
    pub fn stream(&self, session_id: impl Into<String>, input: impl Into<AgentInput>) -> StreamAgentTurn {
        StreamAgentTurn::new(self.client, Start::Input(session_id.into(), input.into()))
    }

    /// Creates a session with its first `input` and follows its events until the server closes them: `POST /agents/sessions`. See
    /// [`agents`](crate::agents).
    pub fn create_and_stream(&self, request: SessionCreateRequest) -> StreamAgentTurn {
        StreamAgentTurn::new(self.client, Start::Session(Box::new(request)))
    }
}

#[cfg(feature = "structured")]
impl SessionCreateRequest {
    /// Has the agent answer with a `T`, by its strict JSON schema; [`AgentTurnResult::parse`](super::AgentTurnResult::parse) reads it.
    ///
    /// # Errors
    /// Kind `invalid_request`: `T` has no strict schema, or `agent.text.format` is set already.
    pub fn output_type<T: schemars::JsonSchema>(mut self) -> Result<Self, Error> {
        use crate::types::beta::text_format::{TextFormat, TextFormatParamJSONSchema};

        let schema = crate::parsing::strict_schema_of::<T>()?;
        let text = self.agent.get_or_insert_default().text.get_or_insert_default();
        if text.format.is_some() {
            return Err(Error::new(ErrorKind::InvalidRequest, "`agent.text.format` has been set"));
        }
        text.format = Some(TextFormat::ParamJSONSchema(TextFormatParamJSONSchema::new(schema)));
        Ok(self)
    }
}

/// What a turn begins with: text, or messages.
#[derive(Clone, Debug)]
pub struct AgentInput(Vec<AgentSessionInputMessage>);

impl From<&str> for AgentInput {
    fn from(text: &str) -> Self {
        if text.is_empty() {
            return Self(Vec::new());
        }
        let message = json!({"role": "user", "content": [{"type": "input_text", "text": text}]});
        Self(vec![json::decode(&json::encode(&message)).expect("an object is a message")])
    }
}

impl From<String> for AgentInput {
    fn from(text: String) -> Self {
        text.as_str().into()
    }
}

impl From<Vec<AgentSessionInputMessage>> for AgentInput {
    fn from(messages: Vec<AgentSessionInputMessage>) -> Self {
        Self(messages)
    }
}

/// The stream of a turn, ready to be opened: `sessions.stream(id, "Hello").tools([tide]).await?`.
#[must_use = "nothing is sent before this is awaited"]
pub struct StreamAgentTurn {
    client: OpenAI,
    start: Start,
    handlers: Handlers,
    idempotency_key: Option<String>,
}

enum Start {
    Input(String, AgentInput),
    Session(Box<SessionCreateRequest>),
}

impl StreamAgentTurn {
    fn new(client: &OpenAI, start: Start) -> Self {
        Self { client: client.clone(), start, handlers: Handlers::default(), idempotency_key: None }
    }

    /// The functions that answer the agent's calls. What is sent does not name them: the agent was told of them when it was made, or its
    /// session ([`Tool::for_agent`]).
    pub fn tools(mut self, tools: impl IntoIterator<Item = Tool>) -> Self {
        self.handlers.tools.extend(tools);
        self
    }

    /// Is told why a function failed; the agent is only told that it did, for the reason may hold secrets.
    pub fn on_tool_error(mut self, told: impl Fn(&AgentToolError) + Sendable + Sync + 'static) -> Self {
        self.handlers.set_on_error(told);
        self
    }

    /// The key by which the server knows repetitions of what begins the turn; without one, one is made.
    pub fn idempotency_key(mut self, key: impl Into<String>) -> Self {
        self.idempotency_key = Some(key.into());
        self
    }

    async fn open(self) -> Result<AgentSessionStream, Error> {
        let Self { client, start, handlers, idempotency_key } = self;
        match start {
            Start::Input(session_id, AgentInput(messages)) => {
                if messages.is_empty() {
                    return Err(Error::new(ErrorKind::InvalidRequest, "the input is empty"));
                }
                let sessions = client.beta().agents().sessions();
                let session = sessions.retrieve(&session_id).await?;
                if session.status != AgentSessionStatus::Idle {
                    let status = session.status.as_str();
                    let message = format!(
                        "the session is {status}, but only an idle one takes input here; `events().stream` follows it"
                    );
                    return Err(Error::new(ErrorKind::InvalidRequest, message));
                }
                // Whoever listens first misses nothing.
                let listen =
                    client.operation("beta.agents.sessions.events.stream").path(&session_id).events();
                let events = listen.await?;
                let input = SessionInputParamAgentSessionInputMessage::new(messages);
                let request = EventCreateRequest::new([AgentSessionInput::AgentSessionInputMessage(input)]);
                let call = sessions.events().create(&session_id, request);
                // Of two racers, both could begin a turn.
                idempotency_key
                    .into_iter()
                    .fold(call, |call, key| call.idempotency_key(key))
                    .hedge(Hedge::off())
                    .await?;
                Ok(AgentSessionStream::of_input(client, session_id, events, handlers))
            }
            Start::Session(mut request) => {
                request.stream = Some(true);
                let call = client.operation("beta.agents.sessions.create").body(&*request).events();
                let call = idempotency_key.into_iter().fold(call, |call, key| call.idempotency_key(key));
                let events = call.hedge(Hedge::off()).await?;
                Ok(AgentSessionStream::of_session(client, events, handlers))
            }
        }
    }
}

impl IntoFuture for StreamAgentTurn {
    type Output = Result<AgentSessionStream, Error>;
    type IntoFuture = Work<AgentSessionStream>;

    /// # Errors
    /// Kind `invalid_request`: the input is empty, or the session is not idle. Else as the calls fail.
    fn into_future(self) -> Self::IntoFuture {
        Box::pin(self.open())
    }
}

impl fmt::Debug for StreamAgentTurn {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut shown = f.debug_struct("StreamAgentTurn");
        match &self.start {
            Start::Input(session, input) => shown.field("session_id", session).field("input", input),
            Start::Session(request) => shown.field("request", request),
        };
        shown.field("tools", &self.handlers.tools).finish_non_exhaustive()
    }
}
