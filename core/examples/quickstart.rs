//! The shortest program: ask, and print the answer.
//!
//! `OPENAI_API_KEY=sk-… cargo run --example quickstart`; `OPENAI_BASE_URL` points it at any compatible server.

use openai_oxide::{OpenAI, types::responses::*};

#[tokio::main]
async fn main() -> Result<(), openai_oxide::OpenAIError> {
    let client = OpenAI::from_env()?;
    let request = ResponseCreateRequest::new("gpt-5.4-mini")
        .input("Name three rivers of Europe.")
        .max_output_tokens(100);
    let response = client.responses().create(request).await?;
    println!("{}", response.output_text());
    Ok(())
}
