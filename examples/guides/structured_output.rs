//! An answer as a value of your own type.

use openai_oxide::OpenAI;
use openai_oxide::types::chat::{ChatCompletionMessageParam, ChatCompletionRequest};

#[derive(serde::Deserialize, schemars::JsonSchema)]
struct Step {
    explanation: String,
    output: String,
}

#[derive(serde::Deserialize, schemars::JsonSchema)]
struct MathAnswer {
    steps: Vec<Step>,
    final_answer: String,
}

#[tokio::main]
async fn main() -> Result<(), openai_oxide::OpenAIError> {
    let client = OpenAI::from_env()?;
    let messages = [ChatCompletionMessageParam::user("Solve 8x + 31 = 2.")];
    let request = ChatCompletionRequest::new("gpt-5.4-mini", messages);

    let answer = client.chat().completions().parse::<MathAnswer>(request).await?;
    match (&answer.parsed, answer.refusal()) {
        (Some(math), _) => {
            for step in &math.steps {
                println!("{}: {}", step.explanation, step.output);
            }
            println!("answer: {}", math.final_answer);
        }
        (None, refusal) => println!("refused: {}", refusal.unwrap_or_default()),
    }
    Ok(())
}
