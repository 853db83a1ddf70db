//! A chat completion as it is written: text piece by piece, then the whole.

use openai_oxide::OpenAI;
use openai_oxide::stream_helpers::ChatStreamEvent;
use openai_oxide::types::chat::{ChatCompletionMessageParam, ChatCompletionRequest};

#[tokio::main]
async fn main() -> Result<(), openai_oxide::OpenAIError> {
    let client = OpenAI::from_env()?;
    let messages = [ChatCompletionMessageParam::user("Write a haiku about rust.")];
    let request = ChatCompletionRequest::new("gpt-5.4-mini", messages);

    let mut stream = client.chat().completions().stream(request).await?;
    while let Some(event) = stream.recv().await {
        match event? {
            ChatStreamEvent::ContentDelta { delta, .. } => print!("{delta}"),
            ChatStreamEvent::ContentDone { .. } => println!(),
            _ => {}
        }
    }
    let completion = stream.get_final_completion().await?;
    println!("finished: {}", completion.choices[0].finish_reason);
    Ok(())
}
