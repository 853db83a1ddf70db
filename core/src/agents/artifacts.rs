//! The files that a turn made.

use crate::client::OpenAI;
use crate::engine::{Error, ErrorKind};
use crate::resources::beta::agents::sessions::artifacts::Artifacts;
use crate::types::beta::agents::sessions::session_artifact::SessionArtifact;
use crate::types::beta::agents::sessions::turn::Turn;
use bytes::Bytes;

impl<'c> Artifacts<'c> {
    /// The artifacts of one turn, such as that of a [result](crate::agents::AgentTurnResult), by their paths.
    #[doc(alias = "for_result")]
    pub fn of_turn(&self, turn: &Turn) -> TurnArtifacts<'c> {
        TurnArtifacts { client: self.client, session_id: turn.session_id.clone(), turn_id: turn.id.clone() }
    }
}

/// The artifacts of one turn.
#[derive(Clone, Debug)]
pub struct TurnArtifacts<'c> {
    client: &'c OpenAI,
    session_id: String,
    turn_id: String,
}

impl TurnArtifacts<'_> {
    /// The artifact of this path; the artifacts of the session are listed for it.
    ///
    /// # Errors
    /// Kind `invalid_request`: the turn has no such artifact, or several. Else as `artifacts().list`.
    pub async fn find(&self, path: &str) -> Result<SessionArtifact, Error> {
        let mut all = self.client.beta().agents().sessions().artifacts().list(&self.session_id).items();
        let mut found = None;
        while let Some(artifact) = all.recv().await {
            let artifact = artifact?;
            if artifact.turn_id == self.turn_id && artifact.path == path && found.replace(artifact).is_some()
            {
                let message = format!("the turn has several artifacts at {path}");
                return Err(Error::new(ErrorKind::InvalidRequest, message));
            }
        }
        found.ok_or_else(|| {
            Error::new(ErrorKind::InvalidRequest, format!("the turn has no artifact at {path}"))
        })
    }

    /// The content of the artifact of this path.
    ///
    /// # Errors
    /// As [`find`](Self::find), and as `artifacts().content`.
    pub async fn content(&self, path: &str) -> Result<Bytes, Error> {
        let artifact = self.find(path).await?;
        self.client.beta().agents().sessions().artifacts().content(&self.session_id, artifact.id).await
    }

    /// Writes the artifact of this path to a file, as it comes. A file that is there is replaced.
    ///
    /// # Errors
    /// As [`content`](Self::content); kind `config` where the file cannot be written. What has been written stays.
    #[cfg(not(target_arch = "wasm32"))]
    pub async fn download(
        &self,
        path: &str,
        to: impl AsRef<std::path::Path>,
    ) -> Result<SessionArtifact, Error> {
        let artifact = self.find(path).await?;
        let content =
            self.client.beta().agents().sessions().artifacts().content(&self.session_id, &artifact.id);
        content.save(to).await?;
        Ok(artifact)
    }
}
