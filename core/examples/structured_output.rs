//! An answer in the shape of a JSON schema.
//!
//! `OPENAI_API_KEY=sk-… cargo run --example structured_output`

use openai_oxide::OpenAI;
use openai_oxide::types::chat::*;
use serde_json::json;

#[derive(Debug, serde::Deserialize)]
struct Recipe {
    dish: String,
    minutes: u32,
    ingredients: Vec<String>,
}

#[tokio::main]
async fn main() -> Result<(), Box<dyn std::error::Error>> {
    let client = OpenAI::from_env()?;
    let request = ChatCompletionRequest::new(
        "gpt-4o-mini",
        vec![ChatCompletionMessageParam::User {
            content: UserContent::Text("A quick soup for two.".into()),
            name: None,
        }],
    )
    .response_format(ResponseFormat::JsonSchema {
        json_schema: JsonSchema {
            name: "recipe".into(),
            description: None,
            schema: Some(json!({
                "type": "object",
                "properties": {
                    "dish": {"type": "string"},
                    "minutes": {"type": "integer"},
                    "ingredients": {"type": "array", "items": {"type": "string"}}
                },
                "required": ["dish", "minutes", "ingredients"],
                "additionalProperties": false
            })),
            strict: Some(true),
        },
    });
    let answer = client.chat().completions().create(request).await?;
    let recipe: Recipe = serde_json::from_str(answer.choices[0].message.content.as_deref().unwrap_or("{}"))?;
    println!("{} in {} minutes: {}", recipe.dish, recipe.minutes, recipe.ingredients.join(", "));
    Ok(())
}
