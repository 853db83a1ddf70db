//! Where a request goes: base URL, path parameters, query.
//!
//! A parameter is one escaped path segment and can never change the route: empty values, `.` and `..` are refused.
//! Query objects follow the API's rules: lists as `name[]=item`, objects as `name[key]=value`, nulls left out, order kept.

use super::config::ClientConfig;
use super::error::{Error, ErrorKind};
use super::request::Request;
use super::secret::REDACTED;
use http::Uri;
use http::uri::Scheme;
use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};
use serde::de::{DeserializeSeed, Deserializer, Error as _, MapAccess, SeqAccess, Visitor};
use std::fmt::Write as _;

/// RFC 3986 `unreserved`.
const QUERY: &AsciiSet = &NON_ALPHANUMERIC.remove(b'-').remove(b'.').remove(b'_').remove(b'~');
/// RFC 3986 `pchar`.
const SEGMENT: &AsciiSet = &QUERY
    .remove(b'!')
    .remove(b'$')
    .remove(b'&')
    .remove(b'\'')
    .remove(b'(')
    .remove(b')')
    .remove(b'*')
    .remove(b'+')
    .remove(b',')
    .remove(b';')
    .remove(b'=')
    .remove(b':')
    .remove(b'@');

type Pairs = Vec<(String, String)>;

/// The client's base URL and default query, checked once.
pub(crate) struct BaseUrl {
    /// Scheme, authority and path, without a slash at the end.
    prefix: String,
    authority: String,
    query: Option<String>,
    default_query: Pairs,
}

impl BaseUrl {
    pub(crate) fn new(config: &ClientConfig) -> Result<Self, Error> {
        let text = config.base_url.trim();
        let invalid = |why: &str| Error::new(ErrorKind::Config, format!("base URL {:?}: {why}", shown(text)));
        let uri: Uri = text.parse().map_err(|_| invalid("not a URL"))?;
        let authority = uri.authority().filter(|authority| !authority.host().is_empty());
        let (Some(scheme), Some(authority)) = (uri.scheme(), authority) else {
            return Err(invalid("it needs a scheme and a host, as in https://api.openai.com/v1"));
        };
        if *scheme != Scheme::HTTP && *scheme != Scheme::HTTPS {
            return Err(invalid("only http and https are supported"));
        }
        let port = authority.as_str().strip_prefix(authority.host()).and_then(|rest| rest.strip_prefix(':'));
        if port.is_some_and(|port| port.parse::<u16>().is_err()) {
            return Err(invalid("the port is not a number from 0 to 65535"));
        }
        if authority.as_str().contains('@') {
            return Err(invalid("credentials do not belong in a URL; pass the key as the API key"));
        }
        Ok(Self {
            prefix: format!("{scheme}://{authority}{}", uri.path().trim_end_matches('/')),
            authority: authority.to_string(),
            query: uri.query().filter(|query| !query.is_empty()).map(str::to_owned),
            default_query: config.default_query.clone(),
        })
    }

    /// Host and port as written: what messages and traces may show.
    pub(crate) fn authority(&self) -> &str {
        &self.authority
    }

    pub(crate) fn of(&self, request: &Request) -> Result<Uri, Error> {
        let mut url = String::with_capacity(self.prefix.len() + 64);
        url.push_str(&self.prefix);
        let pairs = match &request.query {
            Some(json) => pairs(json, "query")?,
            None => Vec::new(),
        };
        let replaced =
            |name: &str| pairs.iter().any(|(own, _)| own.split('[').next() == name.split('[').next());
        let (path, fixed) = request.operation.path.split_once('?').unwrap_or((request.operation.path, ""));
        match request.custom_path() {
            Some(path) => {
                if !path.starts_with('/') {
                    url.push('/');
                }
                url.push_str(path);
            }
            None => push_path(&mut url, path, request)?,
        }
        let mut separator = if url.contains('?') { '&' } else { '?' };
        if let Some(query) = &self.query {
            url.push(separator);
            url.push_str(query);
            separator = '&';
        }
        for pair in fixed
            .split('&')
            .filter(|pair| !pair.is_empty() && !replaced(pair.split('=').next().unwrap_or_default()))
        {
            let _ = write!(url, "{separator}{pair}");
            separator = '&';
        }
        let defaults = self.default_query.iter().filter(|(name, _)| !replaced(name));
        for (name, value) in defaults.chain(&pairs) {
            let _ = write!(
                url,
                "{separator}{}={}",
                utf8_percent_encode(name, QUERY),
                utf8_percent_encode(value, QUERY)
            );
            separator = '&';
        }
        url.parse()
            .map_err(|_| Error::new(ErrorKind::InvalidRequest, "the request's path is not a valid URL path"))
    }
}

fn push_path(url: &mut String, path: &str, request: &Request) -> Result<(), Error> {
    let invalid = |message: String| Error::new(ErrorKind::InvalidRequest, message);
    let mut values = request.path_params.iter();
    let mut rest = path;
    while let Some((before, (name, after))) =
        rest.split_once('{').and_then(|(b, r)| Some((b, r.split_once('}')?)))
    {
        let value = values.next().ok_or_else(|| invalid(format!("path parameter {name:?} is missing")))?;
        if matches!(value.as_str(), "" | "." | "..") {
            return Err(invalid(format!("path parameter {name:?} must not be {value:?}")));
        }
        url.push_str(before);
        url.extend(utf8_percent_encode(value, SEGMENT));
        rest = after;
    }
    url.push_str(rest);
    match values.next() {
        Some(_) => Err(invalid(format!("{} takes fewer path parameters", request.operation.id))),
        None => Ok(()),
    }
}

/// A URL as messages may show it: without a query, and not at all where it holds credentials.
pub(crate) fn shown(url: &str) -> &str {
    match url.split(['?', '#']).next() {
        Some(place) if !place.contains('@') => place,
        _ => REDACTED,
    }
}

/// The pairs of a JSON object; `what` they are is for the message.
pub(crate) fn pairs(json: &[u8], what: &str) -> Result<Pairs, Error> {
    let mut pairs = Vec::new();
    let mut text = serde_json::Deserializer::from_slice(json);
    Flatten { name: String::new(), pairs: &mut pairs }
        .deserialize(&mut text)
        .and_then(|()| text.end())
        .map_err(|why| {
            Error::new(ErrorKind::InvalidRequest, format!("the {what} must be a JSON object: {why}"))
        })?;
    Ok(pairs)
}

/// Flattens JSON into pairs as it is read, which keeps the order without a tree.
struct Flatten<'a> {
    name: String,
    pairs: &'a mut Pairs,
}

impl Flatten<'_> {
    fn value<E: serde::de::Error>(self, text: String) -> Result<(), E> {
        if self.name.is_empty() {
            return Err(E::custom("the top level holds a single value"));
        }
        self.pairs.push((self.name, text));
        Ok(())
    }
}

impl<'de> DeserializeSeed<'de> for Flatten<'_> {
    type Value = ();
    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<(), D::Error> {
        deserializer.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for Flatten<'_> {
    type Value = ();

    fn expecting(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("query parameters")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<(), A::Error> {
        while let Some(key) = map.next_key::<String>()? {
            let name = if self.name.is_empty() { key } else { format!("{}[{key}]", self.name) };
            map.next_value_seed(Flatten { name, pairs: &mut *self.pairs })?;
        }
        Ok(())
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut list: A) -> Result<(), A::Error> {
        if self.name.is_empty() {
            return Err(A::Error::custom("the top level is a list"));
        }
        let name = format!("{}[]", self.name);
        while list.next_element_seed(Flatten { name: name.clone(), pairs: &mut *self.pairs })?.is_some() {}
        Ok(())
    }

    fn visit_unit<E>(self) -> Result<(), E> {
        Ok(())
    }

    fn visit_bool<E: serde::de::Error>(self, value: bool) -> Result<(), E> {
        self.value(value.to_string())
    }

    fn visit_u64<E: serde::de::Error>(self, value: u64) -> Result<(), E> {
        self.value(value.to_string())
    }

    fn visit_i64<E: serde::de::Error>(self, value: i64) -> Result<(), E> {
        self.value(value.to_string())
    }

    fn visit_f64<E: serde::de::Error>(self, value: f64) -> Result<(), E> {
        self.value(value.to_string())
    }

    fn visit_str<E: serde::de::Error>(self, value: &str) -> Result<(), E> {
        self.value(value.to_owned())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::engine::{ResultKind, operation};
    use http::Method;

    fn base(url: &str) -> Result<BaseUrl, Error> {
        BaseUrl::new(&ClientConfig::new("sk-x").base_url(url))
    }

    fn url(id: &str, params: &[&str], query: Option<&str>) -> Result<String, Error> {
        let mut request = Request::new(operation(id).unwrap());
        request.path_params = params.iter().map(|&param| param.into()).collect();
        request.query = query.map(|json| json.to_owned().into());
        base("https://host/v1/")?.of(&request).map(|uri| uri.to_string())
    }

    #[test]
    fn base_urls_join_with_slash_path_and_query() {
        let request = Request::new(operation("models.list").unwrap());
        for (given, expected) in [
            ("https://api.openai.com/v1", "https://api.openai.com/v1/models"),
            ("https://api.openai.com/v1/", "https://api.openai.com/v1/models"),
            (" http://127.0.0.1:8000 ", "http://127.0.0.1:8000/models"),
            ("http://[::1]:8000/a/b//", "http://[::1]:8000/a/b/models"),
            ("https://host/v1?api-version=2", "https://host/v1/models?api-version=2"),
        ] {
            assert_eq!(base(given).unwrap().of(&request).unwrap().to_string(), expected);
        }
    }

    #[test]
    fn unusable_base_urls_are_refused_without_showing_credentials() {
        for given in [
            "",
            "api.openai.com",
            "localhost:80",
            "/v1",
            "ftp://host/",
            "https://",
            "http://a b/",
            "https://host:port/v1",
            "https://host:70000/v1",
            "https://u:pw@host/v1",
        ] {
            let error = base(given).map(|_| ()).unwrap_err();
            assert_eq!(error.kind(), ErrorKind::Config, "{given}");
            assert!(!format!("{error} {error:?}").contains("pw"), "{error}");
        }
    }

    #[test]
    fn a_path_parameter_is_one_escaped_segment() {
        let get = |value| url("models.retrieve", &[value], None);
        assert_eq!(get("ft:gpt-4o:org::x").unwrap(), "https://host/v1/models/ft:gpt-4o:org::x");
        assert_eq!(get("a/b?c#d e%2f").unwrap(), "https://host/v1/models/a%2Fb%3Fc%23d%20e%252f");
        assert_eq!(get("ü\n").unwrap(), "https://host/v1/models/%C3%BC%0A");
        for bad in ["", ".", ".."] {
            assert_eq!(get(bad).unwrap_err().kind(), ErrorKind::InvalidRequest);
        }
        assert_eq!(url("models.retrieve", &[], None).unwrap_err().kind(), ErrorKind::InvalidRequest);
        assert_eq!(url("models.list", &["x"], None).unwrap_err().kind(), ErrorKind::InvalidRequest);
    }

    #[test]
    fn queries_keep_their_order_and_follow_the_rules() {
        let query = r#"{"z":true,"include":["a b","c"],"metadata":{"k":{"n":1.5}},"after":null,"limit":20,"no":[],"e":""}"#;
        let expected = "https://host/v1/models?z=true&include%5B%5D=a%20b&include%5B%5D=c&metadata%5Bk%5D%5Bn%5D=1.5&limit=20&e=";
        assert_eq!(url("models.list", &[], Some(query)).unwrap(), expected);
        assert_eq!(url("models.list", &[], Some("{}")).unwrap(), "https://host/v1/models");
        for bad in ["", "[]", "1", "[1]", "{\"a\":1} x", "{"] {
            assert_eq!(
                url("models.list", &[], Some(bad)).unwrap_err().kind(),
                ErrorKind::InvalidRequest,
                "{bad}"
            );
        }
    }

    #[test]
    fn a_call_replaces_a_default_query_of_the_same_name() {
        let config =
            ClientConfig::new("sk-x").base_url("http://h").default_query("v", "1").default_query("a", "&");
        let request = Request::new(operation("models.list").unwrap()).query(&b"{\"v\":2}"[..]);
        assert_eq!(BaseUrl::new(&config).unwrap().of(&request).unwrap(), "http://h/models?a=%26&v=2");
    }

    #[test]
    fn a_custom_path_is_taken_as_it_is() {
        let request =
            Request::custom(Method::GET, "x/y?z=1", ResultKind::Json, None).query(&b"{\"q\":2}"[..]);
        assert_eq!(base("http://h/v1").unwrap().of(&request).unwrap(), "http://h/v1/x/y?z=1&q=2");
    }
}
