//! The function calls of a response, each as soon as it is complete.

use super::super::calls::{FunctionCall, FunctionCallStep, Growth};
use super::ResponseStream;
use crate::engine::Error;
use crate::types::responses::response::Response;
use crate::types::responses::response_function_tool_call::ResponseFunctionToolCall;
use crate::types::responses::response_output_item::ResponseOutputItem as Item;
use crate::types::responses::response_stream_event::ResponseStreamEvent as Event;
use std::collections::{HashSet, VecDeque};
use std::pin::Pin;
use std::task::{Context, Poll, ready};

/// The function calls of a response, as a [`futures_core::Stream`] or with [`recv`](Self::recv). A call is handed over, once,
/// with the first event that says that its arguments are done, or its item. Dropping it closes its connection.
#[derive(Debug)]
#[must_use = "a stream reads nothing until it is polled"]
pub struct ResponseFunctionCalls {
    stream: ResponseStream,
    handed_over: HashSet<String>,
    ready: VecDeque<FunctionCall>,
    growth: Growth,
}

impl ResponseFunctionCalls {
    pub(super) fn new(stream: ResponseStream) -> Self {
        Self { stream, handed_over: HashSet::new(), ready: VecDeque::new(), growth: Growth::default() }
    }

    /// The next call; `None` after the last one or after an error. A stream that breaks off hands over no unfinished call, and
    /// a call that a limit cut off is only in the response.
    pub async fn recv(&mut self) -> Option<Result<FunctionCall, Error>> {
        std::future::poll_fn(|cx| self.poll_call(cx)).await
    }

    /// Reads what is left of the stream, and passes over calls that were not taken; the response.
    ///
    /// # Errors
    /// As [`ResponseStream::get_final_response`].
    pub async fn final_response(&mut self) -> Result<Response, Error> {
        self.stream.get_final_response().await
    }

    /// The next step of a call: its arguments as far as they have arrived, and the call when it is complete. Use either this or
    /// [`recv`](Self::recv), which passes over the steps.
    pub async fn recv_step(&mut self) -> Option<Result<FunctionCallStep<'_>, Error>> {
        loop {
            if let Some(call) = self.ready.pop_front() {
                return Some(Ok(FunctionCallStep::Complete(call)));
            }
            let (index, name, piece) = match self.stream.recv().await? {
                Err(error) => return Some(Err(error)),
                Ok(Event::FunctionCallArgumentsDelta { output_index, delta, .. }) => {
                    let Some(Item::FunctionCall(call)) = self.stream.state.item(output_index) else {
                        continue;
                    };
                    (place(output_index), call.name.clone(), delta)
                }
                Ok(event) => {
                    self.look_at(&event);
                    continue;
                }
            };
            return Some(Ok(self.growth.add(name, index, &piece)));
        }
    }

    /// The events instead of the calls.
    pub fn into_events(self) -> ResponseStream {
        self.stream
    }

    fn poll_call(&mut self, cx: &mut Context<'_>) -> Poll<Option<Result<FunctionCall, Error>>> {
        loop {
            if let Some(call) = self.ready.pop_front() {
                return Poll::Ready(Some(Ok(call)));
            }
            match ready!(self.stream.poll_event(cx)) {
                Some(Ok(event)) => self.look_at(&event),
                Some(Err(error)) => return Poll::Ready(Some(Err(error))),
                None => return Poll::Ready(None),
            }
        }
    }

    fn look_at(&mut self, event: &Event) {
        match event {
            Event::FunctionCallArgumentsDone { output_index, .. } => {
                // The event names no call: its item does, which by now has the arguments.
                if let Some(Item::FunctionCall(call)) = self.stream.state.item(*output_index) {
                    let call = call.clone();
                    self.hand_over(&call, *output_index);
                }
            }
            Event::OutputItemDone { item: Item::FunctionCall(call), output_index, .. } => {
                self.hand_over(call, *output_index);
            }
            // For servers that tell of a call in no other way.
            Event::ResponseCompleted { response } => {
                for (index, item) in (0..).zip(&response.output) {
                    if let Item::FunctionCall(call) = item {
                        self.hand_over(call, Some(index));
                    }
                }
            }
            _ => {}
        }
    }

    fn hand_over(&mut self, call: &ResponseFunctionToolCall, index: Option<i64>) {
        let cut_off = call.status.as_ref().is_some_and(|status| *status == "incomplete");
        if !cut_off && self.handed_over.insert(call.call_id.clone()) {
            self.ready.push_back(FunctionCall {
                name: call.name.clone(),
                call_id: call.call_id.clone(),
                arguments: call.arguments.clone(),
                index: place(index),
            });
        }
    }
}

fn place(index: Option<i64>) -> usize {
    index.and_then(|index| index.try_into().ok()).unwrap_or_default()
}

impl futures_core::Stream for ResponseFunctionCalls {
    type Item = Result<FunctionCall, Error>;

    fn poll_next(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        self.poll_call(cx)
    }
}
