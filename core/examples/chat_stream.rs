//! A chat completion, printed as it is written.
//!
//! `OPENAI_API_KEY=sk-… cargo run --example chat_stream`

use futures_util::StreamExt;
use openai_oxide::OpenAI;
use openai_oxide::types::chat::*;
use std::io::Write;

#[tokio::main]
async fn main() -> Result<(), Box<dyn std::error::Error>> {
    let client = OpenAI::from_env()?;
    let request = ChatCompletionRequest::new(
        "gpt-4o-mini",
        vec![ChatCompletionMessageParam::User {
            content: UserContent::Text("Count from one to ten in words.".into()),
            name: None,
        }],
    );
    let mut stream = client.chat().completions().create_stream(request).await?;
    while let Some(chunk) = stream.next().await {
        for choice in &chunk?.choices {
            if let Some(content) = &choice.delta.content {
                print!("{content}");
                std::io::stdout().flush()?;
            }
            if choice.finish_reason.is_some() {
                println!();
            }
        }
    }
    Ok(())
}
