//! One turn of a hosted agent: its words as they come, a function of yours that it calls, and what the turn came to.

use openai_oxide::OpenAI;
use openai_oxide::types::beta::AgentSessionEvent;

/// The temperature of a city, in degrees Celsius.
#[openai_oxide::tool]
async fn get_temperature(city: String) -> i64 {
    if city == "Oslo" { 4 } else { 21 }
}

#[tokio::main]
async fn main() -> Result<(), openai_oxide::OpenAIError> {
    let client = OpenAI::from_env()?;
    let sessions = client.beta().agents().sessions();

    let mut turn = sessions.stream("sess_1", "How warm is it in Oslo?").tools([get_temperature()]).await?;
    while let Some(event) = turn.recv().await {
        if let AgentSessionEvent::AgentSessionTurnOutputTextDelta(text) = event? {
            println!("{}", text.delta);
        }
    }
    println!("{}", turn.get_final_result().await?.output_text());
    Ok(())
}
