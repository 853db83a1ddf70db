//! What makes a case unplayable or meaningless although every value has the right type.

use crate::body::decode;
use crate::case::{Case, Chunk, Ending, ExpectedPart, Response};

impl Response {
    /// Contradictions that the types allow.
    fn check(&self) -> Result<(), String> {
        let bodies = [
            ("json", self.json.is_some()),
            ("text", self.text.is_some()),
            ("base64", self.base64.is_some()),
            ("sse", self.sse.is_some()),
            ("raw", self.raw.is_some()),
        ];
        let given: Vec<_> = bodies.iter().filter(|(_, given)| *given).map(|(name, _)| *name).collect();
        if given.len() > 1 {
            return Err(format!("a response has one body, this one has {}", given.join(" and ")));
        }
        if [self.gzip, self.br, self.zstd].iter().filter(|on| **on).count() > 1 {
            return Err("one of gzip, br and zstd at a time".into());
        }
        if matches!(self.chunk, Some(Chunk::Events)) && self.sse.is_none() {
            return Err("`chunk: events` needs an `sse` body".into());
        }
        if matches!(self.chunk, Some(Chunk::Events)) && (self.gzip || self.br || self.zstd) {
            return Err("events have no borders in an encoded body: cut by size or position".into());
        }
        if self.raw.is_some() && (self.status.is_some() || !self.headers.is_empty() || self.framing.is_some())
        {
            return Err("`raw` already holds the status line, headers and framing".into());
        }
        let seconds = [self.delay, self.head_delay].into_iter().chain(self.pause_at.values().copied());
        if seconds.into_iter().any(|s| !(0.0..=3600.0).contains(&s)) {
            return Err("a delay lies between 0 and 3600 seconds".into());
        }
        Ok(())
    }
}

impl ExpectedPart {
    fn check(&self) -> Result<(), String> {
        let contents = [self.text.is_some(), self.base64.is_some(), self.json.is_some()];
        if contents.iter().filter(|given| **given).count() > 1 {
            return Err("give one of text, base64, json".into());
        }
        self.base64.as_deref().map_or(Ok(()), |text| decode(text).map(drop))
    }
}

impl Case {
    pub(crate) fn check(&self) -> Result<(), String> {
        let name = self.name.value.as_str();
        let allowed = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || "/-_.".contains(c);
        if name.is_empty() || !name.chars().all(allowed) || name.split('/').any(str::is_empty) {
            return Err("the name is a path of lower-case words, digits, `-`, `_` and `.`".into());
        }
        if self.call.is_some() == self.webhook.is_some() {
            return Err("a case has either `call` or `webhook`".into());
        }
        if let Some(call) = &self.call
            && call.operation.is_some() == call.helper.is_some_and(|helper| helper.is_local())
        {
            return Err("a call names its operation, unless its helper needs no request".into());
        }
        if self.exchange.iter().any(|e| e.connect.is_some()) && self.exchange.len() > 1 {
            return Err("an attempt with `connect` cannot be counted, so it stands alone in its case".into());
        }
        for (index, exchange) in self.exchange.iter().enumerate() {
            let attempt = |message: String| format!("attempt {}: {message}", index + 1);
            let endings = [
                exchange.response.is_some(),
                exchange.fault.is_some(),
                exchange.connect.is_some(),
                exchange.websocket.is_some(),
            ];
            if endings.iter().filter(|given| **given).count() != 1 {
                return Err(attempt("give one of response, fault, connect, websocket".into()));
            }
            if exchange.fault == Some(Ending::Done) {
                return Err(attempt("a fault is close, reset or stall".into()));
            }
            if let Some(response) = &exchange.response {
                response.check().map_err(attempt)?;
            }
            let bodies = [
                exchange.request.body.is_some(),
                exchange.request.body_bytes.is_some(),
                exchange.request.body_has.is_some(),
                exchange.request.multipart.is_some(),
            ];
            if bodies.iter().filter(|given| **given).count() > 1 {
                return Err(attempt("give one of body, body_bytes, body_has, multipart".into()));
            }
            for part in exchange.request.multipart.iter().flatten() {
                part.check().map_err(|message| attempt(format!("part {}: {message}", part.name)))?;
            }
        }
        Ok(())
    }
}
