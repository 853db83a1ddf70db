//! The quickstart in Rust: one answer, one stream, one embedding.
//!
//! `OPENAI_API_KEY=sk-… cargo run -p openai-oxide-quickstart`, or `nox -s quickstart`, which needs no key.

use std::io::Write;

use futures_util::StreamExt;
use openai_oxide::types::chat::{ChatCompletionMessageParam, ChatCompletionRequest, UserContent};
use openai_oxide::types::responses::ResponseCreateRequest;
use openai_oxide::{OpenAI, OpenAIError, types::embedding_create::EmbeddingCreateRequest};

#[tokio::main]
async fn main() -> Result<(), OpenAIError> {
    let chosen = std::env::var("QUICKSTART_MODEL").ok();
    let model = chosen.as_deref().unwrap_or("gpt-5.4-mini");
    let embedder = chosen.as_deref().unwrap_or("text-embedding-3-small");
    let client = OpenAI::from_env()?;

    let request =
        ResponseCreateRequest::new(model).input("Say hello in one short sentence.").max_output_tokens(24);
    println!("{}", client.responses().create(request).await?.output_text());

    let question = UserContent::Text("Count from one to five.".into());
    let messages = vec![ChatCompletionMessageParam::User { content: question, name: None }];
    let request = ChatCompletionRequest::new(model, messages).max_tokens(24);
    let mut stream = client.chat().completions().create_stream(request).await?;
    while let Some(chunk) = stream.next().await {
        for choice in chunk?.choices {
            print!("{}", choice.delta.content.unwrap_or_default());
            std::io::stdout().flush().ok();
        }
    }
    println!();

    let answer = client.embeddings().create(EmbeddingCreateRequest::new("hello", embedder)).await?;
    println!("{} numbers", answer.data[0].embedding.len());
    Ok(())
}
