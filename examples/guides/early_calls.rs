//! Function calls handed over while the answer still streams: the work starts before the model has finished.

use openai_oxide::OpenAI;
use openai_oxide::types::responses::{FunctionTool, ResponseCreateRequest};
use serde_json::json;

#[derive(serde::Deserialize)]
struct Place {
    city: String,
}

#[tokio::main]
async fn main() -> Result<(), Box<dyn std::error::Error>> {
    let client = OpenAI::from_env()?;
    let schema = json!({
        "type": "object",
        "properties": {"city": {"type": "string"}},
        "required": ["city"],
        "additionalProperties": false,
    });
    let weather = FunctionTool::new("get_weather").parameters(schema).strict(true);
    let request =
        ResponseCreateRequest::new("gpt-5.4-mini").input("Weather in Zürich and Oslo?").tools([weather]);

    let mut calls = client.responses().create_stream_fc(request).await?;
    while let Some(call) = calls.recv().await {
        let call = call?;
        let place: Place = call.parse()?;
        println!("{} for {}", call.name, place.city);
    }
    let response = calls.final_response().await?;
    println!("{} calls in all", response.output.len());
    Ok(())
}
