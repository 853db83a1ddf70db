//! The conversation over responses.

use super::Tool;
use super::jobs::Jobs;
use super::run::{OnStep, ROUNDS, Run, Step, run_options};
use crate::engine::Error;
use crate::json;
use crate::resources::responses::Responses;
use crate::types::responses::function_tool::FunctionTool;
use crate::types::responses::response::Response;
use crate::types::responses::response_create::ResponseCreateRequest;
use crate::types::responses::response_input_item::{ResponseInput, ResponseInputItem};
use crate::types::responses::response_output_item::ResponseOutputItem;
use crate::types::responses::tool::ResponseTool;
use serde_json::json;
use std::future::IntoFuture;

impl<'c> Responses<'c> {
    /// Lets the model call these tools until it has its answer. See [`tools`](crate::tools).
    ///
    /// The tools join those of the request. Each round sends all items of the conversation; with `conversation` in the request,
    /// which keeps them at the server, only the new ones. Nothing is sent before the run is awaited.
    pub fn run_tools(
        &self,
        request: ResponseCreateRequest,
        tools: impl IntoIterator<Item = Tool>,
    ) -> RunResponseTools<'c> {
        RunResponseTools {
            responses: *self,
            request,
            tools: tools.into_iter().collect(),
            max_rounds: ROUNDS,
            on_step: None,
        }
    }
}

/// A conversation with tools, ready to be led: `run_tools(request, tools).max_rounds(3).await?`.
#[must_use = "a run starts when it is awaited"]
pub struct RunResponseTools<'c> {
    responses: Responses<'c>,
    request: ResponseCreateRequest,
    tools: Vec<Tool>,
    max_rounds: usize,
    on_step: Option<OnStep<'c>>,
}

/// What a conversation with tools came to.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct ResponseToolRun {
    /// The last answer of the model. It still has function calls if the rounds ran out.
    pub response: Response,
    /// What happened, in order.
    pub steps: Vec<Step>,
    /// All items of the conversation, ready for the next question; with `conversation`, those of the last round.
    pub input: Vec<ResponseInputItem>,
}

run_options!(RunResponseTools<'c>);

impl<'c> IntoFuture for RunResponseTools<'c> {
    type Output = Result<ResponseToolRun, Error>;
    type IntoFuture = Run<'c, ResponseToolRun>;

    /// # Errors
    /// Kind `invalid_request`: a tool has no strict schema or no proper name. Else as a stream of a response fails.
    fn into_future(self) -> Self::IntoFuture {
        Box::pin(self.lead())
    }
}

impl RunResponseTools<'_> {
    async fn lead(mut self) -> Result<ResponseToolRun, Error> {
        for tool in &self.tools {
            let (parameters, strict) = tool.parameters()?;
            let mut declared = FunctionTool::new(&tool.name).parameters(parameters).strict(strict);
            declared.description = Some(tool.description.clone()).filter(|text| !text.is_empty());
            self.request.tools.get_or_insert_default().push(ResponseTool::Function(declared));
        }
        let demanded = self.request.tool_choice.as_ref().map(|choice| json::encode(choice));
        // A function that must be called is called once; to demand it again would never end.
        let one_round =
            demanded.is_some_and(|choice| memchr::memmem::find(&choice, br#""type":"function""#).is_some());
        let rounds = if one_round { 1 } else { self.max_rounds.max(1) };
        let mut items = match self.request.input.take() {
            Some(ResponseInput::Items(items)) => items,
            Some(ResponseInput::Text(text)) => vec![item(&json!({"role": "user", "content": text}))],
            _ => Vec::new(),
        };
        let mut steps = Vec::new();
        for round in 1.. {
            self.request.input = Some(ResponseInput::Items(items.clone()));
            let mut stream = self.responses.create_stream_fc(self.request.clone()).await?;
            let mut jobs = Jobs::new(&self.tools);
            jobs.run(&mut stream).await?;
            let response = stream.final_response().await?;
            let told = jobs.steps(Some(response.output_text()).filter(|text| !text.is_empty()));
            if let Some(on_step) = &mut self.on_step {
                told.iter().for_each(on_step);
            }
            if self.request.conversation.is_some() {
                items.clear();
            } else {
                items.extend(response.output.iter().map(|item: &ResponseOutputItem| item.clone().into()));
            }
            items.extend(told.iter().filter_map(|step| match step {
                Step::Tool { call_id, output, .. } => {
                    Some(item(&json!({"type": "function_call_output", "call_id": call_id, "output": output})))
                }
                Step::Assistant { .. } => None,
            }));
            let answered = told.len() > 1;
            steps.extend(told);
            if !answered || round == rounds {
                return Ok(ResponseToolRun { response, steps, input: items });
            }
        }
        unreachable!("the rounds are counted")
    }
}

fn item(value: &serde_json::Value) -> ResponseInputItem {
    json::decode(value.to_string().as_bytes()).expect("every JSON value is an input item, known or not")
}
