//! What a text or a list had grown to at one moment: a view that costs nothing until it is read.

use std::borrow::Borrow;
use std::fmt;
use std::ops::Deref;
use std::sync::{Arc, Mutex, MutexGuard, OnceLock, PoisonError};

/// What grows at its end: text and lists.
pub trait Growable: ToOwned {
    #[doc(hidden)]
    fn length(&self) -> usize;
    #[doc(hidden)]
    fn first(&self, length: usize) -> &Self;
    #[doc(hidden)]
    fn append(&self, to: &mut Self::Owned);
}

impl Growable for str {
    fn length(&self) -> usize {
        self.len()
    }

    fn first(&self, length: usize) -> &Self {
        &self[..length]
    }

    fn append(&self, to: &mut String) {
        to.push_str(self);
    }
}

impl<T: Clone> Growable for [T] {
    fn length(&self) -> usize {
        self.len()
    }

    fn first(&self, length: usize) -> &Self {
        &self[..length]
    }

    fn append(&self, to: &mut Vec<T>) {
        to.extend_from_slice(self);
    }
}

/// A text (or a list) as it was when this snapshot was taken. It reads like a `&str` (or a slice).
///
/// Taking one costs the same however long the text is. The first reading copies the text, and only that; a program that never
/// reads snapshots never pays for them.
pub struct Snapshot<T: Growable + ?Sized = str> {
    whole: Arc<Mutex<T::Owned>>,
    length: usize,
    read: OnceLock<T::Owned>,
}

impl<T: Growable + ?Sized> Deref for Snapshot<T> {
    type Target = T;

    fn deref(&self) -> &T {
        self.read.get_or_init(|| (*lock(&self.whole)).borrow().first(self.length).to_owned()).borrow()
    }
}

impl<T: Growable + ?Sized> Clone for Snapshot<T> {
    fn clone(&self) -> Self {
        Self { whole: Arc::clone(&self.whole), length: self.length, read: OnceLock::new() }
    }
}

impl<T: Growable + fmt::Debug + ?Sized> fmt::Debug for Snapshot<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        (**self).fmt(f)
    }
}

impl fmt::Display for Snapshot {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self)
    }
}

impl<T: Growable + PartialEq + ?Sized> PartialEq for Snapshot<T> {
    fn eq(&self, other: &Self) -> bool {
        **self == **other
    }
}

impl PartialEq<str> for Snapshot {
    fn eq(&self, other: &str) -> bool {
        **self == *other
    }
}

impl PartialEq<&str> for Snapshot {
    fn eq(&self, other: &&str) -> bool {
        **self == **other
    }
}

impl AsRef<str> for Snapshot {
    fn as_ref(&self) -> &str {
        self
    }
}

impl From<Snapshot> for String {
    fn from(snapshot: Snapshot) -> Self {
        (*snapshot).to_owned()
    }
}

/// The growing end. It only appends, so that snapshots stay true.
pub(super) struct Growing<T: Growable + ?Sized = str>(Arc<Mutex<T::Owned>>);

impl<T: Growable<Owned: Default> + ?Sized> Default for Growing<T> {
    fn default() -> Self {
        Self(Arc::default())
    }
}

impl<T: Growable + ?Sized> Growing<T> {
    pub(super) fn push(&self, more: &T) {
        more.append(&mut lock(&self.0));
    }

    pub(super) fn snapshot(&self) -> Snapshot<T> {
        let length = (*lock(&self.0)).borrow().length();
        Snapshot { whole: Arc::clone(&self.0), length, read: OnceLock::new() }
    }

    pub(super) fn is_empty(&self) -> bool {
        (*lock(&self.0)).borrow().length() == 0
    }

    pub(super) fn copy(&self) -> T::Owned {
        (*lock(&self.0)).borrow().to_owned()
    }
}

/// An append that panicked (for memory) leaves the text as it was or longer, both of which a snapshot bears.
fn lock<T>(whole: &Mutex<T>) -> MutexGuard<'_, T> {
    whole.lock().unwrap_or_else(PoisonError::into_inner)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_snapshot_stays_what_it_was() {
        let text: Growing = Growing::default();
        let none = text.snapshot();
        text.push("Grü");
        let some = text.snapshot();
        text.push("ße");
        assert_eq!(none, "");
        assert_eq!(some, "Grü");
        assert_eq!(some.clone(), "Grü");
        assert_eq!(text.snapshot().len(), 7);
        assert_eq!(String::from(text.snapshot()), text.copy());
        assert_eq!(format!("{some}|{some:?}|{some:>5}"), "Grü|\"Grü\"|  Grü");
    }

    #[test]
    fn taking_snapshots_copies_nothing() {
        // Copying at each step would move 50 GB.
        let text: Growing = Growing::default();
        let mut last = text.snapshot();
        for _ in 0..300_000 {
            text.push("x");
            last = text.snapshot();
        }
        assert_eq!(last.len(), 300_000);
    }

    #[test]
    fn lists_grow_too() {
        let list: Growing<[u8]> = Growing::default();
        list.push(&[1, 2]);
        let two = list.snapshot();
        list.push(&[3]);
        assert_eq!((&*two, &*list.snapshot()), (&[1, 2][..], &[1, 2, 3][..]));
    }
}
