//! Structured output and tools: `parse`, `run_tools`, and `strict_schema`, which needs no client.

use std::time::Duration;

use openai_oxide::parsing::{ParsedChatCompletion, ParsedResponse};
use openai_oxide::schemars::JsonSchema;
use openai_oxide::strict::strict_schema_value;
use openai_oxide::tools::{Step, Tool};
use openai_oxide::{OpenAI, tool};
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use crate::calls::{Done, request, to_json, with_options};
use crate::case::{Call, Helper, Outcome};

/// What a value of the suite has to be.
pub(crate) trait Shape: JsonSchema + DeserializeOwned + Serialize + Send + 'static {}
impl<T: JsonSchema + DeserializeOwned + Serialize + Send + 'static> Shape for T {}

/// The shapes of the suite.
pub(crate) mod shapes {
    use openai_oxide::schemars;
    use openai_oxide::schemars::JsonSchema;
    use serde::{Deserialize, Serialize};

    #[derive(Deserialize, JsonSchema, Serialize)]
    pub(crate) struct MathAnswer {
        steps: Vec<Step>,
        final_answer: String,
    }

    #[derive(Deserialize, JsonSchema, Serialize)]
    struct Step {
        explanation: String,
        output: String,
    }

    #[derive(Deserialize, JsonSchema, Serialize)]
    pub(crate) struct Person {
        name: String,
        age: i64,
        email: Option<String>,
    }

    #[derive(Deserialize, JsonSchema, Serialize)]
    pub(crate) struct Drawing {
        shapes: Vec<Shape>,
    }

    #[derive(Deserialize, JsonSchema, Serialize)]
    #[serde(tag = "kind", rename_all = "snake_case")]
    enum Shape {
        Circle { radius: f64 },
        Square { side: f64 },
    }

    #[derive(Deserialize, JsonSchema, Serialize)]
    pub(crate) struct Tree {
        value: i64,
        children: Vec<Tree>,
    }

    #[derive(Deserialize, JsonSchema, Serialize)]
    #[schemars(rename = "Mood")]
    pub(crate) struct Mood {
        mood: Feeling,
        score: f64,
    }

    #[derive(Deserialize, JsonSchema, Serialize)]
    #[serde(rename_all = "snake_case")]
    enum Feeling {
        Happy,
        Sad,
    }
}

#[derive(Deserialize, JsonSchema, Serialize)]
#[serde(rename_all = "snake_case")]
#[schemars(crate = "openai_oxide::schemars")]
enum Unit {
    Celsius,
    Fahrenheit,
}

/// The weather in a city.
#[tool]
async fn get_weather(city: String, unit: Unit) -> Value {
    json!({"city": city, "temperature": 21, "unit": unit})
}

/// The sum of two numbers.
#[tool]
fn add(a: i64, b: i64) -> Value {
    json!({"sum": a + b})
}

/// Waits.
#[tool]
async fn sleep(seconds: f64) -> Value {
    tokio::time::sleep(Duration::from_secs_f64(seconds)).await;
    json!({"slept": seconds})
}

/// Fails.
#[tool]
async fn fail(reason: String) -> Result<(), String> {
    Err(reason)
}

pub(crate) async fn run(client: &OpenAI, call: &Call, outcome: &mut Outcome) -> Done {
    match call.helper {
        Some(Helper::StrictSchema) => {
            outcome.result = Some(strict_schema_value(call.params["schema"].clone())?);
            Ok(())
        }
        Some(Helper::RunTools) => run_tools(client, call, outcome).await,
        _ => match call.format.as_deref() {
            Some("MathAnswer") => parse::<shapes::MathAnswer>(client, call, outcome).await,
            Some("Person") => parse::<shapes::Person>(client, call, outcome).await,
            Some("Drawing") => parse::<shapes::Drawing>(client, call, outcome).await,
            Some("Tree") => parse::<shapes::Tree>(client, call, outcome).await,
            Some("Mood") => parse::<shapes::Mood>(client, call, outcome).await,
            other => {
                outcome.unsupported = Some(format!("the driver has no shape {other:?}"));
                Ok(())
            }
        },
    }
}

async fn parse<T: Shape>(client: &OpenAI, call: &Call, outcome: &mut Outcome) -> Done {
    if call.operation == "chat.completions.create" {
        let completions = client.chat().completions();
        let answer: ParsedChatCompletion<T> = if call.stream {
            let ready = completions.parse_stream::<T>(request(call.params.clone(), call)?);
            with_options(ready, &call.options).await?.get_final_completion().await?
        } else {
            with_options(completions.parse::<T>(request(call.params.clone(), call)?), &call.options).await?
        };
        outcome.parsed = Some(to_json(&answer.parsed)?);
        outcome.result = Some(to_json(&answer.completion)?);
        return Ok(());
    }
    let answer: ParsedResponse<T> = if call.stream {
        let ready = client.responses().parse_stream::<T>(request(call.params.clone(), call)?);
        with_options(ready, &call.options).await?.get_final_response().await?
    } else {
        with_options(client.responses().parse::<T>(request(call.params.clone(), call)?), &call.options)
            .await?
    };
    outcome.parsed = Some(to_json(&answer.parsed)?);
    outcome.result = Some(to_json(&answer.response)?);
    Ok(())
}

/// The suite's tools of these names.
pub(crate) fn tools(names: &[String]) -> Vec<Tool> {
    let known = |name: &String| match name.as_str() {
        "get_weather" => Some(get_weather()),
        "add" => Some(add()),
        "sleep" => Some(sleep()),
        "fail" => Some(fail()),
        _ => None,
    };
    names.iter().filter_map(known).collect()
}

async fn run_tools(client: &OpenAI, call: &Call, outcome: &mut Outcome) -> Done {
    let tools = tools(&call.tools);
    let rounds = call.max_rounds.map_or(10, |rounds| rounds as usize);
    let events = outcome.events.insert(Vec::new());
    // The steps are told as they come, so that those before a failure are known.
    let result = if call.operation == "chat.completions.create" {
        let run = client.chat().completions().run_tools(request(call.params.clone(), call)?, tools);
        let run = run.max_rounds(rounds).on_step(|step| events.push(told(step))).await?;
        to_json(&run.completion)?
    } else {
        let run = client.responses().run_tools(request(call.params.clone(), call)?, tools);
        let run = run.max_rounds(rounds).on_step(|step| events.push(told(step))).await?;
        to_json(&run.response)?
    };
    outcome.result = Some(result);
    Ok(())
}

fn told(step: &Step) -> Value {
    match step {
        Step::Assistant { content, calls } => {
            let calls: Vec<_> = calls
                .iter()
                .map(|call| json!({"name": call.name, "arguments": call.arguments, "call_id": call.call_id}))
                .collect();
            json!({"type": "assistant", "content": content, "calls": calls})
        }
        Step::Tool { name, call_id, output, .. } => {
            json!({"type": "tool", "name": name, "call_id": call_id, "output": output})
        }
        _ => Value::Null,
    }
}
