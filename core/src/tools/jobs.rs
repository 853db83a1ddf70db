//! The calls of one round: started as they come, run side by side, told in their order.

use super::run::Step;
use super::tool::{Tool, Work};
use crate::engine::Error;
use crate::stream_helpers::FunctionCall;
use futures_core::Stream;
use std::pin::Pin;
use std::task::{Context, Poll};

pub(super) struct Jobs<'t> {
    tools: &'t [Tool],
    jobs: Vec<Job>,
}

struct Job {
    call: FunctionCall,
    state: State,
}

enum State {
    Running(Work),
    Done(Result<String, String>),
}

impl<'t> Jobs<'t> {
    pub(super) fn new(tools: &'t [Tool]) -> Self {
        Self { tools, jobs: Vec::new() }
    }

    /// Takes calls and runs them, until there are no more and all have ended.
    ///
    /// # Errors
    /// As the stream of the calls fails; what runs is dropped by then.
    pub(super) async fn run(
        &mut self,
        mut calls: impl Stream<Item = Result<FunctionCall, Error>> + Unpin,
    ) -> Result<(), Error> {
        let mut ended = false;
        std::future::poll_fn(|cx| {
            while !ended {
                match Pin::new(&mut calls).poll_next(cx) {
                    Poll::Ready(Some(call)) => self.start(call?),
                    Poll::Ready(None) => ended = true,
                    Poll::Pending => break,
                }
            }
            if self.advance(cx) && ended { Poll::Ready(Ok(())) } else { Poll::Pending }
        })
        .await
    }

    fn start(&mut self, call: FunctionCall) {
        let tool = self.tools.iter().find(|tool| tool.name == call.name);
        let started = match tool {
            Some(tool) => tool.start(&call.arguments),
            None => {
                let quoted = |name: &String| serde_json::Value::from(name.as_str()).to_string();
                let names: Vec<_> = self.tools.iter().map(|tool| quoted(&tool.name)).collect();
                let (called, names) = (quoted(&call.name), names.join(", "));
                Err(format!("Invalid tool_call: {called}. Available options are: {names}. Please try again"))
            }
        };
        let state = started.map_or_else(|error| State::Done(Err(error)), State::Running);
        self.jobs.push(Job { call, state });
    }

    /// Lets the tools go on; whether all have ended.
    fn advance(&mut self, cx: &mut Context<'_>) -> bool {
        let mut all = true;
        for job in &mut self.jobs {
            if let State::Running(work) = &mut job.state {
                match work.as_mut().poll(cx) {
                    Poll::Ready(outcome) => job.state = State::Done(outcome),
                    Poll::Pending => all = false,
                }
            }
        }
        all
    }

    /// The steps of the round, the answer of the model first.
    pub(super) fn steps(mut self, content: Option<String>) -> Vec<Step> {
        self.jobs.sort_by_key(|job| job.call.index);
        let calls = self.jobs.iter().map(|job| job.call.clone()).collect();
        let mut steps = vec![Step::Assistant { content, calls }];
        for Job { call, state } in self.jobs {
            let State::Done(outcome) = state else { continue };
            let failed = outcome.is_err();
            let output = outcome.unwrap_or_else(|error| error);
            steps.push(Step::Tool { name: call.name, call_id: call.call_id, output, failed });
        }
        steps
    }
}
