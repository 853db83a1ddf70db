//! A large file, uploaded in parts.

use crate::engine::{Error, ErrorKind};
use crate::resources::uploads::Uploads;
use crate::types::file_purpose::FilePurpose;
use crate::types::upload::Upload;
use crate::types::upload_complete::UploadCompleteRequest;
use crate::types::upload_create::UploadCreateRequest;
use crate::types::uploads::part_create::PartCreateRequest;
use crate::upload::File;
use std::io::Read;
use std::path::PathBuf;

/// The most that the API takes in one part.
const LARGEST_PART: u64 = 64 << 20;

impl Uploads<'_> {
    /// Uploads the file at a path part by part, 64 MiB each; one part at a time is in memory.
    ///
    /// # Errors
    /// Kind `invalid_request`: the file cannot be read. Else as `create`, `parts().create` and `complete`; the upload then
    /// stays open on the server until it expires.
    pub async fn upload_file_chunked(
        &self,
        path: impl Into<PathBuf>,
        mime_type: impl Into<String>,
        purpose: impl Into<FilePurpose>,
    ) -> Result<Upload, Error> {
        self.upload_file_chunked_by(LARGEST_PART, path, mime_type, purpose).await
    }

    /// As `upload_file_chunked`, in parts of so many bytes (1 to 64 MiB).
    ///
    /// # Errors
    /// As `upload_file_chunked`; kind `invalid_request` for parts of no bytes.
    pub async fn upload_file_chunked_by(
        &self,
        part_size: u64,
        path: impl Into<PathBuf>,
        mime_type: impl Into<String>,
        purpose: impl Into<FilePurpose>,
    ) -> Result<Upload, Error> {
        if part_size == 0 {
            return Err(Error::new(ErrorKind::InvalidRequest, "a part has at least one byte"));
        }
        let path = path.into();
        let refused = |error: std::io::Error| {
            Error::new(ErrorKind::InvalidRequest, format!("cannot upload {}: {error}", path.display()))
        };
        let mut file = std::fs::File::open(&path).map_err(refused)?;
        let size = file.metadata().map_err(refused)?.len();
        let name = path.file_name().map_or_else(String::new, |name| name.to_string_lossy().into_owned());
        let size = i64::try_from(size).unwrap_or(i64::MAX);
        let upload = self.create(UploadCreateRequest::new(size, name, mime_type, purpose)).await?;
        let mut parts = Vec::new();
        loop {
            // Disks block: the read belongs on a thread that may wait.
            let read = tokio::task::spawn_blocking(move || {
                let mut part = Vec::new();
                (&mut file).take(part_size).read_to_end(&mut part).map(|_| (file, part))
            });
            let done = read.await.unwrap_or_else(|stopped| Err(std::io::Error::other(stopped)));
            let (open, part) = done.map_err(refused)?;
            if part.is_empty() {
                break;
            }
            file = open;
            let request = PartCreateRequest::new(File::bytes("part", part));
            parts.push(self.parts().create(&upload.id, request).await?.id);
        }
        self.complete(&upload.id, UploadCompleteRequest::new(parts)).await
    }
}
