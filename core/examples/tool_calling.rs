//! The model asks for a function's result, gets it, and answers.
//!
//! `OPENAI_API_KEY=sk-… cargo run --example tool_calling`

use openai_oxide::OpenAI;
use openai_oxide::types::chat::*;
use serde_json::json;

#[tokio::main]
async fn main() -> Result<(), Box<dyn std::error::Error>> {
    let client = OpenAI::from_env()?;
    let tools = vec![Tool {
        type_: "function".into(),
        function: FunctionDef {
            name: "tide".into(),
            description: Some("The next high tide of a harbour".into()),
            parameters: Some(json!({
                "type": "object",
                "properties": {"harbour": {"type": "string"}},
                "required": ["harbour"],
                "additionalProperties": false,
            })),
            strict: Some(true),
        },
    }];
    let mut messages = vec![ChatCompletionMessageParam::User {
        content: UserContent::Text("When is high tide in Brest?".into()),
        name: None,
    }];
    let request = ChatCompletionRequest::new("gpt-4o-mini", messages.clone())
        .tools(tools.clone())
        .tool_choice(ToolChoice::Mode("auto".into()));
    let answer = client.chat().completions().create(request).await?;
    let message = &answer.choices[0].message;
    let Some(calls) = &message.tool_calls else {
        println!("{}", message.content.as_deref().unwrap_or(""));
        return Ok(());
    };

    messages.push(ChatCompletionMessageParam::Assistant {
        content: None,
        name: None,
        tool_calls: Some(calls.clone()),
        refusal: None,
    });
    for call in calls {
        println!("{}({})", call.function.name, call.function.arguments);
        messages.push(ChatCompletionMessageParam::Tool {
            content: r#"{"time": "18:42", "height_m": 6.1}"#.into(),
            tool_call_id: call.id.clone(),
        });
    }
    let request = ChatCompletionRequest::new("gpt-4o-mini", messages).tools(tools);
    let answer = client.chat().completions().create(request).await?;
    println!("{}", answer.choices[0].message.content.as_deref().unwrap_or(""));
    Ok(())
}
