//! A response as its events tell of it.
//!
//! Each delta is appended where it belongs in the typed response; a done event, which says the whole of its part, replaces what
//! the deltas amounted to. Events that do not fit what came before change nothing: servers differ, and the last event brings
//! the whole response anyway.

use crate::json;
use crate::types::responses::response::Response;
use crate::types::responses::response_content_part_added_event::Part;
use crate::types::responses::response_content_part_done_event::Part as DonePart;
use crate::types::responses::response_output_item::ResponseOutputItem as Item;
use crate::types::responses::response_output_message::Content;
use crate::types::responses::response_output_refusal::ResponseOutputRefusal;
use crate::types::responses::response_output_text::ResponseOutputText;
use crate::types::responses::response_reasoning_item as reasoning;
use crate::types::responses::response_stream_event::ResponseStreamEvent as Event;

#[derive(Default)]
pub(super) struct State {
    response: Option<Response>,
    /// The server's index of each item of the output; ascending, and not always without gaps.
    indexes: Vec<i64>,
    /// The event that ends the stream has come.
    pub(super) complete: bool,
}

impl State {
    pub(super) fn response(&self) -> Option<&Response> {
        self.response.as_ref()
    }

    /// The item of the output at the server's index; without one the latest.
    pub(super) fn item(&self, index: Option<i64>) -> Option<&Item> {
        self.response.as_ref()?.output.get(self.position(index)?)
    }

    fn position(&self, index: Option<i64>) -> Option<usize> {
        match index {
            Some(index) => self.indexes.binary_search(&index).ok(),
            None => self.indexes.len().checked_sub(1),
        }
    }

    fn item_mut(&mut self, index: Option<i64>) -> Option<&mut Item> {
        let position = self.position(index)?;
        self.response.as_mut()?.output.get_mut(position)
    }

    pub(super) fn add(&mut self, event: &Event) {
        match event {
            Event::ResponseCreated { response } => self.renew(&response.response),
            Event::ResponseQueued { response } => self.renew(&response.response),
            Event::ResponseInProgress { response } => self.renew(&response.response),
            Event::ResponseCompleted { response } => self.complete(&response.response),
            Event::ResponseFailed { response } => self.complete(&response.response),
            Event::ResponseIncomplete { response } => self.complete(&response.response),
            Event::OutputItemAdded { item, output_index, .. }
            | Event::OutputItemDone { item, output_index, .. } => self.put(*output_index, item),
            _ => {
                let _ = self.add_to_item(event);
            }
        }
    }

    /// What the server says of the response; with the output that is known, where it leaves that out.
    fn renew(&mut self, new: &Response) {
        let mut new = new.clone();
        match &mut self.response {
            Some(held) if new.output.is_empty() => std::mem::swap(&mut new.output, &mut held.output),
            _ => self.indexes = (0..new.output.len() as i64).collect(),
        }
        self.response = Some(new);
    }

    fn complete(&mut self, new: &Response) {
        self.renew(new);
        self.complete = true;
    }

    fn put(&mut self, index: Option<i64>, item: &Item) {
        let response = self.response.get_or_insert_default();
        let index = index.unwrap_or(self.indexes.last().map_or(0, |last| last + 1));
        match self.indexes.binary_search(&index) {
            Ok(at) => response.output[at] = item.clone(),
            Err(at) => {
                self.indexes.insert(at, index);
                response.output.insert(at, item.clone());
            }
        }
    }

    /// What tells of a part of an item. `None`: there is no such item, or it is of another kind.
    fn add_to_item(&mut self, event: &Event) -> Option<()> {
        match event {
            Event::ContentPartAdded { output_index, content_index, part, .. } => match part {
                Part::OutputText(text) => *self.text(*output_index, *content_index)? = text.clone(),
                Part::Refusal(refusal) => *self.refusal(*output_index, *content_index)? = refusal.clone(),
                _ => {}
            },
            Event::ContentPartDone { output_index, content_index, part, .. } => match part {
                DonePart::OutputText(text) => *self.text(*output_index, *content_index)? = text.clone(),
                DonePart::Refusal(refusal) => *self.refusal(*output_index, *content_index)? = refusal.clone(),
                _ => {}
            },
            Event::OutputTextDelta { output_index, content_index, delta, .. } => {
                self.text(*output_index, *content_index)?.text.push_str(delta);
            }
            Event::OutputTextDone { output_index, content_index, text, .. } => {
                self.text(*output_index, *content_index)?.text.clone_from(text);
            }
            Event::OutputTextAnnotationAdded { output_index, content_index, annotation, .. } => {
                let annotation = json::decode(&json::encode(annotation)).ok()?;
                self.text(*output_index, *content_index)?.annotations.push(annotation);
            }
            Event::RefusalDelta { output_index, content_index, delta, .. } => {
                self.refusal(*output_index, *content_index)?.refusal.push_str(delta);
            }
            Event::RefusalDone { output_index, content_index, refusal, .. } => {
                self.refusal(*output_index, *content_index)?.refusal.clone_from(refusal);
            }
            Event::FunctionCallArgumentsDelta { output_index, delta, .. }
            | Event::McpCallArgumentsDelta { output_index, delta, .. }
            | Event::CustomToolCallInputDelta { output_index, delta, .. }
            | Event::CodeInterpreterCallCodeDelta { output_index, delta, .. } => {
                self.argument(*output_index)?.push_str(delta);
            }
            Event::FunctionCallArgumentsDone { output_index, arguments: text, .. }
            | Event::McpCallArgumentsDone { output_index, arguments: text, .. }
            | Event::CustomToolCallInputDone { output_index, input: text, .. }
            | Event::CodeInterpreterCallCodeDone { output_index, code: text, .. } => {
                self.argument(*output_index)?.clone_from(text);
            }
            Event::ReasoningSummaryTextDelta { output_index, summary_index, delta, .. } => {
                self.summary(*output_index, *summary_index)?.push_str(delta);
            }
            Event::ReasoningSummaryTextDone { output_index, summary_index, text, .. } => {
                self.summary(*output_index, *summary_index)?.clone_from(text);
            }
            Event::ReasoningTextDelta { output_index, content_index, delta, .. } => {
                self.reasoning(*output_index, *content_index)?.push_str(delta);
            }
            Event::ReasoningTextDone { output_index, content_index, text, .. } => {
                self.reasoning(*output_index, *content_index)?.clone_from(text);
            }
            _ => {}
        }
        Some(())
    }

    fn content(
        &mut self,
        item: Option<i64>,
        part: Option<i64>,
        new: fn() -> Content,
    ) -> Option<&mut Content> {
        match self.item_mut(item)? {
            Item::Message(message) => at(&mut message.content, part, new),
            _ => None,
        }
    }

    fn text(&mut self, item: Option<i64>, part: Option<i64>) -> Option<&mut ResponseOutputText> {
        match self.content(item, part, || Content::OutputText(ResponseOutputText::default()))? {
            Content::OutputText(text) => Some(text),
            _ => None,
        }
    }

    fn refusal(&mut self, item: Option<i64>, part: Option<i64>) -> Option<&mut ResponseOutputRefusal> {
        match self.content(item, part, || Content::Refusal(ResponseOutputRefusal::default()))? {
            Content::Refusal(refusal) => Some(refusal),
            _ => None,
        }
    }

    fn argument(&mut self, item: Option<i64>) -> Option<&mut String> {
        match self.item_mut(item)? {
            Item::FunctionCall(call) => Some(&mut call.arguments),
            Item::McpCall(call) => Some(&mut call.arguments),
            Item::CustomToolCall(call) => Some(&mut call.input),
            Item::CodeInterpreterCall(call) => Some(call.code.get_or_insert_default()),
            _ => None,
        }
    }

    fn summary(&mut self, item: Option<i64>, part: Option<i64>) -> Option<&mut String> {
        match self.item_mut(item)? {
            Item::Reasoning(item) => {
                Some(&mut at(&mut item.summary, part, reasoning::Summary::default)?.text)
            }
            _ => None,
        }
    }

    fn reasoning(&mut self, item: Option<i64>, part: Option<i64>) -> Option<&mut String> {
        match self.item_mut(item)? {
            Item::Reasoning(item) => {
                let content = item.content.get_or_insert_default();
                Some(&mut at(content, part, reasoning::Content::default)?.text)
            }
            _ => None,
        }
    }
}

/// The part at an index, which may be the next one; without an index the latest.
fn at<T>(parts: &mut Vec<T>, index: Option<i64>, new: fn() -> T) -> Option<&mut T> {
    let index = match index {
        Some(index) => usize::try_from(index).ok()?,
        None => parts.len().saturating_sub(1),
    };
    if index == parts.len() {
        parts.push(new());
    }
    parts.get_mut(index)
}
