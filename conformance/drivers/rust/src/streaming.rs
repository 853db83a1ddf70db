//! The helpers over streams: `stream`, `fc`, and `partial_json`, which needs no client.

use openai_oxide::OpenAI;

use crate::calls::Done;
use crate::case::{Call, Outcome};

pub(crate) async fn run(_client: &OpenAI, _call: &Call, outcome: &mut Outcome) -> Done {
    outcome.unsupported = Some("the driver has no such helper yet".to_owned());
    Ok(())
}
