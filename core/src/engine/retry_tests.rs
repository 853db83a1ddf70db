use super::*;
use http::HeaderValue;
use std::time::UNIX_EPOCH;

fn headers(pairs: &[(&'static str, &str)]) -> HeaderMap {
    pairs
        .iter()
        .map(|(name, value)| (http::HeaderName::from_static(name), HeaderValue::from_str(value).unwrap()))
        .collect()
}

fn attempt(outcome: Outcome<'_>) -> Attempt<'_> {
    Attempt { retries: 0, resends: 0, max_retries: 2, outcome, now: UNIX_EPOCH, chance: 0.0, remaining: None }
}

fn answer<'a>(status: u16, headers: &'a HeaderMap) -> Attempt<'a> {
    attempt(Outcome::Status { status, headers, code: None })
}

fn wait(millis: u64) -> Decision {
    Decision::Wait(Duration::from_millis(millis))
}

#[test]
fn every_status_is_retried_or_not() {
    let none = HeaderMap::new();
    for status in 300..600 {
        let expected = matches!(status, 408 | 409 | 429 | 500..);
        assert_eq!(decide(answer(status, &none)) == wait(500), expected, "{status}");
        assert_eq!(decide(answer(status, &none)) == Decision::Stop, !expected, "{status}");
    }
}

#[test]
fn connection_failures_and_timeouts_are_retried() {
    assert_eq!(decide(attempt(Outcome::Connection)), wait(500));
    assert_eq!(decide(attempt(Outcome::Timeout)), wait(500));
}

#[test]
fn the_server_overrules_the_status() {
    let (yes, no) = (headers(&[("x-should-retry", "true")]), headers(&[("x-should-retry", "false")]));
    assert_eq!(decide(answer(400, &yes)), wait(500));
    assert_eq!(decide(answer(503, &no)), Decision::Stop);
    assert_eq!(decide(answer(503, &headers(&[("x-should-retry", "maybe")]))), wait(500));
}

#[test]
fn an_empty_account_is_never_retried() {
    for headers in [HeaderMap::new(), headers(&[("x-should-retry", "true")])] {
        let outcome = Outcome::Status { status: 429, headers: &headers, code: Some("insufficient_quota") };
        assert_eq!(decide(attempt(outcome)), Decision::Stop);
    }
    let headers = HeaderMap::new();
    let outcome = Outcome::Status { status: 429, headers: &headers, code: Some("rate_limit_exceeded") };
    assert_eq!(decide(attempt(outcome)), wait(500));
}

#[test]
fn retries_run_out() {
    for (retries, max_retries, goes_on) in
        [(0, 0, false), (0, 1, true), (1, 1, false), (1, 2, true), (2, 2, false)]
    {
        let decision = decide(Attempt { retries, max_retries, ..attempt(Outcome::Connection) });
        assert_eq!(decision != Decision::Stop, goes_on, "{retries} of {max_retries}");
    }
}

#[test]
fn waits_double_to_eight_seconds() {
    for (retries, millis) in
        [(0, 500), (1, 1000), (2, 2000), (3, 4000), (4, 8000), (5, 8000), (4_000_000_000, 8000)]
    {
        let decision = decide(Attempt { retries, max_retries: u32::MAX, ..attempt(Outcome::Connection) });
        assert_eq!(decision, wait(millis), "{retries}");
    }
}

#[test]
fn chance_only_shortens_and_by_a_quarter_at_most() {
    for (chance, millis) in [(0.0, 500), (0.5, 437), (0.999_999, 375)] {
        let Decision::Wait(wait) = decide(Attempt { chance, ..attempt(Outcome::Connection) }) else {
            panic!("stopped")
        };
        assert_eq!(wait.as_millis(), millis, "{chance}");
    }
}

#[test]
fn the_server_says_how_long() {
    let date = httpdate::fmt_http_date(UNIX_EPOCH + Duration::from_secs(7));
    for (pairs, millis) in [
        (vec![("retry-after", "3")], 3000),
        (vec![("retry-after", "0.25")], 250),
        (vec![("retry-after", " 2 ")], 2000),
        (vec![("retry-after", "120")], 120_000),
        (vec![("retry-after", date.as_str())], 7000),
        (vec![("retry-after-ms", "40")], 40),
        (vec![("retry-after-ms", "40"), ("retry-after", "9")], 40),
        (vec![("retry-after-ms", "soon"), ("retry-after", "9")], 9000),
    ] {
        assert_eq!(
            decide(Attempt { chance: 0.9, ..answer(429, &headers(&pairs)) }),
            wait(millis),
            "{pairs:?}"
        );
    }
}

#[test]
fn senseless_waits_fall_back_to_backoff() {
    let past = httpdate::fmt_http_date(UNIX_EPOCH);
    for value in ["0", "-1", "NaN", "inf", "tomorrow", "", past.as_str()] {
        assert_eq!(decide(answer(429, &headers(&[("retry-after", value)]))), wait(500), "{value:?}");
    }
}

#[test]
fn a_server_that_wants_more_than_two_minutes_is_left_alone() {
    let far = httpdate::fmt_http_date(UNIX_EPOCH + Duration::from_secs(121));
    for value in ["120.5", "1382400", far.as_str()] {
        let headers = headers(&[("retry-after", value), ("x-should-retry", "true")]);
        assert_eq!(decide(answer(429, &headers)), Decision::Stop, "{value:?}");
    }
}

#[test]
fn no_wait_passes_the_deadline() {
    for (remaining, expected) in [(499, Decision::Stop), (500, Decision::Stop), (501, wait(500))] {
        let remaining = Some(Duration::from_millis(remaining));
        assert_eq!(decide(Attempt { remaining, ..attempt(Outcome::Connection) }), expected);
    }
}

#[test]
fn an_unsent_request_goes_again_at_once_without_using_up_a_retry() {
    assert_eq!(decide(Attempt { max_retries: 0, ..attempt(Outcome::Unprocessed) }), Decision::Resend);
    let worn = Attempt { resends: FREE_RESENDS, ..attempt(Outcome::Unprocessed) };
    assert_eq!(decide(worn), wait(500));
    assert_eq!(decide(Attempt { max_retries: 0, ..worn }), Decision::Stop);
}
