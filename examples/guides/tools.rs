//! A conversation in which the model calls a function of yours, until it has its answer.

use openai_oxide::OpenAI;
use openai_oxide::tools::Step;
use openai_oxide::types::chat::{ChatCompletionMessageParam, ChatCompletionRequest};

/// The temperature of a city, in degrees Celsius.
#[openai_oxide::tool]
async fn get_temperature(city: String) -> i64 {
    if city == "Oslo" { 4 } else { 21 }
}

#[tokio::main]
async fn main() -> Result<(), openai_oxide::OpenAIError> {
    let client = OpenAI::from_env()?;
    let messages = [ChatCompletionMessageParam::user("Where is it warmer, Zürich or Oslo?")];
    let request = ChatCompletionRequest::new("gpt-5.4-mini", messages);

    let run = client.chat().completions().run_tools(request, [get_temperature()]).await?;
    for step in &run.steps {
        if let Step::Tool { name, output, .. } = step {
            println!("{name}: {output}");
        }
    }
    println!("{}", run.completion.choices[0].message.content.as_deref().unwrap_or_default());
    Ok(())
}
