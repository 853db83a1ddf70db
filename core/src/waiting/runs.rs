//! Runs of assistants: awaited until they are over or need something.

use crate::call::Call;
use crate::client::OpenAI;
use crate::polling::{Polling, Watched};
use crate::resources::beta::threads::Threads;
use crate::resources::beta::threads::runs::Runs;
use crate::types::beta::thread_create_and_run::ThreadCreateAndRunRequest;
use crate::types::beta::threads::run::Run;
use crate::types::beta::threads::run_create::RunCreateRequest;
use crate::types::beta::threads::run_status::RunStatus;
use crate::types::beta::threads::run_submit_tool_outputs::RunSubmitToolOutputsRequest;

#[allow(deprecated)] // the whole resource is
impl Runs<'_> {
    /// Waits until a run is over or needs the outputs of tools; its `status` tells which.
    ///
    /// # Errors
    /// As `retrieve`; kind `timeout` when a wait that was limited is over.
    #[deprecated]
    pub fn poll(&self, thread_id: impl Into<String>, run_id: impl Into<String>) -> Polling<Run> {
        Polling::of(watched(self.client.clone(), thread_id.into(), run_id.into()), needs_attention)
    }

    /// Begins a run and waits for it, as `poll` does.
    ///
    /// # Errors
    /// As `create` and `poll`.
    #[deprecated]
    pub fn create_and_poll(&self, thread_id: impl Into<String>, request: RunCreateRequest) -> Polling<Run> {
        begun(self.client, self.create(thread_id, request))
    }

    /// Gives a run the outputs of its tools and waits for it, as `poll` does.
    ///
    /// # Errors
    /// As `submit_tool_outputs` and `poll`.
    #[deprecated]
    pub fn submit_tool_outputs_and_poll(
        &self,
        thread_id: impl Into<String>,
        run_id: impl Into<String>,
        request: RunSubmitToolOutputsRequest,
    ) -> Polling<Run> {
        begun(self.client, self.submit_tool_outputs(thread_id, run_id, request))
    }
}

#[allow(deprecated)] // the whole resource is
impl Threads<'_> {
    /// Creates a thread, begins a run of it, and waits for the run until it is over or needs the outputs of tools.
    ///
    /// # Errors
    /// As `create_and_run` and `runs().retrieve`; kind `timeout` when a wait that was limited is over.
    #[deprecated]
    pub fn create_and_run_poll(&self, request: ThreadCreateAndRunRequest) -> Polling<Run> {
        begun(self.client, self.create_and_run(request))
    }
}

/// Waits for the run that a call begins or goes on with.
fn begun(client: &OpenAI, call: Call<Run>) -> Polling<Run> {
    let client = client.clone();
    let begun = async {
        let run = call.await?;
        Ok(watched(client, run.thread_id, run.id))
    };
    Polling::after(Box::pin(begun), needs_attention)
}

#[allow(deprecated)]
fn watched(client: OpenAI, thread: String, id: String) -> Watched<Run> {
    Watched { id, ask: Box::new(move |id| client.beta().threads().runs().retrieve(&thread, id)) }
}

fn needs_attention(run: &Run) -> bool {
    !matches!(run.status, RunStatus::Queued | RunStatus::InProgress | RunStatus::Cancelling)
}
