//! The methods that make several calls: those that wait for the server's work, and the upload of a large file in parts.

#[cfg(feature = "beta")]
mod runs;
#[cfg(all(feature = "uploads", not(target_arch = "wasm32")))]
mod uploads;
#[cfg(feature = "vector-stores")]
mod vector_stores;

#[cfg(feature = "responses")]
mod responses {
    use crate::client::OpenAI;
    use crate::polling::{Polling, Watched};
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
            Polling::of(watched(self.client.clone(), response_id.into()), is_over)
        }

        /// Creates a response in the background and waits for it, as `poll` does.
        ///
        /// # Errors
        /// As `create` and `poll`.
        pub fn create_and_poll(&self, request: ResponseCreateRequest) -> Polling<Response> {
            let (client, create) = (self.client.clone(), self.create(request.background(true)));
            Polling::after(Box::pin(async { Ok(watched(client, create.await?.id)) }), is_over)
        }
    }

    fn watched(client: OpenAI, id: String) -> Watched<Response> {
        Watched { id, ask: Box::new(move |id| client.responses().retrieve(id)) }
    }

    fn is_over(response: &Response) -> bool {
        !matches!(response.status, Some(ResponseStatus::Queued | ResponseStatus::InProgress))
    }
}

#[cfg(feature = "files")]
mod files {
    use crate::polling::{Polling, Watched};
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
            let ask = Box::new(move |id: &str| client.files().retrieve(id));
            Polling::of(Watched { id: file_id.into(), ask }, |file| file.status != FileObjectStatus::Uploaded)
                .interval(Duration::from_secs(5))
                .max_wait(Duration::from_secs(30 * 60))
        }
    }
}

#[cfg(feature = "videos")]
mod videos {
    use crate::client::OpenAI;
    use crate::polling::{Polling, Watched};
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
            Polling::of(watched(self.client.clone(), video_id.into()), is_over)
        }

        /// Begins a video and waits for it, as `poll` does.
        ///
        /// # Errors
        /// As `create` and `poll`.
        #[deprecated]
        pub fn create_and_poll(&self, request: VideoCreateRequest) -> Polling<Video> {
            let (client, create) = (self.client.clone(), self.create(request));
            Polling::after(Box::pin(async { Ok(watched(client, create.await?.id)) }), is_over)
        }
    }

    #[allow(deprecated)]
    fn watched(client: OpenAI, id: String) -> Watched<Video> {
        Watched { id, ask: Box::new(move |id| client.videos().retrieve(id)) }
    }

    fn is_over(video: &Video) -> bool {
        !matches!(video.status, VideoStatus::Queued | VideoStatus::InProgress)
    }
}
