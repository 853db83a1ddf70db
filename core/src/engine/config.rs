//! What a client is told once: credentials, address, limits, defaults.
//!
//! Building never fails and never reads more than it is asked to; `Engine::new` checks everything and reports the first
//! mistake as an error of kind `config`. `Debug` shows neither the key nor any header's value.

use super::hedge::Hedge;
use super::secret::Secret;
use crate::generated::defaults;
use std::path::{Path, PathBuf};
use std::time::Duration;

/// Settings of a client. Defaults: 600 s per attempt, 5 s to connect, 2 retries, no other limit.
#[derive(Clone)]
pub struct ClientConfig {
    pub(crate) api_key: Option<Secret>,
    pub(crate) admin_api_key: Option<Secret>,
    pub(crate) base_url: String,
    pub(crate) organization: Option<String>,
    pub(crate) project: Option<String>,
    pub(crate) timeout: Duration,
    pub(crate) connect_timeout: Duration,
    pub(crate) first_token_timeout: Option<Duration>,
    pub(crate) idle_timeout: Option<Duration>,
    pub(crate) deadline: Option<Duration>,
    pub(crate) max_retries: u32,
    pub(crate) hedge: Option<Hedge>,
    pub(crate) default_headers: Vec<(String, String)>,
    pub(crate) default_query: Vec<(String, String)>,
    pub(crate) max_event_bytes: Option<usize>,
    pub(crate) user_agent: String,
    pub(crate) proxy: Option<Secret>,
    pub(crate) ca_file: Option<PathBuf>,
}

impl Default for ClientConfig {
    /// No key and nothing from the environment.
    fn default() -> Self {
        Self {
            api_key: None,
            admin_api_key: None,
            base_url: defaults::BASE_URL.into(),
            organization: None,
            project: None,
            timeout: defaults::TIMEOUT,
            connect_timeout: defaults::CONNECT_TIMEOUT,
            first_token_timeout: None,
            idle_timeout: None,
            deadline: None,
            max_retries: defaults::MAX_RETRIES,
            hedge: None,
            default_headers: Vec::new(),
            default_query: Vec::new(),
            max_event_bytes: None,
            user_agent: concat!("openai-oxide/", env!("CARGO_PKG_VERSION")).into(),
            proxy: None,
            ca_file: None,
        }
    }
}

impl ClientConfig {
    /// A configuration with this key; the environment is not read.
    pub fn new(api_key: impl Into<String>) -> Self {
        Self::default().api_key(api_key)
    }

    /// Reads `OPENAI_API_KEY`, `OPENAI_ADMIN_KEY`, `OPENAI_BASE_URL`, `OPENAI_ORG_ID`, `OPENAI_PROJECT_ID`, and default headers
    /// from the lines `Name: value` of `OPENAI_CUSTOM_HEADERS`. Empty variables count as unset.
    pub fn from_env() -> Self {
        let read = |name| {
            std::env::var(name).ok().map(|value| value.trim().to_owned()).filter(|value| !value.is_empty())
        };
        let mut config = Self {
            api_key: read("OPENAI_API_KEY").map(Secret::new),
            admin_api_key: read("OPENAI_ADMIN_KEY").map(Secret::new),
            default_headers: custom_headers(&read("OPENAI_CUSTOM_HEADERS").unwrap_or_default()),
            organization: read("OPENAI_ORG_ID"),
            project: read("OPENAI_PROJECT_ID"),
            ..Self::default()
        };
        if let Some(url) = read("OPENAI_BASE_URL") {
            config.base_url = url;
        }
        config
    }

    pub fn api_key(mut self, key: impl Into<String>) -> Self {
        self.api_key = Some(Secret::new(key));
        self
    }

    /// The key of administrative calls. A client may have it alone.
    pub fn admin_api_key(mut self, key: impl Into<String>) -> Self {
        self.admin_api_key = Some(Secret::new(key));
        self
    }

    /// Where the API lives. `http` and `https`; a query in it goes with every request; a trailing slash does not matter.
    pub fn base_url(mut self, url: impl Into<String>) -> Self {
        self.base_url = url.into();
        self
    }

    pub fn organization(mut self, id: impl Into<String>) -> Self {
        self.organization = Some(id.into());
        self
    }

    pub fn project(mut self, id: impl Into<String>) -> Self {
        self.project = Some(id.into());
        self
    }

    /// Limit of one attempt. For a stream: until its headers, then of silence on the wire. `Duration::MAX` means none.
    pub fn timeout(mut self, limit: Duration) -> Self {
        self.timeout = limit;
        self
    }

    pub fn timeout_secs(self, seconds: u64) -> Self {
        self.timeout(Duration::from_secs(seconds))
    }

    /// Limit of DNS, TCP and TLS of one connection.
    pub fn connect_timeout(mut self, limit: Duration) -> Self {
        self.connect_timeout = limit;
        self
    }

    /// Limit from the start of a streaming attempt to its first content event.
    pub fn first_token_timeout(mut self, limit: Option<Duration>) -> Self {
        self.first_token_timeout = limit;
        self
    }

    /// Limit of silence between content events; comments and keep-alive events do not break the silence.
    pub fn idle_timeout(mut self, limit: Option<Duration>) -> Self {
        self.idle_timeout = limit;
        self
    }

    /// Limit of a whole call: attempts, waits between them, and the stream.
    pub fn deadline(mut self, limit: Option<Duration>) -> Self {
        self.deadline = limit;
        self
    }

    /// Attempts after the first one, of a call, and of a stream until something of it is handed out. What no server has processed
    /// is sent again besides.
    pub fn max_retries(mut self, retries: u32) -> Self {
        self.max_retries = retries;
        self
    }

    /// Hedge every call: only for clients all of whose calls may run twice.
    pub fn hedge(mut self, hedge: Option<Hedge>) -> Self {
        self.hedge = hedge;
        self
    }

    /// Sent with every request; replaces a header of the same name that the engine or an earlier call set.
    pub fn default_header(mut self, name: impl Into<String>, value: impl Into<String>) -> Self {
        self.default_headers.push((name.into(), value.into()));
        self
    }

    /// Added to every request's query.
    pub fn default_query(mut self, name: impl Into<String>, value: impl Into<String>) -> Self {
        self.default_query.push((name.into(), value.into()));
        self
    }

    /// Refuse stream events larger than this. The default is no limit: images are megabytes.
    pub fn max_event_bytes(mut self, limit: Option<usize>) -> Self {
        self.max_event_bytes = limit;
        self
    }

    pub fn user_agent(mut self, value: impl Into<String>) -> Self {
        self.user_agent = value.into();
        self
    }

    /// Proxy for all requests, in place of the `HTTP_PROXY`, `HTTPS_PROXY`, `ALL_PROXY` and `NO_PROXY` variables.
    pub fn proxy(mut self, url: Option<impl Into<String>>) -> Self {
        self.proxy = url.map(Secret::new);
        self
    }

    /// Trust only the certificates in this PEM file.
    pub fn ca_file(mut self, path: impl Into<PathBuf>) -> Self {
        self.ca_file = Some(path.into());
        self
    }

    pub fn get_api_key(&self) -> Option<&Secret> {
        self.api_key.as_ref()
    }

    pub fn get_admin_api_key(&self) -> Option<&Secret> {
        self.admin_api_key.as_ref()
    }

    pub fn get_base_url(&self) -> &str {
        &self.base_url
    }

    pub fn get_organization(&self) -> Option<&str> {
        self.organization.as_deref()
    }

    pub fn get_project(&self) -> Option<&str> {
        self.project.as_deref()
    }

    pub fn get_timeout(&self) -> Duration {
        self.timeout
    }

    pub fn get_max_retries(&self) -> u32 {
        self.max_retries
    }

    pub fn get_ca_file(&self) -> Option<&Path> {
        self.ca_file.as_deref()
    }
}

/// Lines without a colon say nothing.
fn custom_headers(lines: &str) -> Vec<(String, String)> {
    let pairs = lines.lines().filter_map(|line| line.split_once(':'));
    pairs.map(|(name, value)| (name.trim().to_owned(), value.trim().to_owned())).collect()
}

impl std::fmt::Debug for ClientConfig {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let names =
            |pairs: &[(String, String)]| pairs.iter().map(|(name, _)| name.clone()).collect::<Vec<_>>();
        f.debug_struct("ClientConfig")
            .field("api_key", &self.api_key)
            .field("admin_api_key", &self.admin_api_key)
            .field("base_url", &super::url::shown(&self.base_url))
            .field("organization", &self.organization)
            .field("project", &self.project)
            .field("timeout", &self.timeout)
            .field("connect_timeout", &self.connect_timeout)
            .field("first_token_timeout", &self.first_token_timeout)
            .field("idle_timeout", &self.idle_timeout)
            .field("deadline", &self.deadline)
            .field("max_retries", &self.max_retries)
            .field("hedge", &self.hedge)
            .field("default_headers", &names(&self.default_headers))
            .field("default_query", &names(&self.default_query))
            .field("max_event_bytes", &self.max_event_bytes)
            .field("user_agent", &self.user_agent)
            .field("proxy", &self.proxy)
            .field("ca_file", &self.ca_file)
            .finish()
    }
}

#[cfg(test)]
mod tests {
    #[test]
    fn custom_headers_stand_in_lines() {
        let pairs = super::custom_headers("X-A: 1\r\n\nno colon\n x-b :a: b \nx-c:");
        assert_eq!(pairs, [("X-A", "1"), ("x-b", "a: b"), ("x-c", "")].map(|(n, v)| (n.into(), v.into())));
    }
}
