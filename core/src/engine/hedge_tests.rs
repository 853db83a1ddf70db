use super::*;
use std::cell::RefCell;
use std::rc::Rc;
use std::time::Duration;
use tokio::time::sleep;

const MS: Duration = Duration::from_millis(1);

struct Won(&'static str);

impl Prize for Won {
    fn usage(&self) -> Option<Bytes> {
        Some(self.0.into())
    }

    fn keep(&mut self, _: HedgeReport) {}
}

/// What a racer does: after so many milliseconds it succeeds, fails for good, or (`Trouble`) fails an attempt and succeeds later.
#[derive(Clone, Copy, Debug)]
enum Plan {
    Wins(u32),
    Fails(u32, ErrorKind),
    Trouble(u32, u32),
}
use Plan::{Fails, Trouble, Wins};

/// What was seen from outside.
#[derive(Default)]
struct Seen {
    /// Milliseconds of each start.
    starts: Vec<u128>,
    out: u32,
    most_out: u32,
    dropped: u32,
}

struct Guard(Rc<RefCell<Seen>>);

impl Drop for Guard {
    fn drop(&mut self) {
        let mut seen = self.0.borrow_mut();
        seen.out -= 1;
        seen.dropped += 1;
    }
}

struct Ran {
    result: Result<HedgeReport, Error>,
    seen: Rc<RefCell<Seen>>,
    took: u128,
}

async fn run_with(hedging: &Hedging, delay: u32, max: u32, budget: Option<f64>, plans: &[Plan]) -> Ran {
    let seen = Rc::new(RefCell::new(Seen::default()));
    let failed = Arc::new(AtomicBool::new(false));
    let began = rt::now();
    let race = Race { began, delay: MS * delay, max, budget, hedging, failed: &failed };
    let result = race
        .run(|number| {
            let (seen, flag, plan) = (seen.clone(), failed.clone(), plans[number as usize]);
            {
                let mut seen = seen.borrow_mut();
                seen.starts.push(began.elapsed().as_millis());
                seen.out += 1;
                seen.most_out = seen.most_out.max(seen.out);
            }
            async move {
                let _guard = Guard(seen);
                match plan {
                    Wins(after) => sleep(MS * after).await,
                    Fails(after, kind) => {
                        sleep(MS * after).await;
                        flag.store(true, Ordering::Relaxed);
                        return Err(Error::new(kind, number.to_string()).with_attempts(1));
                    }
                    Trouble(after, then) => {
                        sleep(MS * after).await;
                        flag.store(true, Ordering::Relaxed);
                        sleep(MS * then).await;
                    }
                }
                Ok(Won("{\"total_tokens\":3}"))
            }
        })
        .await;
    Ran { result: result.map(|(_, report)| report), seen, took: began.elapsed().as_millis() }
}

async fn run(delay: u32, max: u32, plans: &[Plan]) -> Ran {
    run_with(&Hedging::default(), delay, max, None, plans).await
}

fn outcomes(report: &HedgeReport) -> Vec<(u32, &'static str)> {
    report.losers.iter().map(|loser| (loser.racer, loser.outcome.name())).collect()
}

#[tokio::test(start_paused = true)]
async fn an_answer_in_time_stays_alone() {
    let ran = run(100, 3, &[Wins(99)]).await;
    let report = ran.result.unwrap();
    assert_eq!((report.started, report.winner, ran.took), (1, 0, 99));
    assert!(report.losers.is_empty());
}

#[tokio::test(start_paused = true)]
async fn late_answers_start_one_racer_per_delay() {
    let ran = run(100, 3, &[Wins(1000), Wins(1000), Wins(50)]).await;
    let report = ran.result.unwrap();
    assert_eq!(ran.seen.borrow().starts, [0, 100, 200]);
    assert_eq!((report.started, report.winner, ran.took), (3, 2, 250));
    assert_eq!(outcomes(&report), [(0, "cancelled"), (1, "cancelled")]);
    assert_eq!(ran.seen.borrow().dropped, 3, "nothing is left running");
}

#[tokio::test(start_paused = true)]
async fn without_a_delay_all_start_at_once() {
    let ran = run(0, 3, &[Wins(30), Wins(20), Wins(10)]).await;
    assert_eq!(ran.seen.borrow().starts, [0, 0, 0]);
    assert_eq!((ran.result.unwrap().winner, ran.took), (2, 10));
}

#[tokio::test(start_paused = true)]
async fn of_two_answers_at_one_moment_the_first_racers_counts_and_the_other_tells_its_usage() {
    let report = run(10, 2, &[Wins(30), Wins(20)]).await.result.unwrap();
    assert_eq!((report.started, report.winner), (2, 0));
    let usage = Some(Bytes::from("{\"total_tokens\":3}"));
    assert_eq!(report.losers, [Loser { racer: 1, outcome: Lost::Completed { usage } }]);
}

#[tokio::test(start_paused = true)]
async fn a_failure_starts_no_hedge() {
    let ran = run(100, 3, &[Fails(10, ErrorKind::InternalServer)]).await;
    assert_eq!(ran.result.unwrap_err().kind(), ErrorKind::InternalServer);
    assert_eq!((ran.seen.borrow().starts.len(), ran.took), (1, 10));
    // Nor while a racer repeats a failed attempt.
    let ran = run(100, 3, &[Trouble(10, 500)]).await;
    assert_eq!((ran.result.unwrap().started, ran.took), (1, 510));
}

#[tokio::test(start_paused = true)]
async fn a_racer_that_is_out_is_waited_for() {
    let report = run(100, 3, &[Fails(150, ErrorKind::Connection), Wins(400)]).await.result.unwrap();
    assert_eq!((report.started, report.winner), (2, 1));
    assert_eq!(report.losers, [Loser { racer: 0, outcome: Lost::Failed(ErrorKind::Connection) }]);
}

#[tokio::test(start_paused = true)]
async fn when_all_fail_the_most_useful_error_counts_the_requests_of_all() {
    let plans = [Fails(300, ErrorKind::Connection), Fails(100, ErrorKind::Timeout)];
    let error = run(100, 2, &plans).await.result.unwrap_err();
    assert_eq!((error.kind(), error.attempts()), (ErrorKind::Connection, 2), "equal ones: the first racer's");

    let answer = |status, attempts| {
        Error::answer(http::StatusCode::from_u16(status).unwrap(), http::HeaderMap::new(), Bytes::new())
            .with_attempts(attempts)
    };
    let lost = || Error::new(ErrorKind::Connection, "").with_attempts(1);
    let error = most_useful(vec![(0, lost()), (1, answer(503, 3)), (2, answer(400, 1))]);
    assert_eq!((error.status(), error.attempts()), (Some(400), 5));
    assert_eq!(most_useful(vec![(0, lost()), (1, answer(429, 1))]).status(), Some(429));
}

#[tokio::test(start_paused = true)]
async fn the_budget_is_two_at_first_and_then_a_share_of_the_calls() {
    let hedging = Hedging::default();
    let mut extra = Vec::new();
    for _ in 0..22 {
        hedging.deposit(0.1);
        let report = run_with(&hedging, 10, 2, Some(0.1), &[Wins(30), Wins(30)]).await.result.unwrap();
        extra.push(report.started - 1);
    }
    assert_eq!(extra[..3], [1, 1, 0]);
    assert_eq!(extra.iter().sum::<u32>(), 4, "{extra:?}");
    assert!(!Hedging::default().withdraw(0.0), "a share of nothing allows nothing");
}

#[tokio::test(start_paused = true)]
async fn any_schedule_ends_in_one_outcome_within_its_bounds() {
    let mut random = fastrand::Rng::with_seed(7);
    let hedging = Hedging::default();
    let (mut calls, mut extra) = (0_u32, 0_u32);
    for _ in 0..2000 {
        let (delay, max) = (random.u32(0..50), random.u32(1..=5));
        let share = random.bool().then_some(0.3);
        let plans: Vec<Plan> = (0..max)
            .map(|_| match random.u32(0..4) {
                0 | 1 => Wins(random.u32(0..200)),
                2 => Fails(random.u32(0..200), ErrorKind::Connection),
                _ => Trouble(random.u32(0..100), random.u32(0..100)),
            })
            .collect();
        if let Some(share) = share {
            hedging.deposit(share);
            calls += 1;
        }
        let ran = run_with(&hedging, delay, max, share, &plans).await;
        let seen = ran.seen.borrow();
        let started = seen.starts.len() as u32;
        assert!(seen.most_out <= max && seen.out == 0 && seen.dropped == started, "{plans:?}");
        if share.is_some() {
            extra += started - 1;
            assert!(f64::from(extra) <= 2.0 + 0.3 * f64::from(calls));
        }
        // Racers start on time, one after the other.
        let on_time = |(number, &at): (usize, &u128)| at == number as u128 * u128::from(delay);
        assert!(seen.starts.iter().enumerate().all(on_time), "{plans:?}");
        let end_of = |number: u32| {
            let own = match plans[number as usize] {
                Wins(after) | Fails(after, _) => after,
                Trouble(after, then) => after + then,
            };
            u128::from(number * delay + own)
        };
        let wins = |number: &u32| !matches!(plans[*number as usize], Fails(..));
        match &ran.result {
            Ok(report) => {
                assert_eq!((report.started, report.losers.len() as u32), (started, started - 1));
                assert_eq!(ran.took, (0..started).filter(wins).map(end_of).min().unwrap(), "{plans:?}");
                assert_eq!(ran.took, end_of(report.winner));
            }
            Err(_) => {
                assert!(!(0..started).any(|number| wins(&number)), "{plans:?}");
                assert_eq!(
                    ran.took,
                    (0..started).map(end_of).max().unwrap(),
                    "errors only when all have failed"
                );
            }
        }
    }
    assert!(calls > 500 && extra > 100, "the schedules meet the budget");
}

#[test]
fn the_p95_is_of_the_last_calls_of_one_operation() {
    let hedging = Hedging::default();
    let window = hedging.window("a.b", Mode::Whole).unwrap();
    for time in 1..20 {
        window.record(MS * time);
    }
    assert_eq!(window.p95(), None, "too few");
    window.record(MS * 20);
    assert_eq!(window.p95(), Some(MS * 18), "three of twenty lie at or above it, for twenty say little");
    assert_eq!(hedging.window("a.b", Mode::Events).unwrap().p95(), None, "streams have their own");
    for _ in 0..256 {
        window.record(MS * 7);
    }
    assert_eq!(hedging.window("a.b", Mode::Whole).unwrap().p95(), Some(MS * 7), "old ones are forgotten");
    for number in 0..256 {
        window.record(if number % 20 == 0 { MS * 100 } else { MS * 7 });
    }
    assert_eq!(window.p95(), Some(MS * 7), "a slow tail of a twentieth lies above it");
    for number in 0..14 {
        assert!(hedging.window(&number.to_string(), Mode::Whole).is_some());
    }
    assert!(hedging.window("one too many", Mode::Whole).is_none());
}

#[test]
fn bad_settings_are_named() {
    for (hedge, word) in [
        (Hedge::new().max(0), "max"),
        (Hedge::new().max(17), "max"),
        (Hedge::new().budget(Some(-0.1)), "budget"),
        (Hedge::new().budget(Some(f64::NAN)), "budget"),
    ] {
        assert!(hedge.check().unwrap_err().contains(word), "{hedge:?}");
    }
    assert_eq!(Hedge::new().max(16).budget(None).check(), Ok(()));
    assert_eq!(Hedge::off().check(), Ok(()));
}
