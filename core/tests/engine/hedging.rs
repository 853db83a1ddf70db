//! Hedged calls against a server on real connections: what goes over the wire, and what is left.

use crate::support::{Peer, Server, answer, chat, header, responses};
use openai_oxide::engine::{CallOptions, Engine, ErrorKind, Hedge, HedgeReport, Lost, Request};
use std::future::Future;
use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

const MS: Duration = Duration::from_millis(1);

fn hedged(request: Request, hedge: Hedge) -> Request {
    request.options(CallOptions { hedge: Some(hedge), ..CallOptions::default() })
}

fn after(delay: u32) -> Hedge {
    Hedge::new().delay(MS * delay)
}

/// Serves each request by its number, counted from 0 over all connections.
async fn numbered<F, S>(serve: F) -> (Server, Arc<Mutex<Vec<String>>>)
where
    F: Fn(u32, Peer) -> S + Send + Sync + Clone + 'static,
    S: Future<Output = ()> + Send + 'static,
{
    let seen = Arc::new(Mutex::new(Vec::new()));
    let log = seen.clone();
    let server = Server::start(move |mut peer| {
        let (log, serve) = (log.clone(), serve.clone());
        async move {
            let Some(request) = peer.request().await else { return };
            let number = {
                let mut log = log.lock().unwrap();
                log.push(request);
                log.len() as u32 - 1
            };
            serve(number, peer).await;
        }
    })
    .await;
    (server, seen)
}

fn cancelled(report: &HedgeReport) -> bool {
    report.losers.iter().all(|loser| loser.outcome == Lost::Cancelled)
}

#[tokio::test]
async fn a_late_answer_is_cancelled_on_the_wire() {
    let gone = Arc::new(AtomicU32::new(0));
    let closed = gone.clone();
    let (server, seen) = numbered(move |number, mut peer| {
        let closed = closed.clone();
        async move {
            if number == 0 {
                assert!(peer.closed().await < MS * 500);
                closed.fetch_add(1, Ordering::SeqCst);
            } else {
                peer.json("200 OK", "{\"n\":2}").await;
            }
        }
    })
    .await;
    let reply = server.engine().call(hedged(chat(), after(30))).await.unwrap();
    assert_eq!((&reply.body[..], reply.attempts), (&b"{\"n\":2}"[..], 1));
    let report = reply.hedge.unwrap();
    assert_eq!((report.started, report.winner, report.delay), (2, 1, MS * 30));
    assert!(cancelled(&report));
    tokio::time::sleep(MS * 50).await;
    assert_eq!(gone.load(Ordering::SeqCst), 1);
    let seen = seen.lock().unwrap();
    let key = |index: usize| header(&seen[index], "idempotency-key").unwrap().to_owned();
    assert!(key(1) != key(0) && key(1).ends_with("-hedge-1"), "{} {}", key(0), key(1));
}

#[tokio::test]
async fn a_callers_idempotency_key_is_told_apart_too() {
    let (server, seen) = numbered(|number, mut peer| async move {
        if number < 2 {
            peer.closed().await;
        }
        peer.json("200 OK", "{}").await;
    })
    .await;
    let options = CallOptions {
        hedge: Some(after(20).max(3)),
        idempotency_key: Some("mine".into()),
        ..CallOptions::default()
    };
    let reply = server.engine().call(chat().options(options)).await.unwrap();
    assert_eq!(reply.hedge.unwrap().winner, 2);
    let seen = seen.lock().unwrap();
    let keys: Vec<_> = seen.iter().map(|request| header(request, "idempotency-key").unwrap()).collect();
    assert_eq!(keys, ["mine", "mine-hedge-1", "mine-hedge-2"]);
}

#[tokio::test]
async fn without_being_asked_nothing_is_hedged() {
    let (server, seen) = numbered(|_, mut peer| async move {
        tokio::time::sleep(MS * 100).await;
        peer.json("200 OK", "{}").await;
    })
    .await;
    let engine = Engine::new(server.config().hedge(Some(after(10)))).unwrap();
    let report = engine.call(chat()).await.unwrap().hedge.unwrap();
    assert_eq!(report.started, 2);
    assert!(engine.call(hedged(chat(), Hedge::off())).await.unwrap().hedge.is_none());
    assert!(server.engine().call(chat()).await.unwrap().hedge.is_none());
    assert_eq!(seen.lock().unwrap().len(), 4);
}

#[tokio::test]
async fn settings_that_cannot_work_are_refused() {
    let (server, _) = numbered(|_, _| async {}).await;
    let wrong = Hedge::new().max(0);
    let error = Engine::new(server.config().hedge(Some(wrong.clone()))).unwrap_err();
    assert_eq!(
        (error.kind(), error.message()),
        (ErrorKind::Config, "hedge: max must be 1 to 16 racers, not 0")
    );
    let error = server.engine().call(hedged(chat(), wrong)).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::InvalidRequest);
    assert_eq!(server.connections(), 0);
}

#[tokio::test]
async fn one_deadline_holds_for_all_racers() {
    let (server, _) = numbered(|_, mut peer| async move {
        peer.closed().await;
    })
    .await;
    let options = CallOptions { hedge: Some(after(60)), deadline: Some(MS * 150), ..CallOptions::default() };
    let start = Instant::now();
    let error = server.engine().call(chat().options(options)).await.unwrap_err();
    assert_eq!((error.kind(), error.attempts()), (ErrorKind::Timeout, 2));
    assert!((MS * 150..MS * 200).contains(&start.elapsed()), "{:?}", start.elapsed());
}

#[tokio::test]
async fn dropping_the_call_drops_every_racer() {
    let gone = Arc::new(AtomicU32::new(0));
    let closed = gone.clone();
    let (server, seen) = numbered(move |_, mut peer| {
        let closed = closed.clone();
        async move {
            peer.closed().await;
            closed.fetch_add(1, Ordering::SeqCst);
        }
    })
    .await;
    let engine = server.engine();
    let call = engine.call(hedged(chat(), after(0).max(3)));
    assert!(tokio::time::timeout(MS * 100, call).await.is_err());
    assert_eq!(seen.lock().unwrap().len(), 3);
    tokio::time::sleep(MS * 50).await;
    assert_eq!(gone.load(Ordering::SeqCst), 3);
}

#[tokio::test]
async fn many_races_leave_no_task_and_no_connection() {
    let (server, seen) = numbered(|number, mut peer| async move {
        tokio::time::sleep(MS * (5 + number * 7 % 20)).await;
        peer.json("200 OK", "{}").await;
        peer.closed().await;
    })
    .await;
    let alive = || tokio::runtime::Handle::current().metrics().num_alive_tasks();
    let before = alive();
    let engine = server.engine();
    for _ in 0..40 {
        engine.call(hedged(chat(), after(0).max(3).budget(None))).await.unwrap();
    }
    assert!(seen.lock().unwrap().len() > 60, "there were races");
    drop(engine);
    for _ in 0..100 {
        if alive() == before {
            return;
        }
        tokio::time::sleep(MS * 10).await;
    }
    panic!("{} tasks are left, of client or server", alive() - before);
}

/// Opens a stream with these events, one chunk each, and stays open until the client leaves.
async fn events(peer: &mut Peer, events: &[&str]) {
    peer.open_stream().await;
    for event in events {
        peer.chunk(format!("data: {event}\n\n")).await;
    }
}

#[tokio::test]
async fn a_stream_wins_with_its_first_output_and_keeps_what_came_before() {
    let opening = [
        "{\"type\":\"response.created\",\"n\":0}",
        "{\"type\":\"response.in_progress\",\"n\":1}",
        "{\"type\":\"keepalive\"}",
    ];
    let (server, _) = numbered(move |number, mut peer| async move {
        events(&mut peer, &opening).await;
        if number > 0 {
            peer.chunk("data: {\"type\":\"response.output_text.delta\",\"n\":2}\n\n").await;
            peer.chunk("data: {\"type\":\"response.completed\",\"n\":3}\n\n").await;
        }
        peer.closed().await;
    })
    .await;
    let mut stream = server.engine().stream(hedged(responses(), after(40))).await.unwrap();
    let report = stream.hedge().unwrap().clone();
    assert_eq!((report.started, report.winner), (2, 1));
    assert!(cancelled(&report));
    let mut all = Vec::new();
    while let Some(event) = stream.next().await {
        all.push(String::from_utf8(event.unwrap().data.to_vec()).unwrap());
    }
    assert_eq!(all[..3], opening);
    assert_eq!(all.len(), 5, "nothing lost or doubled: {all:?}");
}

#[tokio::test]
async fn a_chat_chunk_that_only_names_the_role_is_no_output() {
    let (server, seen) = numbered(|number, mut peer| async move {
        events(
            &mut peer,
            &["{\"choices\":[{\"delta\":{\"role\":\"assistant\",\"content\":\"\",\"refusal\":null}}]}"],
        )
        .await;
        if number > 0 {
            tokio::time::sleep(MS * 20).await;
            events(&mut peer, &[]).await;
        }
        peer.closed().await;
    })
    .await;
    let opening = tokio::time::timeout(MS * 100, server.engine().stream(hedged(chat(), after(30)))).await;
    assert!(opening.is_err(), "neither racer has said anything");
    assert_eq!(seen.lock().unwrap().len(), 2);
    for output in [
        "{\"choices\":[{\"delta\":{\"content\":\"a\"}}]}",
        "{\"choices\":[{\"delta\":{\"tool_calls\":[{\"index\":0}]}}]}",
        "{\"choices\":[{\"delta\":{},\"finish_reason\":\"stop\"}]}",
        "{\"choices\":[{\"text\":\"a\"}]}",
        "{\"choices\":[],\"usage\":{}}",
        "{\"something\":\"else\"}",
    ] {
        let (server, _) = numbered(move |_, mut peer| async move {
            events(&mut peer, &[output]).await;
            peer.closed().await;
        })
        .await;
        let stream = server.engine().stream(hedged(chat(), after(1000))).await.unwrap();
        assert_eq!(stream.hedge().unwrap().started, 1, "{output}");
    }
}

#[tokio::test]
async fn a_stream_that_fails_before_its_first_output_loses() {
    let (server, _) = numbered(|number, mut peer| async move {
        peer.open_stream().await;
        tokio::time::sleep(MS * 60).await;
        match number {
            0 => peer.chunk("event: error\ndata: {\"message\":\"no\"}\n\n").await,
            _ => {
                peer.chunk("data: {\"choices\":[{\"delta\":{\"content\":\"a\"}}]}\n\ndata: [DONE]\n\n").await
            }
        }
        peer.closed().await;
    })
    .await;
    let stream = server.engine().stream(hedged(chat(), after(20))).await.unwrap();
    let report = stream.hedge().unwrap();
    assert_eq!((report.winner, &report.losers[0].outcome), (1, &Lost::Failed(ErrorKind::Stream)));
}

#[tokio::test]
async fn bytes_are_hedged_to_their_headers() {
    let (server, _) = numbered(|number, mut peer| async move {
        if number == 0 {
            peer.closed().await;
        }
        peer.send(answer("200 OK", "", "abc")).await;
    })
    .await;
    let mut bytes = server.engine().open(hedged(chat(), after(20))).await.unwrap();
    assert_eq!(bytes.hedge().unwrap().winner, 1);
    assert_eq!(&bytes.next().await.unwrap().unwrap()[..], b"abc");
}

/// One answer in twenty takes twenty times as long. Hedged after the running p95, the slowest in a hundred calls take less
/// than half as long, at fewer than a tenth of extra requests.
#[tokio::test]
async fn a_slow_tail_is_cut_at_under_a_tenth_of_extra_requests() {
    const CALLS: usize = 400;
    async fn run(hedge: Option<Hedge>) -> (Duration, usize) {
        let chance = Arc::new(Mutex::new(fastrand::Rng::with_seed(11)));
        let count = Arc::new(AtomicU32::new(0));
        let requests = count.clone();
        let server = Server::start(move |mut peer| {
            let (chance, requests) = (chance.clone(), requests.clone());
            async move {
                while peer.request().await.is_some() {
                    requests.fetch_add(1, Ordering::SeqCst);
                    let slow = chance.lock().unwrap().u32(0..20) == 0;
                    tokio::time::sleep(MS * if slow { 100 } else { 5 }).await;
                    peer.json("200 OK", "{}").await;
                }
            }
        })
        .await;
        let engine = Engine::new(server.config().hedge(hedge)).unwrap();
        let mut times = Vec::new();
        for _ in 0..CALLS {
            let start = Instant::now();
            engine.call(chat()).await.unwrap();
            times.push(start.elapsed());
        }
        times.sort();
        (times[CALLS * 99 / 100], count.load(Ordering::SeqCst) as usize - CALLS)
    }
    let (plain, none) = run(None).await;
    let (hedged, extra) = run(Some(Hedge::new())).await;
    println!("p99 {plain:?}, hedged {hedged:?} with {extra} extra requests");
    assert_eq!(none, 0);
    assert!(hedged * 2 < plain, "p99 {hedged:?} with hedging, {plain:?} without");
    assert!((1..CALLS / 10).contains(&extra), "{extra} extra requests");
}
