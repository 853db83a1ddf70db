//! The methods that make several calls: those that wait for the server's work, and the upload of a large file in parts.

#[cfg(feature = "responses")]
mod responses {
    use crate::polling::Polling;
    use crate::resources::responses::Responses;
    use crate::types::responses::response::Response;
    use crate::types::responses::response_create::ResponseCreateRequest;
    use crate::types::responses::response_status::ResponseStatus;

    impl Responses<'_> {
        /// Waits until a response that was created with `background(true)` is over; its `status` tells how it ended.
        ///
        /// Dropping the future stops the questions, not the response; `cancel` does that.
        ///
        /// # Errors
        /// As `retrieve`; kind `timeout` when a wait that was limited is over.
        pub fn poll(&self, response_id: impl Into<String>) -> Polling<Response> {
            let client = self.client.clone();
            let fetch = Box::new(move |id: &str| client.responses().retrieve(id));
            Polling::of(
                response_id,
                fetch,
                |response| &response.id,
                |response| {
                    !matches!(response.status, Some(ResponseStatus::Queued | ResponseStatus::InProgress))
                },
            )
        }

        /// Creates a response in the background and waits for it, as `poll` does.
        ///
        /// # Errors
        /// As `create` and `poll`.
        pub fn create_and_poll(&self, request: ResponseCreateRequest) -> Polling<Response> {
            self.poll("").after(self.create(request.background(true)))
        }
    }
}

#[cfg(feature = "files")]
mod files {
    use crate::polling::Polling;
    use crate::resources::files::Files;
    use crate::types::file_object::{FileObject, FileObjectStatus};
    use std::time::Duration;

    impl Files<'_> {
        /// Waits until a file is processed, failed or gone: asks every 5 seconds, for at most 30 minutes, unless told otherwise.
        ///
        /// # Errors
        /// As `retrieve`; kind `timeout` when the wait is over.
        pub fn wait_for_processing(&self, file_id: impl Into<String>) -> Polling<FileObject> {
            let client = self.client.clone();
            let fetch = Box::new(move |id: &str| client.files().retrieve(id));
            Polling::of(file_id, fetch, |file| &file.id, |file| file.status != FileObjectStatus::Uploaded)
                .interval(Duration::from_secs(5))
                .max_wait(Duration::from_secs(30 * 60))
        }
    }
}

#[cfg(feature = "videos")]
mod videos {
    use crate::polling::Polling;
    use crate::resources::videos::Videos;
    use crate::types::video::{Video, VideoStatus};
    use crate::types::video_create::VideoCreateRequest;

    #[allow(deprecated)] // the whole resource is
    impl Videos<'_> {
        /// Waits until a video is completed or has failed; its `status` and `error` tell which.
        ///
        /// # Errors
        /// As `retrieve`; kind `timeout` when a wait that was limited is over.
        #[deprecated]
        pub fn poll(&self, video_id: impl Into<String>) -> Polling<Video> {
            let client = self.client.clone();
            let fetch = Box::new(move |id: &str| client.videos().retrieve(id));
            Polling::of(
                video_id,
                fetch,
                |video| &video.id,
                |video| !matches!(video.status, VideoStatus::Queued | VideoStatus::InProgress),
            )
        }

        /// Begins a video and waits for it, as `poll` does.
        ///
        /// # Errors
        /// As `create` and `poll`.
        #[deprecated]
        pub fn create_and_poll(&self, request: VideoCreateRequest) -> Polling<Video> {
            self.poll("").after(self.create(request))
        }
    }
}

#[cfg(feature = "beta")]
mod runs {
    use crate::polling::Polling;
    use crate::resources::beta::threads::runs::Runs;
    use crate::types::beta::threads::run::Run;
    use crate::types::beta::threads::run_create::RunCreateRequest;
    use crate::types::beta::threads::run_status::RunStatus;

    #[allow(deprecated)] // the whole resource is
    impl Runs<'_> {
        /// Waits until a run is over or needs the outputs of tools; its `status` tells which.
        ///
        /// # Errors
        /// As `retrieve`; kind `timeout` when a wait that was limited is over.
        #[deprecated]
        pub fn poll(&self, thread_id: impl Into<String>, run_id: impl Into<String>) -> Polling<Run> {
            let (client, thread) = (self.client.clone(), thread_id.into());
            let fetch = Box::new(move |id: &str| client.beta().threads().runs().retrieve(&thread, id));
            Polling::of(
                run_id,
                fetch,
                |run| &run.id,
                |run| {
                    !matches!(run.status, RunStatus::Queued | RunStatus::InProgress | RunStatus::Cancelling)
                },
            )
        }

        /// Begins a run and waits for it, as `poll` does.
        ///
        /// # Errors
        /// As `create` and `poll`.
        #[deprecated]
        pub fn create_and_poll(
            &self,
            thread_id: impl Into<String>,
            request: RunCreateRequest,
        ) -> Polling<Run> {
            let thread = thread_id.into();
            self.poll(&thread, "").after(self.create(&thread, request))
        }
    }
}

#[cfg(feature = "vector-stores")]
mod vector_stores {
    use crate::polling::Polling;
    use crate::resources::vector_stores::file_batches::FileBatches;
    use crate::resources::vector_stores::files::Files;
    use crate::types::vector_stores::file_batch_create::FileBatchCreateRequest;
    use crate::types::vector_stores::file_create::FileCreateRequest;
    use crate::types::vector_stores::vector_store_file::{VectorStoreFile, VectorStoreFileStatus};
    use crate::types::vector_stores::vector_store_file_batch::VectorStoreFileBatch;

    impl Files<'_> {
        /// Waits until a file is processed, which may be with a failure: see its `status` and `last_error`.
        ///
        /// # Errors
        /// As `retrieve`; kind `timeout` when a wait that was limited is over.
        pub fn poll(
            &self,
            vector_store_id: impl Into<String>,
            file_id: impl Into<String>,
        ) -> Polling<VectorStoreFile> {
            let (client, store) = (self.client.clone(), vector_store_id.into());
            let fetch = Box::new(move |id: &str| client.vector_stores().files().retrieve(&store, id));
            Polling::of(
                file_id,
                fetch,
                |file| &file.id,
                |file| file.status != VectorStoreFileStatus::InProgress,
            )
        }

        /// Puts a file into the store and waits for it, as `poll` does.
        ///
        /// # Errors
        /// As `create` and `poll`.
        pub fn create_and_poll(
            &self,
            vector_store_id: impl Into<String>,
            request: FileCreateRequest,
        ) -> Polling<VectorStoreFile> {
            let store = vector_store_id.into();
            self.poll(&store, "").after(self.create(&store, request))
        }

        /// Uploads a file for assistants, puts it into the store, and waits for it, as `poll` does.
        ///
        /// # Errors
        /// As `files().create`, `create` and `poll`.
        #[cfg(feature = "files")]
        pub async fn upload_and_poll(
            &self,
            vector_store_id: impl Into<String>,
            file: impl Into<crate::upload::File>,
        ) -> Result<VectorStoreFile, crate::engine::Error> {
            use crate::types::file_create::FileCreateRequest as Upload;
            use crate::types::file_purpose::FilePurpose;

            let uploaded = self.client.files().create(Upload::new(file, FilePurpose::Assistants)).await?;
            self.create_and_poll(vector_store_id, FileCreateRequest::new(uploaded.id)).await
        }
    }

    impl FileBatches<'_> {
        /// Waits until no file of a batch is in progress; `file_counts` tells how many failed.
        ///
        /// # Errors
        /// As `retrieve`; kind `timeout` when a wait that was limited is over.
        pub fn poll(
            &self,
            vector_store_id: impl Into<String>,
            batch_id: impl Into<String>,
        ) -> Polling<VectorStoreFileBatch> {
            let (client, store) = (self.client.clone(), vector_store_id.into());
            let fetch = Box::new(move |id: &str| client.vector_stores().file_batches().retrieve(&store, id));
            Polling::of(batch_id, fetch, |batch| &batch.id, |batch| batch.file_counts.in_progress == 0)
        }

        /// Puts files into the store as a batch and waits for them, as `poll` does.
        ///
        /// # Errors
        /// As `create` and `poll`.
        pub fn create_and_poll(
            &self,
            vector_store_id: impl Into<String>,
            request: FileBatchCreateRequest,
        ) -> Polling<VectorStoreFileBatch> {
            let store = vector_store_id.into();
            self.poll(&store, "").after(self.create(&store, request))
        }
    }
}

#[cfg(all(feature = "uploads", not(target_arch = "wasm32")))]
mod uploads {
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
}
