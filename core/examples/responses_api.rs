//! The Responses API: a web search, and a second turn that the server connects to the first.
//!
//! `OPENAI_API_KEY=sk-… cargo run --example responses_api`

use openai_oxide::OpenAI;
use openai_oxide::types::responses::*;

#[tokio::main]
async fn main() -> Result<(), Box<dyn std::error::Error>> {
    let client = OpenAI::from_env()?;
    let request = ResponseCreateRequest::new("gpt-4o")
        .input("What is the newest stable version of Rust?")
        .instructions("Answer in two sentences.")
        .tools(vec![ResponseTool::WebSearch { search_context_size: Some("low".into()), user_location: None }])
        .max_output_tokens(1024)
        .store(true);
    let first = client.responses().create(request).await?;
    println!("{} ({:?})\n{}", first.id, first.status, first.output_text());
    if let Some(usage) = &first.usage {
        println!("{} tokens in all", usage.total_tokens.unwrap_or(0));
    }

    let request =
        ResponseCreateRequest::new("gpt-4o").input("And the one before?").previous_response_id(&first.id);
    let second = client.responses().create(request).await?;
    println!("{}", second.output_text());
    Ok(())
}
