//! The events of a response as they come.
//!
//! `OPENAI_API_KEY=sk-… cargo run --example responses_stream`

use futures_util::StreamExt;
use openai_oxide::OpenAI;
use openai_oxide::types::responses::{ResponseCreateRequest, ResponseStreamEvent};
use std::io::Write;

#[tokio::main]
async fn main() -> Result<(), Box<dyn std::error::Error>> {
    let client = OpenAI::from_env()?;
    let request = ResponseCreateRequest::new("gpt-5.4-mini").input("Describe a lighthouse.");
    let mut stream = client.responses().create_stream(request).await?;
    while let Some(event) = stream.next().await {
        match event? {
            ResponseStreamEvent::OutputTextDelta { delta, .. } => {
                print!("{delta}");
                std::io::stdout().flush()?;
            }
            ResponseStreamEvent::ResponseCompleted { response } => {
                println!("\n{} characters", response.output_text().chars().count());
            }
            _ => {}
        }
    }
    Ok(())
}
