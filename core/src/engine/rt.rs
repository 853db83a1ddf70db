//! Time, tasks and chance: the few things that differ between native targets (tokio) and wasm32 (the JavaScript host).

use std::future::Future;
use std::pin::Pin;
use std::task::{Context, Poll};

#[cfg(not(target_arch = "wasm32"))]
mod imp {
    use super::*;
    pub(crate) use tokio::task::yield_now;
    pub(crate) use tokio::time::Instant;

    /// Completes at a moment; to be pinned where it is awaited, which costs no allocation.
    pub(crate) use tokio::time::sleep_until;

    /// Completes at a moment; bound to the runtime it is made on.
    pub(crate) struct Timer(Pin<Box<tokio::time::Sleep>>);

    impl Timer {
        pub(crate) fn at(moment: Instant) -> Self {
            Self(Box::pin(tokio::time::sleep_until(moment)))
        }
    }

    impl Future for Timer {
        type Output = ();
        fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<()> {
            self.0.as_mut().poll(cx)
        }
    }

    pub(crate) type BoxFuture<T> = Pin<Box<dyn Future<Output = T> + Send>>;

    pub(crate) fn spawn(task: impl Future<Output = ()> + Send + 'static) {
        tokio::spawn(task);
    }

    pub(crate) fn wall_clock() -> std::time::SystemTime {
        std::time::SystemTime::now()
    }

    pub(crate) fn random() -> u64 {
        fastrand::u64(..)
    }
}

#[cfg(target_arch = "wasm32")]
mod imp {
    use super::*;
    use std::time::{Duration, SystemTime, UNIX_EPOCH};
    use wasm_bindgen::prelude::*;
    use wasm_bindgen_futures::JsFuture;

    #[wasm_bindgen]
    extern "C" {
        #[wasm_bindgen(js_name = setTimeout)]
        fn set_timeout(callback: &js_sys::Function, millis: f64) -> JsValue;
        #[wasm_bindgen(js_name = clearTimeout)]
        fn clear_timeout(id: &JsValue);
    }

    /// Milliseconds of the host's clock: `std`'s clocks panic on this target.
    #[derive(Clone, Copy, Debug, PartialEq, PartialOrd)]
    pub(crate) struct Instant(f64);

    impl Instant {
        pub(crate) fn now() -> Self {
            Self(js_sys::Date::now())
        }

        pub(crate) fn checked_add(self, duration: Duration) -> Option<Self> {
            Some(Self(self.0 + duration.as_secs_f64() * 1000.0))
        }

        pub(crate) fn saturating_duration_since(self, earlier: Self) -> Duration {
            Duration::try_from_secs_f64((self.0 - earlier.0).max(0.0) / 1000.0).unwrap_or(Duration::MAX)
        }
    }

    /// Completes at a moment; the host's timer is cleared when this is dropped.
    pub(crate) struct Timer {
        id: JsValue,
        fired: JsFuture,
    }

    impl Timer {
        pub(crate) fn at(moment: Instant) -> Self {
            // Hosts take a 32-bit delay and fire at once beyond it.
            let millis = (moment.0 - Instant::now().0).clamp(0.0, f64::from(i32::MAX));
            let mut id = JsValue::UNDEFINED;
            let promise = js_sys::Promise::new(&mut |resolve, _| id = set_timeout(&resolve, millis));
            Self { id, fired: JsFuture::from(promise) }
        }
    }

    impl Drop for Timer {
        fn drop(&mut self) {
            clear_timeout(&self.id);
        }
    }

    impl Future for Timer {
        type Output = ();
        fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<()> {
            Pin::new(&mut self.fired).poll(cx).map(|_| ())
        }
    }

    pub(crate) fn sleep_until(moment: Instant) -> Timer {
        Timer::at(moment)
    }

    pub(crate) async fn yield_now() {
        let _ = JsFuture::from(js_sys::Promise::resolve(&JsValue::UNDEFINED)).await;
    }

    /// A host's objects stay on their thread.
    pub(crate) type BoxFuture<T> = Pin<Box<dyn Future<Output = T>>>;

    pub(crate) fn spawn(task: impl Future<Output = ()> + 'static) {
        wasm_bindgen_futures::spawn_local(task);
    }

    pub(crate) fn wall_clock() -> SystemTime {
        UNIX_EPOCH + Duration::from_secs_f64(js_sys::Date::now().max(0.0) / 1000.0)
    }

    pub(crate) fn random() -> u64 {
        let word = || (js_sys::Math::random() * f64::from(u32::MAX)) as u64;
        word() << 32 | word()
    }
}

pub(crate) use imp::{BoxFuture, Instant, Timer, random, sleep_until, spawn, wall_clock, yield_now};

pub(crate) fn now() -> Instant {
    Instant::now()
}
