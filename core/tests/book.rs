//! The book's Rust programs as far as the compiler judges them: the names, shapes and patterns below must keep compiling as they
//! stand. What they do on the wire is the business of the conformance suite and of `typed.rs`.
#![cfg(all(feature = "chat", feature = "responses"))]

use futures_util::StreamExt;
use openai_oxide::OpenAI;
use openai_oxide::config::ClientConfig;

type Done = Result<(), Box<dyn std::error::Error>>;

#[allow(dead_code)]
async fn quick_start() -> Result<(), openai_oxide::OpenAIError> {
    use openai_oxide::{OpenAI, types::responses::*};
    let client = OpenAI::from_env()?;
    let response = client
        .responses()
        .create(ResponseCreateRequest::new("m").input("Explain.").max_output_tokens(100))
        .await?;
    println!("{}", response.output_text());
    Ok(())
}

#[allow(dead_code)]
fn configuration() -> Result<(), openai_oxide::OpenAIError> {
    let _ = OpenAI::from_env()?;
    let _ = OpenAI::new("sk-...");
    let _ = OpenAI::with_config(ClientConfig::new("sk-...").base_url("https://...").timeout_secs(30));
    Ok(())
}

#[allow(dead_code)]
async fn chat(client: OpenAI) -> Done {
    use openai_oxide::types::chat::*;
    let request = ChatCompletionRequest::new(
        "m",
        vec![
            ChatCompletionMessageParam::System { content: "You help.".into(), name: None },
            ChatCompletionMessageParam::User { content: UserContent::Text("Capital?".into()), name: None },
        ],
    );
    let response = client.chat().completions().create(request).await?;
    for choice in &response.choices {
        println!("[{}] {}", choice.finish_reason, choice.message.content.as_deref().unwrap_or(""));
    }
    if let Some(usage) = &response.usage {
        println!(
            "{} + {} = {}",
            usage.prompt_tokens.unwrap_or(0),
            usage.completion_tokens.unwrap_or(0),
            usage.total_tokens.unwrap_or(0),
        );
    }
    Ok(())
}

#[allow(dead_code)]
async fn chat_stream(client: OpenAI) -> Done {
    use openai_oxide::types::chat::*;
    let request = ChatCompletionRequest::new(
        "m",
        vec![ChatCompletionMessageParam::User { content: UserContent::Text("Haiku.".into()), name: None }],
    );
    let mut stream = client.chat().completions().create_stream(request).await?;
    while let Some(result) = stream.next().await {
        match result {
            Ok(chunk) => {
                for choice in &chunk.choices {
                    if let Some(content) = &choice.delta.content {
                        print!("{content}");
                    }
                    if choice.finish_reason.is_some() {
                        println!();
                    }
                }
            }
            Err(e) => {
                eprintln!("\nStream error: {e}");
                break;
            }
        }
    }
    Ok(())
}

#[allow(dead_code)]
async fn chat_from_async_openai(client: OpenAI) -> Done {
    use openai_oxide::ChatMessage;
    use openai_oxide::types::chat::ChatCompletionRequest;
    // The book's `new` takes the model alone here, and model and messages everywhere else.
    let request = ChatCompletionRequest::new("m", Vec::<ChatMessage>::new());
    client.chat().completions().create(request.messages(vec![ChatMessage::user("Hello")])).await?;
    Ok(())
}

#[allow(dead_code)]
async fn responses(client: OpenAI) -> Done {
    use openai_oxide::types::responses::*;
    let request = ResponseCreateRequest::new("m")
        .input("News?")
        .instructions("Be concise.")
        .tools(vec![ResponseTool::WebSearch {
            search_context_size: Some("medium".into()),
            user_location: None,
        }])
        .temperature(0.7)
        .max_output_tokens(1024)
        .store(true);
    let response = client.responses().create(request).await?;
    println!("{}", response.id);
    println!("{:?}", response.status);
    println!("{}", response.output_text());
    if let Some(usage) = &response.usage {
        println!(
            "{} {} {}",
            usage.input_tokens.unwrap_or(0),
            usage.output_tokens.unwrap_or(0),
            usage.total_tokens.unwrap_or(0),
        );
    }
    let follow_up = ResponseCreateRequest::new("m").input("More?").previous_response_id(&response.id);
    let response2 = client.responses().create(follow_up).await?;
    println!("{}", response2.output_text());
    Ok(())
}

#[allow(dead_code)]
async fn responses_stream(client: OpenAI) -> Done {
    use openai_oxide::types::responses::{ResponseCreateRequest, ResponseStreamEvent};
    let mut stream = client.responses().create_stream(ResponseCreateRequest::new("m").input("Hi")).await?;
    while let Some(Ok(event)) = stream.next().await {
        match event {
            ResponseStreamEvent::OutputTextDelta { delta, .. } => print!("{delta}"),
            ResponseStreamEvent::ResponseCompleted { response } => {
                println!("\nDone: {}", response.output_text());
            }
            _ => {}
        }
    }
    Ok(())
}

#[allow(dead_code)]
async fn tool_calling(client: OpenAI) -> Done {
    use openai_oxide::types::chat::*;
    let tools = vec![Tool {
        type_: "function".into(),
        function: FunctionDef {
            name: "get_weather".into(),
            description: Some("Weather.".into()),
            parameters: Some(serde_json::json!({"type": "object"})),
            strict: Some(true),
        },
    }];
    let request = ChatCompletionRequest::new(
        "m",
        vec![ChatCompletionMessageParam::User { content: UserContent::Text("Weather?".into()), name: None }],
    )
    .tools(tools.clone())
    .tool_choice(ToolChoice::Mode("auto".into()));
    let response = client.chat().completions().create(request).await?;
    let message = &response.choices[0].message;
    if let Some(tool_calls) = &message.tool_calls {
        for tc in tool_calls {
            println!("Tool call: {} ({})", tc.function.name, tc.function.arguments);
            let result = r#"{"temperature": 22}"#;
            let follow_up = ChatCompletionRequest::new(
                "m",
                vec![
                    ChatCompletionMessageParam::Assistant {
                        content: None,
                        name: None,
                        tool_calls: Some(tool_calls.clone()),
                        refusal: None,
                    },
                    ChatCompletionMessageParam::Tool { content: result.into(), tool_call_id: tc.id.clone() },
                ],
            )
            .tools(tools.clone());
            let final_response = client.chat().completions().create(follow_up).await?;
            println!("{}", final_response.choices[0].message.content.as_deref().unwrap_or(""));
        }
    } else {
        println!("Assistant: {}", message.content.as_deref().unwrap_or(""));
    }
    Ok(())
}

#[allow(dead_code)]
async fn named_in_tables(client: OpenAI) -> Done {
    use openai_oxide::stream_helpers::ChatStreamEvent;
    use openai_oxide::types::chat::ChatCompletionRequest;
    use openai_oxide::types::responses::ResponseCreateRequest;
    let request =
        ResponseCreateRequest::new("m").model("n").text_format(serde_json::json!({"type": "object"}));
    client.responses().hedged_request(request.clone(), 2).await?;
    let _calls = client.responses().create_stream_fc(request).await?;
    let mut stream = client.chat().completions().stream(ChatCompletionRequest::default()).await?;
    while let Some(event) = stream.next().await {
        match event? {
            ChatStreamEvent::Chunk(chunk) => println!("{}", chunk.id),
            ChatStreamEvent::ContentDelta { delta, snapshot } => println!("{delta} {}", &*snapshot),
            ChatStreamEvent::ContentDone { content } => println!("{content}"),
            ChatStreamEvent::ToolCallDelta { index, name, arguments_delta, arguments_snapshot } => {
                println!("{index} {name} {arguments_delta} {}", &*arguments_snapshot);
            }
            ChatStreamEvent::ToolCallDone { index, call_id, name, arguments } => {
                println!("{index} {call_id} {name} {arguments}");
            }
            ChatStreamEvent::RefusalDelta { delta, .. } => println!("{delta}"),
            ChatStreamEvent::RefusalDone { refusal } => println!("{refusal}"),
            ChatStreamEvent::Done { finish_reason } => println!("{finish_reason:?}"),
            _ => {}
        }
    }
    Ok(())
}

#[cfg(all(feature = "beta", feature = "vector-stores"))]
#[allow(dead_code)]
fn ways(client: &OpenAI) {
    let _ = (client.beta().assistants(), client.beta().threads(), client.beta().runs());
    let _ = client.beta().vector_stores();
}

#[allow(dead_code)]
async fn structured_output(client: OpenAI) -> Done {
    use openai_oxide::types::chat::*;
    let request = ChatCompletionRequest::new(
        "m",
        vec![ChatCompletionMessageParam::System { content: "Extract.".into(), name: None }],
    )
    .response_format(ResponseFormat::JsonSchema {
        json_schema: JsonSchema {
            name: "person_info".into(),
            description: Some("Person".into()),
            schema: Some(serde_json::json!({"type": "object", "additionalProperties": false})),
            strict: Some(true),
        },
    });
    let response = client.chat().completions().create(request).await?;
    let content = response.choices[0].message.content.as_deref().unwrap_or("{}");
    let parsed: serde_json::Value = serde_json::from_str(content)?;
    println!("{}", parsed["name"]);
    Ok(())
}

#[cfg(feature = "structured")]
#[allow(dead_code)]
async fn parsed(client: OpenAI) -> Done {
    use openai_oxide::parsing::ParsedChatCompletion;
    use openai_oxide::types::chat::{ChatCompletionMessageParam, ChatCompletionRequest, UserContent};
    use openai_oxide::types::responses::ResponseCreateRequest;
    #[derive(Debug, serde::Deserialize, schemars::JsonSchema)]
    struct MathAnswer {
        steps: Vec<Step>,
        final_answer: String,
    }
    #[derive(Debug, serde::Deserialize, schemars::JsonSchema)]
    struct Step {
        explanation: String,
        output: String,
    }
    let messages =
        vec![ChatCompletionMessageParam::User { content: UserContent::Text("2 + 2?".into()), name: None }];
    let request = ChatCompletionRequest::new("m", messages).max_completion_tokens(200);
    let result: ParsedChatCompletion<MathAnswer> =
        client.chat().completions().parse::<MathAnswer>(request).await?;
    if let Some(answer) = &result.parsed {
        println!("{}", answer.final_answer);
    }
    let request = ResponseCreateRequest::new("m").input("2 + 2?");
    let result = client.responses().parse::<MathAnswer>(request).await?;
    for step in result.parsed.unwrap().steps {
        println!("{}: {}", step.explanation, step.output);
    }
    Ok(())
}

#[test]
fn public_types_cross_threads() {
    fn check<T: Send + Sync + 'static>() {}
    fn sent<T: Send>(_: &T) {}
    check::<OpenAI>();
    check::<openai_oxide::OpenAIError>();
    check::<openai_oxide::types::chat::ChatCompletion>();
    check::<openai_oxide::types::responses::Response>();
    check::<openai_oxide::types::responses::ResponseStreamEvent>();
    let client = OpenAI::new("sk-test");
    sent(&client.responses().retrieve("resp_1"));
    sent(&client.responses().retrieve_stream("resp_1"));
    sent(&quick_start());
}
