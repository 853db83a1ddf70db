//! URLs.

pub(crate) fn without_userinfo(url: &str) -> String {
    match url.split_once("://").map(|(_, rest)| rest.split(['/', '?', '#']).next().unwrap_or_default()) {
        Some(authority) if authority.contains('@') => "[redacted]".into(),
        _ => url.into(),
    }
}
