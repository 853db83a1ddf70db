//! Files of vector stores: uploaded, put into a store, and awaited until they can be searched.

use crate::client::OpenAI;
use crate::polling::{Polling, Watched};
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
        Polling::of(watched_file(self.client.clone(), vector_store_id.into(), file_id.into()), is_processed)
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
        let (client, store) = (self.client.clone(), vector_store_id.into());
        let create = self.create(&store, request);
        Polling::after(Box::pin(async { Ok(watched_file(client, store, create.await?.id)) }), is_processed)
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
        let watched = watched_batch(self.client.clone(), vector_store_id.into(), batch_id.into());
        Polling::of(watched, has_settled)
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
        let (client, store) = (self.client.clone(), vector_store_id.into());
        let create = self.create(&store, request);
        Polling::after(Box::pin(async { Ok(watched_batch(client, store, create.await?.id)) }), has_settled)
    }
}

fn watched_file(client: OpenAI, store: String, id: String) -> Watched<VectorStoreFile> {
    Watched { id, ask: Box::new(move |id| client.vector_stores().files().retrieve(&store, id)) }
}

fn is_processed(file: &VectorStoreFile) -> bool {
    file.status != VectorStoreFileStatus::InProgress
}

fn watched_batch(client: OpenAI, store: String, id: String) -> Watched<VectorStoreFileBatch> {
    Watched { id, ask: Box::new(move |id| client.vector_stores().file_batches().retrieve(&store, id)) }
}

fn has_settled(batch: &VectorStoreFileBatch) -> bool {
    batch.file_counts.in_progress == 0
}

/// What is uploaded first, for which the files' own endpoint is needed.
#[cfg(feature = "files")]
mod uploading {
    use super::*;
    use crate::call::{Call, Work};
    use crate::engine::Error;
    use crate::types::file_create::FileCreateRequest as Upload;
    use crate::types::file_object::FileObject;
    use crate::types::file_purpose::FilePurpose;
    use crate::upload::File;
    use std::collections::VecDeque;
    use std::future::Future;
    use std::pin::Pin;
    use std::task::Poll;

    /// So many files of a batch are uploaded at a time.
    const AT_A_TIME: usize = 5;

    fn upload(client: &OpenAI, file: impl Into<File>) -> Call<FileObject> {
        client.files().create(Upload::new(file, FilePurpose::Assistants))
    }

    impl Files<'_> {
        /// Uploads a file for assistants and puts it into the store; [`upload_and_poll`](Self::upload_and_poll) waits for it too.
        ///
        /// # Errors
        /// As `files().create` and `create`.
        pub async fn upload(
            &self,
            vector_store_id: impl Into<String>,
            file: impl Into<File>,
        ) -> Result<VectorStoreFile, Error> {
            let uploaded = upload(self.client, file).await?;
            self.create(vector_store_id, FileCreateRequest::new(uploaded.id)).await
        }

        /// Uploads a file for assistants, puts it into the store, and waits for it, as `poll` does.
        ///
        /// # Errors
        /// As `files().create`, `create` and `poll`.
        pub fn upload_and_poll(
            &self,
            vector_store_id: impl Into<String>,
            file: impl Into<File>,
        ) -> Polling<VectorStoreFile> {
            self.upload_and_poll_with(vector_store_id, file, FileCreateRequest::default())
        }

        /// As `upload_and_poll`, with what the request says besides the file.
        ///
        /// # Errors
        /// As `upload_and_poll`.
        pub fn upload_and_poll_with(
            &self,
            vector_store_id: impl Into<String>,
            file: impl Into<File>,
            mut request: FileCreateRequest,
        ) -> Polling<VectorStoreFile> {
            let (client, store) = (self.client.clone(), vector_store_id.into());
            let upload = upload(self.client, file);
            let made = async {
                request.file_id = upload.await?.id;
                let made = client.vector_stores().files().create(&store, request).await?;
                Ok(watched_file(client, store, made.id))
            };
            Polling::after(Box::pin(made), is_processed)
        }
    }

    impl FileBatches<'_> {
        /// Uploads files for assistants, five at a time, puts them into the store as one batch, in their order, and waits for them, as
        /// `poll` does.
        ///
        /// # Errors
        /// As `files().create`, of which the first to fail ends it; `create` and `poll`. What was uploaded by then stays.
        pub fn upload_and_poll<F: Into<File>>(
            &self,
            vector_store_id: impl Into<String>,
            files: impl IntoIterator<Item = F>,
        ) -> Polling<VectorStoreFileBatch> {
            self.upload_and_poll_with(vector_store_id, files, FileBatchCreateRequest::new())
        }

        /// As `upload_and_poll`, with what the request says besides the files; those of its `file_ids` come first in the batch.
        ///
        /// # Errors
        /// As `upload_and_poll`.
        pub fn upload_and_poll_with<F: Into<File>>(
            &self,
            vector_store_id: impl Into<String>,
            files: impl IntoIterator<Item = F>,
            mut request: FileBatchCreateRequest,
        ) -> Polling<VectorStoreFileBatch> {
            let (client, store) = (self.client.clone(), vector_store_id.into());
            let uploads = files.into_iter().map(|file| upload(self.client, file)).collect();
            let made = async {
                let uploaded = in_order(uploads).await?;
                let ids = request.file_ids.get_or_insert_default();
                ids.extend(uploaded.into_iter().map(|file| file.id));
                let made = client.vector_stores().file_batches().create(&store, request).await?;
                Ok(watched_batch(client, store, made.id))
            };
            Polling::after(Box::pin(made), has_settled)
        }
    }

    /// The answers of calls, some of which run at a time, in the order of the calls.
    fn in_order(mut waiting: VecDeque<Call<FileObject>>) -> Work<Vec<FileObject>> {
        let mut done: Vec<Option<FileObject>> = Vec::new();
        let mut running: Vec<(usize, Call<FileObject>)> = Vec::new();
        Box::pin(std::future::poll_fn(move |cx| {
            loop {
                while running.len() < AT_A_TIME
                    && let Some(call) = waiting.pop_front()
                {
                    running.push((done.len(), call));
                    done.push(None);
                }
                let (before, mut failed) = (running.len(), None);
                running.retain_mut(|(place, call)| match Pin::new(call).poll(cx) {
                    Poll::Ready(Ok(file)) => {
                        done[*place] = Some(file);
                        false
                    }
                    Poll::Ready(Err(error)) => {
                        failed.get_or_insert(error);
                        false
                    }
                    Poll::Pending => true,
                });
                if let Some(error) = failed {
                    return Poll::Ready(Err(error));
                }
                if running.is_empty() && waiting.is_empty() {
                    return Poll::Ready(Ok(done.drain(..).flatten().collect()));
                }
                if running.len() == before {
                    return Poll::Pending;
                }
            }
        }))
    }
}
