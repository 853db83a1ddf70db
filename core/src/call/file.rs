//! Answers that are files: taken as they come, or written to disk.

use super::{Answer, Call, Open, State, WithResponse, Work};
use crate::engine::{ByteStream, Engine, Error, ErrorKind, Reply, Request};
use bytes::Bytes;
#[cfg(not(target_arch = "wasm32"))]
use std::sync::Arc;

impl Call<Bytes> {
    /// Yields the answer's bytes as they come, instead of all at once.
    pub fn streaming(self) -> Call<ByteStream> {
        let WithResponse { state, .. } = self.0;
        let state = match state {
            State::Ready(draft, _) => State::Ready(draft, opened),
            other => other,
        };
        Call(WithResponse {
            state,
            finish: |answer| match std::mem::replace(&mut answer.open, Open::Nothing) {
                Open::Bytes(bytes) => Ok(bytes),
                _ => Err(Error::new(ErrorKind::InvalidRequest, "this call has been awaited before")),
            },
        })
    }

    /// Writes the answer to a file, as it comes; the number of bytes. A file that is there is replaced.
    ///
    /// # Errors
    /// As the call fails; kind `config` where the file cannot be written. What has been written stays.
    #[cfg(not(target_arch = "wasm32"))]
    pub async fn save(self, path: impl AsRef<std::path::Path>) -> Result<u64, Error> {
        let path = path.as_ref();
        let refused = |error: std::io::Error| {
            Error::new(ErrorKind::Config, format!("{} cannot be written: {error}", path.display()))
        };
        let mut bytes = self.streaming().await?;
        let mut file = Arc::new(std::fs::File::create(path).map_err(refused)?);
        let mut written = 0;
        while let Some(piece) = bytes.next().await {
            let piece = piece?;
            written += piece.len() as u64;
            let held = Arc::clone(&file);
            // Disks block: the write belongs on a thread that may wait.
            let write = tokio::task::spawn_blocking(move || std::io::Write::write_all(&mut &*held, &piece));
            write.await.unwrap_or_else(|stopped| Err(std::io::Error::other(stopped))).map_err(refused)?;
        }
        std::io::Write::flush(&mut file).map_err(refused)?;
        Ok(written)
    }
}

fn opened(engine: Engine, request: Request) -> Work<Answer> {
    Box::pin(async move {
        let bytes = engine.open(request).await?;
        let reply = Reply {
            status: bytes.status(),
            headers: bytes.headers().clone(),
            body: Bytes::new(),
            attempts: bytes.attempts(),
            hedge: bytes.hedge().cloned().map(Box::new),
        };
        Ok(Answer { reply, open: Open::Bytes(bytes), origin: None })
    })
}
