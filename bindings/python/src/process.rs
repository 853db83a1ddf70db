//! Values that belong to one process.
//!
//! After `fork()` a child owns copies of its parent's runtimes, pools and sockets, but none of the threads that drive
//! them, and locks that such a thread held stay locked for ever. So the child touches nothing of the kind, not even to
//! free it (closing would say goodbye on connections that the parent still uses): it leaks what it inherited and makes
//! its own.

use std::sync::atomic::{AtomicPtr, Ordering};

struct Owned<T> {
    pid: u32,
    value: T,
}

/// A value made on first use, and made anew in a forked child.
pub(crate) struct PerProcess<T>(AtomicPtr<Owned<T>>);

impl<T> PerProcess<T> {
    pub(crate) const fn new() -> Self {
        Self(AtomicPtr::new(std::ptr::null_mut()))
    }

    pub(crate) fn get_or_init(&self, make: impl FnOnce() -> T) -> &T {
        let pid = std::process::id();
        let current = self.0.load(Ordering::Acquire);
        // SAFETY: the pointer is null or came from `Box::into_raw` below. What it points at is freed only by `drop`,
        // which needs `&mut self`; a replaced value (of another process) is leaked.
        if let Some(owned) = unsafe { current.as_ref() }
            && owned.pid == pid
        {
            return &owned.value;
        }
        let fresh = Box::into_raw(Box::new(Owned { pid, value: make() }));
        match self.0.compare_exchange(current, fresh, Ordering::AcqRel, Ordering::Acquire) {
            // SAFETY: as above.
            Ok(_) => unsafe { &(*fresh).value },
            Err(winner) => {
                // SAFETY: another thread of this process was first; `fresh` was never shared.
                drop(unsafe { Box::from_raw(fresh) });
                // SAFETY: as above.
                unsafe { &(*winner).value }
            }
        }
    }
}

impl<T> Drop for PerProcess<T> {
    fn drop(&mut self) {
        let current = *self.0.get_mut();
        // SAFETY: as above, and nobody else can hold a reference any more.
        if !current.is_null() && unsafe { (*current).pid } == std::process::id() {
            drop(unsafe { Box::from_raw(current) });
        }
    }
}

/// Runs `action` only in the process that made this mark: the guard of every `Drop` that would reach a runtime.
#[derive(Clone, Copy)]
pub(crate) struct Home(u32);

impl Home {
    pub(crate) fn here() -> Self {
        Self(std::process::id())
    }

    pub(crate) fn is_here(self) -> bool {
        self.0 == std::process::id()
    }
}

/// Holds a value and leaks it where dropping would happen in another process than the one that made it.
pub(crate) struct Local<T> {
    home: Home,
    value: std::mem::ManuallyDrop<T>,
}

impl<T> Local<T> {
    pub(crate) fn new(value: T) -> Self {
        Self { home: Home::here(), value: std::mem::ManuallyDrop::new(value) }
    }

    /// `None` in a forked child.
    pub(crate) fn get(&self) -> Option<&T> {
        self.home.is_here().then_some(&self.value)
    }
}

impl<T> Drop for Local<T> {
    fn drop(&mut self) {
        if self.home.is_here() {
            // SAFETY: dropped once, here.
            unsafe { std::mem::ManuallyDrop::drop(&mut self.value) }
        }
    }
}
