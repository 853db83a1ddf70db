//! Request headers: what the client always sends, what one call adds, what the caller overrides.
//!
//! A POST carries an `Idempotency-Key`, made once per logical call and kept by every attempt, so that a server (or a gateway
//! before it) that knows the header can recognise a repeated request. `x-stainless-retry-count` says which attempt it is.

use super::attempts::Mode;
use super::config::ClientConfig;
use super::error::{Error, ErrorKind};
use super::operation::Auth;
use super::request::Request;
use super::rt;
use super::secret::Secret;
use http::header::{ACCEPT, ACCEPT_ENCODING, AUTHORIZATION, CONTENT_TYPE, USER_AGENT};
use http::{HeaderMap, HeaderName, HeaderValue, Method};

const IDEMPOTENCY_KEY: HeaderName = HeaderName::from_static("idempotency-key");
const JSON: &str = "application/json";
pub(crate) const RETRY_COUNT: HeaderName = HeaderName::from_static("x-stainless-retry-count");

/// The client's part, checked and built once.
pub(crate) struct Headers {
    ours: HeaderMap,
    bearer: Option<HeaderValue>,
    admin: Option<HeaderValue>,
    defaults: Vec<(HeaderName, HeaderValue)>,
}

impl Headers {
    pub(crate) fn new(config: &ClientConfig) -> Result<Self, Error> {
        let invalid = |message: String| Error::new(ErrorKind::Config, message);
        let mut defaults = Vec::with_capacity(config.default_headers.len());
        for (name, value) in &config.default_headers {
            defaults.push(
                parse(name, value).map_err(|what| invalid(format!("default header {name:?}: {what}")))?,
            );
        }
        let mut ours = HeaderMap::with_capacity(8);
        let bearer = config.api_key.as_ref().map(|key| authorization("API key", key)).transpose()?;
        let admin =
            config.admin_api_key.as_ref().map(|key| authorization("admin API key", key)).transpose()?;
        let other = || defaults.iter().any(|(name, _)| is_credential(name.as_str()));
        if bearer.is_none() && admin.is_none() && !other() {
            return Err(invalid("no API key: pass one to the client or set OPENAI_API_KEY".into()));
        }
        for (name, value) in
            [("openai-organization", &config.organization), ("openai-project", &config.project)]
        {
            if let Some(value) = value {
                let value = HeaderValue::from_str(value)
                    .map_err(|_| invalid(format!("{name} cannot be sent in a header")))?;
                ours.insert(HeaderName::from_static(name), value);
            }
        }
        let agent = HeaderValue::from_str(&config.user_agent)
            .map_err(|_| invalid("the user agent cannot be sent in a header".into()))?;
        ours.insert(USER_AGENT, agent);
        // A host's fetch asks for what it can decode itself.
        if cfg!(not(target_arch = "wasm32")) {
            ours.insert(ACCEPT_ENCODING, HeaderValue::from_static("gzip, br, zstd"));
        }
        Ok(Self { ours, bearer, admin, defaults })
    }

    /// All headers of a call but the retry count.
    pub(crate) fn of(
        &self,
        request: &Request,
        content_type: Option<&str>,
        mode: Mode,
    ) -> Result<HeaderMap, Error> {
        let invalid =
            |name: &str, what| Error::new(ErrorKind::InvalidRequest, format!("header {name:?}: {what}"));
        let mut headers = self.ours.clone();
        headers.reserve(6 + self.defaults.len() + request.options.headers.len());
        let accept = if mode == Mode::Events { "text/event-stream" } else { accept(request) };
        headers.insert(ACCEPT, HeaderValue::from_static(accept));
        let key = match request.operation.auth {
            Auth::Bearer => &self.bearer,
            Auth::Admin => &self.admin,
        };
        if let Some(key) = key {
            headers.insert(AUTHORIZATION, key.clone());
        }
        match content_type {
            None => {}
            Some(JSON) => drop(headers.insert(CONTENT_TYPE, HeaderValue::from_static(JSON))),
            Some(other) => {
                let (name, value) =
                    parse(CONTENT_TYPE.as_str(), other).map_err(|what| invalid("content-type", what))?;
                headers.insert(name, value);
            }
        }
        if let Some(beta) = request.operation.beta {
            headers.insert("openai-beta", HeaderValue::from_static(beta));
        }
        if let Some(key) = &request.options.idempotency_key {
            let (name, value) =
                parse("idempotency-key", key).map_err(|what| invalid("idempotency-key", what))?;
            headers.insert(name, value);
        } else if request.operation.method == Method::POST {
            headers.insert(IDEMPOTENCY_KEY, fresh_key());
        }
        for (name, value) in &self.defaults {
            headers.insert(name, value.clone());
        }
        for (name, value) in &request.options.headers {
            match value {
                Some(value) => {
                    let (name, value) = parse(name, value).map_err(|what| invalid(name, what))?;
                    headers.insert(name, value);
                }
                None => drop(headers.remove(name.as_str())),
            }
        }
        let removed =
            || request.options.headers.iter().any(|(name, value)| value.is_none() && is_credential(name));
        if !headers.keys().any(|name| is_credential(name.as_str())) && !removed() {
            let what = match request.operation.auth {
                Auth::Bearer => "no API key: pass one to the client or set OPENAI_API_KEY",
                Auth::Admin => "no admin API key: pass one to the client or set OPENAI_ADMIN_KEY",
            };
            return Err(Error::new(ErrorKind::Config, what));
        }
        Ok(headers)
    }
}

/// A key that no other call has. Written by hand: the formatting machinery would cost as much as the rest of the headers.
fn fresh_key() -> HeaderValue {
    let mut key = *b"oxide-00000000000000000000000000000000";
    let random = u128::from(rt::random()) << 64 | u128::from(rt::random());
    for (index, digit) in key[6..].iter_mut().enumerate() {
        *digit = b"0123456789abcdef"[(random >> (4 * index)) as usize & 0xf];
    }
    HeaderValue::from_bytes(&key).expect("hexadecimal")
}

/// A racer's own idempotency key, where there is one.
pub(crate) fn of_racer(headers: &mut HeaderMap, racer: u32) {
    if racer > 0
        && let Some(key) = headers.get_mut(IDEMPOTENCY_KEY)
    {
        let own = [key.as_bytes(), b"-hedge-", racer.to_string().as_bytes()].concat();
        *key = HeaderValue::from_bytes(&own).expect("a header's value and visible ASCII");
        key.set_sensitive(true);
    }
}

/// Gateways take other credentials than a bearer token.
fn is_credential(name: &str) -> bool {
    name.eq_ignore_ascii_case("authorization") || name.eq_ignore_ascii_case("api-key")
}

fn authorization(what: &str, key: &Secret) -> Result<HeaderValue, Error> {
    let key = key.expose();
    if key.is_empty() || !key.bytes().all(|byte| byte.is_ascii_graphic()) {
        let message = format!(
            "the {what} is empty or holds a character that no header can carry (a line break, a space, a non-ASCII letter)"
        );
        return Err(Error::new(ErrorKind::Config, message));
    }
    Ok(secret(&format!("Bearer {key}")).expect("visible ASCII"))
}

fn accept(request: &Request) -> &'static str {
    use super::operation::ResultKind::{Binary, Json, None, Text};
    request.operation.accept.unwrap_or(match request.operation.result {
        Json => "application/json",
        Binary => "application/octet-stream",
        Text | None => "*/*",
    })
}

fn parse(name: &str, value: &str) -> Result<(HeaderName, HeaderValue), &'static str> {
    let name = HeaderName::from_bytes(name.as_bytes()).map_err(|_| "not a header name")?;
    Ok((name, secret(value).ok_or("the value holds a character that no header can carry")?))
}

/// Marked sensitive, because callers put credentials into any header: its Debug form hides it and HTTP/2 does not index it.
fn secret(value: &str) -> Option<HeaderValue> {
    let mut value = HeaderValue::from_str(value).ok()?;
    value.set_sensitive(true);
    Some(value)
}
