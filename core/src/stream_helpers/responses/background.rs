//! Responses that the server works on by itself, asked about until they are there.

use crate::engine::Error;
use crate::engine::rt::{self, Timer};
use crate::resources::responses::Responses;
use crate::types::responses::response::Response;
use crate::types::responses::response_create::ResponseCreateRequest;
use std::time::Duration;

/// How long to wait between two questions, where the server does not say.
const INTERVAL: Duration = Duration::from_secs(1);
/// How long at most, whatever the server says.
const LONGEST: Duration = Duration::from_secs(60);

impl Responses<'_> {
    /// Creates a response in the background and waits for it: `POST /responses`, then `GET /responses/{response_id}` every
    /// second, or as often as the server says (`openai-poll-after-ms`). The response's `status` tells how it ended.
    ///
    /// Dropping the future stops the questions, not the response; `cancel` does that.
    ///
    /// # Errors
    /// As `create` and `retrieve`. There is no limit to the waiting but the caller's.
    pub async fn create_and_poll(&self, request: ResponseCreateRequest) -> Result<Response, Error> {
        let response = self.create(request.background(true)).await?;
        if is_final(&response) { Ok(response) } else { self.poll(response.id).await }
    }

    /// Waits for a response in the background, as [`create_and_poll`](Self::create_and_poll) does.
    ///
    /// # Errors
    /// As `retrieve`.
    pub async fn poll(&self, response_id: impl Into<String>) -> Result<Response, Error> {
        let id = response_id.into();
        loop {
            let answer = self.retrieve(&id).with_response().await?;
            if is_final(&answer.value) {
                return Ok(answer.value);
            }
            let told = answer.headers.get("openai-poll-after-ms").and_then(|value| value.to_str().ok());
            let wait = told.and_then(|value| value.parse().ok()).map_or(INTERVAL, Duration::from_millis);
            if let Some(end) = rt::now().checked_add(wait.min(LONGEST)) {
                Timer::at(end).await;
            }
        }
    }
}

fn is_final(response: &Response) -> bool {
    !response.status.as_ref().is_some_and(|status| matches!(status.as_str(), "queued" | "in_progress"))
}
