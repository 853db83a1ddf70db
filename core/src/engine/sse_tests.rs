#[derive(Default)]
pub(super) struct Work { pub(super) scanned: usize, pub(super) copied: usize }
impl Work {
    pub(super) fn scan(&mut self, bytes: usize) { self.scanned += bytes; }
    pub(super) fn append(&mut self, _to: &[u8], bytes: usize) { self.copied += bytes; }
}
