//! Free mode: finds an answer for any request among the cases, so that a program runs without key or network.
//!
//! Nothing is made up: every answer is one that a case holds, recorded ones first. The closest wins: the same
//! question, then the same model, then the same options.

use std::sync::Arc;

use crate::case::{ExpectedRequest, Response, Source};
use crate::http::WireRequest;
use crate::json::Json;
use crate::suite::{LoadedCase, Suite};

struct Offer<'a> {
    case: &'a Arc<LoadedCase>,
    request: &'a ExpectedRequest,
    response: &'a Response,
}

/// The case whose first exchange answers `request` best; its path is given below `/v1`.
pub(crate) fn find<'a>(suite: &'a Suite, request: &WireRequest, path: &str) -> Option<&'a Arc<LoadedCase>> {
    let body = Json::parse(&request.body).unwrap_or(Json::Null);
    suite
        .iter()
        .filter_map(|(_, case)| Some((score(&offer(case)?, request, path, &body)?, case)))
        // The first of equals: `max_by_key` would take the last.
        .reduce(|best, next| if next.0 > best.0 { next } else { best })
        .map(|(_, case)| case)
}

/// Only a case of one plain, successful exchange is an answer; retries and faults are for the suite.
fn offer(case: &Arc<LoadedCase>) -> Option<Offer<'_>> {
    let [exchange] = case.case.exchange.as_slice() else { return None };
    let response = exchange.response.as_ref()?;
    let plain = response.status.unwrap_or(200) < 300
        && response.end == crate::case::Ending::Done
        && response.raw.is_none()
        && response.framing.is_none();
    plain.then_some(Offer { case, request: &exchange.request, response })
}

fn score(offer: &Offer<'_>, request: &WireRequest, path: &str, body: &Json) -> Option<i32> {
    let known = offer.request.path.as_deref()?;
    let wants_stream = body.get("stream") == Some(&Json::Bool(true));
    if offer.request.method.as_deref() != Some(&request.method)
        || wants_stream != offer.response.sse.is_some()
        || !same_operation(known, path)
    {
        return None;
    }
    let known_body = offer.request.body.as_ref().or(offer.request.body_has.as_ref());
    let mut score = known_body.map_or(0, |known| agreement(known, body));
    if known == path {
        score += 32;
    }
    if matches!(offer.case.case.source, Source::Recorded(_)) {
        score += 1024;
    }
    Some(score)
}

/// How alike two bodies are: what is asked weighs more than who is asked, and that more than how.
fn agreement(known: &Json, body: &Json) -> i32 {
    let (Json::Map(known_members), Json::Map(members)) = (known, body) else { return 0 };
    let weight = |name: &str| match name {
        "messages" | "input" => 256,
        "model" => 64,
        _ => 1,
    };
    let shared = known_members.iter().filter(|(name, value)| body.get(name) == Some(value));
    let unasked = known_members.iter().filter(|(name, _)| body.get(name).is_none());
    let unknown = members.iter().filter(|(name, _)| known.get(name).is_none());
    shared.map(|(name, _)| weight(name)).sum::<i32>() - (unasked.count() + unknown.count()) as i32
}

/// The same words at the even places: `/responses/resp_1/input_items` is `/responses/resp_2/input_items`.
/// `/chat/completions` is the one route whose second word is no id.
fn same_operation(known: &str, path: &str) -> bool {
    let offset = if path.starts_with("/chat/") { 2 } else { 1 };
    let (known, path): (Vec<_>, Vec<_>) = (known.split('/').collect(), path.split('/').collect());
    let fixed = |index: usize| index <= offset || (index - offset).is_multiple_of(2);
    known.len() == path.len() && known.iter().zip(&path).enumerate().all(|(i, (a, b))| !fixed(i) || a == b)
}
