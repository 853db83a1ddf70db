//! Runs of assistants as streams that add up.

use crate::server;
use openai_oxide::ErrorKind;
use openai_oxide::types::beta::threads::run_create::RunCreateRequest;
use openai_oxide::types::beta::threads::run_submit_tool_outputs::{RunSubmitToolOutputsRequest, ToolOutput};

const RUN: &str = r#"{"id":"run_1","thread_id":"th_1","status":"STATUS"}"#;
const MESSAGE: &str = r#"{"id":"msg_1","role":"assistant","status":"STATUS","content":[]}"#;

fn event(name: &str, data: &str, status: &str) -> String {
    format!("event: {name}\ndata: {}\n\n", data.replace("STATUS", status))
}

fn begun() -> String {
    let delta = |text: &str| {
        event(
            "thread.message.delta",
            &format!(
                r#"{{"id":"msg_1","delta":{{"content":[{{"index":0,"type":"text","text":{{"value":"{text}"}}}}]}}}}"#
            ),
            "",
        )
    };
    [
        event("thread.run.created", RUN, "queued"),
        event("thread.run.step.created", r#"{"id":"step_1","status":"STATUS"}"#, "in_progress"),
        event("thread.message.created", MESSAGE, "in_progress"),
        delta("Hel"),
        delta("lo"),
    ]
    .concat()
}

#[allow(deprecated)] // the whole resource is
#[tokio::test]
async fn a_run_adds_up() {
    let ended = [
        event("thread.message.completed", MESSAGE, "completed"),
        event("thread.run.step.completed", r#"{"id":"step_1","status":"STATUS"}"#, "completed"),
        event("thread.run.completed", RUN, "completed"),
        "event: done\ndata: [DONE]\n\n".to_owned(),
    ];
    let (client, _told) = server(vec![("text/event-stream", begun() + &ended.concat())]).await;
    let runs = client.beta().threads().runs();
    let mut stream = runs.stream("th_1", RunCreateRequest::new("asst_1")).await.unwrap();
    for _ in 0..5 {
        stream.recv().await.unwrap().unwrap();
    }
    assert_eq!((stream.current_text(), stream.current_run().unwrap().status.as_str()), ("Hello", "queued"));
    assert_eq!(stream.get_final_run().await.unwrap().status.as_str(), "completed");
    let messages = stream.get_final_messages().await.unwrap();
    let told: Vec<_> =
        messages.iter().map(|message| (message.id.as_str(), message.status.as_str())).collect();
    assert_eq!(told, [("msg_1", "completed")]);
    let steps = stream.get_final_run_steps().await.unwrap();
    let told: Vec<_> = steps.iter().map(|step| (step.id.as_str(), step.status.as_str())).collect();
    assert_eq!(told, [("step_1", "completed")]);
}

#[allow(deprecated)]
#[tokio::test]
async fn a_run_that_breaks_off_never_looks_finished() {
    let (client, _told) = server(vec![("text/event-stream", begun())]).await;
    let outputs = RunSubmitToolOutputsRequest::new([ToolOutput::new()]);
    let call = client.beta().threads().runs().submit_tool_outputs_stream("th_1", "run_1", outputs);
    let mut stream = call.adding_up().await.unwrap();
    for _ in 0..2 {
        let error = stream.get_final_messages().await.unwrap_err();
        assert_eq!(error.kind(), ErrorKind::IncompleteStream, "{error}");
    }
    assert_eq!(stream.current_text(), "Hello");
}
