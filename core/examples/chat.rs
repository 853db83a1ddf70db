//! A chat completion with its token count and request id.
//!
//! `OPENAI_API_KEY=sk-… cargo run --example chat`

use openai_oxide::OpenAI;
use openai_oxide::types::chat::*;

#[tokio::main]
async fn main() -> Result<(), Box<dyn std::error::Error>> {
    let client = OpenAI::from_env()?;
    let request = ChatCompletionRequest::new(
        "gpt-4o-mini",
        vec![
            ChatCompletionMessageParam::System {
                content: "Answer in one short sentence.".into(),
                name: None,
            },
            ChatCompletionMessageParam::User {
                content: UserContent::Text("Why is the sea salty?".into()),
                name: None,
            },
        ],
    );
    let answer = client.chat().completions().create(request).with_response().await?;
    for choice in &answer.value.choices {
        println!("[{}] {}", choice.finish_reason, choice.message.content.as_deref().unwrap_or(""));
    }
    if let Some(usage) = &answer.value.usage {
        println!(
            "{} tokens in, {} tokens out",
            usage.prompt_tokens.unwrap_or(0),
            usage.completion_tokens.unwrap_or(0)
        );
    }
    println!("request {}", answer.request_id().unwrap_or("without an id"));
    Ok(())
}
