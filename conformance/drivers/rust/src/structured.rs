//! Structured output and tools: `parse`, `run_tools`, and `strict_schema`, which needs no client.

use openai_oxide::OpenAI;

use crate::calls::Done;
use crate::case::{Call, Outcome};

pub(crate) async fn run(_client: &OpenAI, call: &Call, outcome: &mut Outcome) -> Done {
    let _ = (&call.format, &call.tools, call.max_rounds);
    outcome.unsupported = Some("the driver has no such helper yet".to_owned());
    Ok(())
}
