//! The conversation over chat completions.

use super::Tool;
use super::jobs::Jobs;
use super::run::{OnStep, ROUNDS, Run, Step, run_options};
use crate::engine::Error;
use crate::resources::chat::completions::Completions;
use crate::types::chat::chat_completion::ChatCompletion;
use crate::types::chat::chat_completion_function_tool::Tool as Declared;
use crate::types::chat::chat_completion_message::ChatCompletionMessageParam;
use crate::types::chat::chat_completion_tool_choice_option::ToolChoice;
use crate::types::chat::chat_completion_tool_union::ChatCompletionTool;
use crate::types::chat::completion_create::ChatCompletionRequest;
use crate::types::shared::function_definition::FunctionDef;
use std::future::IntoFuture;

impl<'c> Completions<'c> {
    /// Lets the model call these tools until it has its answer. See [`tools`](crate::tools).
    ///
    /// The tools join those of the request. Nothing is sent before the run is awaited.
    pub fn run_tools(
        &self,
        request: ChatCompletionRequest,
        tools: impl IntoIterator<Item = Tool>,
    ) -> RunChatTools<'c> {
        RunChatTools {
            completions: *self,
            request,
            tools: tools.into_iter().collect(),
            max_rounds: ROUNDS,
            on_step: None,
        }
    }
}

/// A conversation with tools, ready to be led: `run_tools(request, tools).max_rounds(3).await?`.
#[must_use = "a run starts when it is awaited"]
pub struct RunChatTools<'c> {
    completions: Completions<'c>,
    request: ChatCompletionRequest,
    tools: Vec<Tool>,
    max_rounds: usize,
    on_step: Option<OnStep<'c>>,
}

/// What a conversation with tools came to.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct ChatToolRun {
    /// The last answer of the model. It still has tool calls if the rounds ran out, or a call was not of a function.
    pub completion: ChatCompletion,
    /// What happened, in order.
    pub steps: Vec<Step>,
    /// The conversation, ready for the next question: the request's messages and all that came.
    pub messages: Vec<ChatCompletionMessageParam>,
}

run_options!(RunChatTools<'c>);

impl<'c> IntoFuture for RunChatTools<'c> {
    type Output = Result<ChatToolRun, Error>;
    type IntoFuture = Run<'c, ChatToolRun>;

    /// # Errors
    /// Kind `invalid_request`: a tool has no strict schema or no proper name. Else as a stream of a chat completion fails.
    fn into_future(self) -> Self::IntoFuture {
        Box::pin(self.lead())
    }
}

impl RunChatTools<'_> {
    async fn lead(mut self) -> Result<ChatToolRun, Error> {
        for tool in &self.tools {
            let (parameters, strict) = tool.parameters()?;
            let function = FunctionDef {
                name: tool.name.clone(),
                description: Some(tool.description.clone()).filter(|text| !text.is_empty()),
                parameters: Some(parameters),
                strict: Some(strict),
            };
            let declared = Declared { type_: "function".into(), function };
            self.request.tools.get_or_insert_default().push(ChatCompletionTool::Function(declared));
        }
        // A function that must be called is called once; to demand it again would never end.
        let one_round = matches!(self.request.tool_choice, Some(ToolChoice::Function(_)));
        let rounds = if one_round { 1 } else { self.max_rounds.max(1) };
        let mut steps = Vec::new();
        for round in 1.. {
            let mut stream = self.completions.create_stream_fc(self.request.clone()).await?;
            let mut jobs = Jobs::new(&self.tools);
            jobs.run(&mut stream).await?;
            let completion = stream.final_completion().await?;
            let Some(choice) = completion.choices.first() else { return Ok(self.end(completion, steps)) };
            let told = jobs.steps(choice.message.content.clone());
            if let Some(on_step) = &mut self.on_step {
                told.iter().for_each(on_step);
            }
            self.request.messages.push(choice.message.clone().into());
            let called = choice.message.tool_calls.as_ref().map_or(0, Vec::len);
            let answers = told.iter().filter_map(|step| match step {
                Step::Tool { call_id, output, .. } => {
                    Some(ChatCompletionMessageParam::tool(call_id, output.as_str()))
                }
                Step::Assistant { .. } => None,
            });
            let answered = self.request.messages.len();
            self.request.messages.extend(answers);
            let answered = self.request.messages.len() - answered;
            steps.extend(told);
            // A call of a custom tool has no answer here, and without it the conversation cannot go on.
            if called == 0 || answered < called || round == rounds {
                return Ok(self.end(completion, steps));
            }
        }
        unreachable!("the rounds are counted")
    }

    fn end(self, completion: ChatCompletion, steps: Vec<Step>) -> ChatToolRun {
        ChatToolRun { completion, steps, messages: self.request.messages }
    }
}
