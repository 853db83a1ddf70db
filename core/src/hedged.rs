//! `hedged_request`: a call that is sent again beside itself when its answer is late, and whose first answer counts.

use crate::call::Call;
use crate::engine::Hedge;
use crate::stream::Stream;
#[cfg(feature = "chat")]
use crate::types::chat::{
    chat_completion::ChatCompletion, chat_completion_chunk::ChatCompletionChunk,
    completion_create::ChatCompletionRequest,
};
#[cfg(feature = "responses")]
use crate::types::responses::{
    response::Response, response_create::ResponseCreateRequest, response_stream_event::ResponseStreamEvent,
};

/// As many racers as the caller asks for, without a budget: the caller has decided.
fn asked_for(n: u32) -> Hedge {
    Hedge::new().max(n).budget(None)
}

#[cfg(feature = "responses")]
impl crate::resources::responses::Responses<'_> {
    /// Creates a response by up to `n` requests (1 to 16): the first answer counts, and the others are cancelled.
    ///
    /// The next one is sent whenever the delay has passed without an answer: by default the p95 of such calls, another with
    /// [`Call::hedge`]. `with_response()` tells what became of them. Each call may cost `n` answers.
    ///
    /// # Errors
    /// As `create`, when all requests that were sent have failed; kind `invalid_request` for another `n`.
    pub fn hedged_request(&self, request: ResponseCreateRequest, n: u32) -> Call<Response> {
        self.create(request).hedge(asked_for(n))
    }

    /// As `hedged_request`, as a stream of events: the first request whose stream carries output counts.
    pub fn hedged_request_stream(
        &self,
        request: ResponseCreateRequest,
        n: u32,
    ) -> Call<Stream<ResponseStreamEvent>> {
        self.create_stream(request).hedge(asked_for(n))
    }
}

#[cfg(feature = "chat")]
impl crate::resources::chat::completions::Completions<'_> {
    /// Creates a completion by up to `n` requests (1 to 16): the first answer counts, and the others are cancelled.
    ///
    /// The next one is sent whenever the delay has passed without an answer: by default the p95 of such calls, another with
    /// [`Call::hedge`]. `with_response()` tells what became of them. Each call may cost `n` answers.
    ///
    /// # Errors
    /// As `create`, when all requests that were sent have failed; kind `invalid_request` for another `n`.
    pub fn hedged_request(&self, request: ChatCompletionRequest, n: u32) -> Call<ChatCompletion> {
        self.create(request).hedge(asked_for(n))
    }

    /// As `hedged_request`, as a stream of chunks: the first request whose stream carries output counts.
    pub fn hedged_request_stream(
        &self,
        request: ChatCompletionRequest,
        n: u32,
    ) -> Call<Stream<ChatCompletionChunk>> {
        self.create_stream(request).hedge(asked_for(n))
    }
}
