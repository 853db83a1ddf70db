//! A call that is asked again beside itself when its answer is late; the first answer counts.

use openai_oxide::types::responses::ResponseCreateRequest;
use openai_oxide::{Hedge, OpenAI};
use std::time::Duration;

#[tokio::main]
async fn main() -> Result<(), openai_oxide::OpenAIError> {
    let client = OpenAI::from_env()?;
    let request = ResponseCreateRequest::new("gpt-5.4-mini").input("What is 2 + 2?");

    let hedge = Hedge::new().delay(Duration::from_millis(250));
    let answer = client.responses().create(request).hedge(hedge).with_response().await?;
    println!("{}", answer.value.output_text());
    if let Some(report) = &answer.hedge {
        println!("request {} of {} won", report.winner + 1, report.started);
    }
    Ok(())
}
