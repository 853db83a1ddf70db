//! What an engine remembers for hedging: the budget's tokens, and how long each operation's calls took.
//!
//! Atomics only: engines with different pools share it between threads, and a process may be forked at any moment, where a
//! lock that another thread holds would stay held in the child.

use super::attempts::Mode;
use std::hash::{DefaultHasher, Hash, Hasher};
use std::sync::OnceLock;
use std::sync::atomic::{AtomicU32, AtomicU64, Ordering};
use std::time::Duration;

/// One extra request, in the units of the bucket.
const TOKEN: u64 = 1 << 20;
/// There at the start, so that the first late calls are helped.
const START: u64 = 2 * TOKEN;
/// What may be saved up: late answers come in clusters.
const SAVED: u64 = 10 * TOKEN;

/// Operations whose times are kept; an engine that hedges more of them goes by the fixed delay for the rest.
const OPERATIONS: usize = 16;
const SAMPLES: usize = 256;
/// Below this, a p95 is the largest of a few samples.
const ENOUGH: usize = 20;

pub(crate) struct Hedging {
    tokens: AtomicU64,
    /// Made with the first hedged call.
    windows: OnceLock<Box<[Window; OPERATIONS]>>,
}

impl Default for Hedging {
    fn default() -> Self {
        Self { tokens: AtomicU64::new(START), windows: OnceLock::new() }
    }
}

impl Hedging {
    /// A call's contribution.
    pub(crate) fn deposit(&self, share: f64) {
        let part = (share * TOKEN as f64) as u64;
        let add = |tokens: u64| Some(tokens.saturating_add(part).min(SAVED));
        let _ = self.tokens.fetch_update(Ordering::Relaxed, Ordering::Relaxed, add);
    }

    /// Whether an extra request may be made, which is then paid for. A share of 0 allows none, whatever others saved.
    pub(crate) fn withdraw(&self, share: f64) -> bool {
        let take = |tokens: u64| tokens.checked_sub(TOKEN);
        share > 0.0 && self.tokens.fetch_update(Ordering::Relaxed, Ordering::Relaxed, take).is_ok()
    }

    /// The times of an operation in this mode; `None` when there is no room for another.
    pub(crate) fn window(&self, operation: &str, mode: Mode) -> Option<&Window> {
        let windows = match self.windows.get() {
            Some(windows) => windows,
            None => {
                // Made outside the cell, which is locked for a few instructions only.
                let _ = self.windows.set(Box::new(std::array::from_fn(|_| Window::default())));
                self.windows.get()?
            }
        };
        let mut hasher = DefaultHasher::new();
        (operation, mode).hash(&mut hasher);
        let name = hasher.finish().max(1);
        windows.iter().find(|window| {
            match window.name.compare_exchange(0, name, Ordering::Relaxed, Ordering::Relaxed) {
                Ok(_) => true,
                Err(taken) => taken == name,
            }
        })
    }
}

/// The last times of one operation.
#[derive(Default)]
pub(crate) struct Window {
    /// A hash of the operation's id and mode; 0 where nobody has taken it.
    name: AtomicU64,
    count: AtomicU32,
    micros: Samples,
}

struct Samples([AtomicU32; SAMPLES]);

impl Default for Samples {
    fn default() -> Self {
        Self(std::array::from_fn(|_| AtomicU32::new(0)))
    }
}

impl Window {
    pub(crate) fn record(&self, time: Duration) {
        let index = self.count.fetch_add(1, Ordering::Relaxed) as usize % SAMPLES;
        let micros = u32::try_from(time.as_micros()).unwrap_or(u32::MAX);
        self.micros.0[index].store(micros, Ordering::Relaxed);
    }

    /// The time that 95 of 100 calls keep, estimated from below; `None` while too few are known.
    ///
    /// It is the lower end of the estimate's confidence interval (95 %, one-sided). With the middle, a slow tail of about a
    /// twentieth would be taken for normal half of the time, and not be hedged at all.
    pub(crate) fn p95(&self) -> Option<Duration> {
        let known = (self.count.load(Ordering::Relaxed) as usize).min(SAMPLES);
        if known < ENOUGH {
            return None;
        }
        let mut micros: Vec<u32> =
            self.micros.0[..known].iter().map(|sample| sample.load(Ordering::Relaxed)).collect();
        let count = known as f64;
        let above = count * 0.05 + 1.645 * (count * 0.05 * 0.95).sqrt();
        let rank = known - 1 - above as usize;
        let (_, value, _) = micros.select_nth_unstable(rank);
        Some(Duration::from_micros(u64::from(*value)))
    }
}
