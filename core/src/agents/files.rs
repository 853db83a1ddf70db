//! Files for the environments of agents: checked, uploaded, and put where the agent finds them.
//!
//! Uploads belong to the caller, who deletes them; an error tells which there are.

use crate::client::OpenAI;
use crate::engine::{Error, ErrorKind};
use crate::resources::beta::agents::environments::files::Files;
use crate::types::beta::agents::environments::environment_file::EnvironmentFile;
use crate::types::beta::agents::environments::file_create::{FileCreateRequest, FileCreateRequestType};
use crate::types::beta::hosted_environment_file::{HostedEnvironmentFile, HostedEnvironmentFileParamFileID};
use crate::types::file_create::FileCreateRequest as Upload;
use crate::types::file_purpose::FilePurpose;
use crate::upload::File;
use std::collections::HashSet;
use std::fmt;
use std::path::{Path, PathBuf};

/// Where an environment has its files.
const WORKSPACE: &str = "/workspace/";

/// Files that are uploaded and that an environment can be created with.
#[derive(Clone, Debug, Default)]
#[non_exhaustive]
pub struct PreparedAgentFiles {
    /// What the environment is told of them.
    pub files: Vec<HostedEnvironmentFile>,
    /// The uploads, to be deleted when no environment needs them.
    pub uploaded_file_ids: Vec<String>,
}

/// A file in an environment, and its upload.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct StagedAgentFile {
    /// The upload, to be deleted when no environment needs it.
    pub uploaded_file_id: String,
    /// The file as the environment has it.
    pub file: EnvironmentFile,
}

/// Files could not be brought to where they belong. It becomes the [`Error`] that stopped them where one is wanted.
#[non_exhaustive]
pub struct AgentFilesError {
    /// The uploads that there are all the same.
    pub uploaded_file_ids: Vec<String>,
    /// What stopped the rest.
    pub cause: Error,
}

impl From<Error> for AgentFilesError {
    fn from(cause: Error) -> Self {
        Self { uploaded_file_ids: Vec::new(), cause }
    }
}

impl From<AgentFilesError> for Error {
    fn from(error: AgentFilesError) -> Self {
        error.cause
    }
}

impl fmt::Display for AgentFilesError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} ({} files were uploaded and remain)", self.cause, self.uploaded_file_ids.len())
    }
}

impl fmt::Debug for AgentFilesError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut shown = f.debug_struct("AgentFilesError");
        shown.field("uploaded_file_ids", &self.uploaded_file_ids).field("cause", &self.cause).finish()
    }
}

impl std::error::Error for AgentFilesError {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        Some(&self.cause)
    }
}

impl Files<'_> {
    /// Uploads files from this machine, one after the other, for an environment that is to be created with them: pairs of the
    /// place in the environment, an absolute path below `/workspace`, and the path here.
    ///
    /// # Errors
    /// Kind `invalid_request`, before anything is uploaded: a place that an environment does not take or that two files want, a path here
    /// that is no regular file. Else as `files().create`.
    pub async fn prepare<D, S>(
        &self,
        files: impl IntoIterator<Item = (D, S)>,
    ) -> Result<PreparedAgentFiles, AgentFilesError>
    where
        D: Into<String>,
        S: Into<PathBuf>,
    {
        let files = files.into_iter().map(|(place, source)| (place.into(), source.into())).collect();
        upload_all(self.client, files).await
    }

    /// [`prepare`](Self::prepare) of those files below a directory whose path within it `include` takes, in the order of their paths. They keep
    /// that path below `destination`.
    ///
    /// # Errors
    /// As `prepare`; kind `invalid_request` too where no file is taken, or one that is taken, the directory, or one between them is a
    /// symbolic link.
    pub async fn prepare_directory(
        &self,
        root: impl Into<PathBuf>,
        destination: &str,
        include: impl Fn(&Path) -> bool + Send + 'static,
    ) -> Result<PreparedAgentFiles, AgentFilesError> {
        let (root, destination) = (root.into(), destination.trim_end_matches('/').to_owned());
        let unreadable = |error: std::io::Error| invalid(format!("the directory cannot be read: {error}"));
        // Disks block: the walk belongs on a thread that may wait.
        let walk = tokio::task::spawn_blocking(move || {
            let mut found = Vec::new();
            walk(&root, Path::new(""), &include, &mut found).map(|()| (root, found))
        });
        let walked = walk.await.unwrap_or_else(|stopped| Err(std::io::Error::other(stopped)));
        let (root, mut found) = walked.map_err(unreadable)?;
        if found.is_empty() {
            return Err(invalid("no file of the directory was taken".to_owned()).into());
        }
        found.sort();
        let placed = found.into_iter().map(|path| {
            let parts: Vec<_> = path.iter().map(|part| part.to_string_lossy()).collect();
            (format!("{destination}/{}", parts.join("/")), root.join(&path))
        });
        upload_all(self.client, placed.collect()).await
    }

    /// Uploads a file and copies it into an environment that is connected, at an absolute path below `/workspace`.
    ///
    /// # Errors
    /// Kind `invalid_request`: a place that an environment does not take. Else as `files().create` and `create`.
    pub async fn upload(
        &self,
        environment_id: impl Into<String>,
        file: impl Into<File>,
        path: impl Into<String>,
    ) -> Result<StagedAgentFile, AgentFilesError> {
        let path = path.into();
        check_place(&path)?;
        let uploaded = self.client.files().create(Upload::new(file, FilePurpose::UserData)).await?.id;
        let request = FileCreateRequest::new(path, FileCreateRequestType::FileId).file_id(&uploaded);
        match self.create(environment_id, request).await {
            Ok(file) => Ok(StagedAgentFile { uploaded_file_id: uploaded, file }),
            Err(cause) => Err(AgentFilesError { uploaded_file_ids: vec![uploaded], cause }),
        }
    }
}

async fn upload_all(
    client: &OpenAI,
    files: Vec<(String, PathBuf)>,
) -> Result<PreparedAgentFiles, AgentFilesError> {
    check(&files)?;
    let mut prepared = PreparedAgentFiles::default();
    for (place, source) in files {
        match client.files().create(Upload::new(source, FilePurpose::UserData)).await {
            Ok(uploaded) => {
                let file = HostedEnvironmentFileParamFileID::new(&uploaded.id, place);
                prepared.files.push(HostedEnvironmentFile::ParamFileID(file));
                prepared.uploaded_file_ids.push(uploaded.id);
            }
            Err(cause) => {
                return Err(AgentFilesError { uploaded_file_ids: prepared.uploaded_file_ids, cause });
            }
        }
    }
    Ok(prepared)
}

fn invalid(message: String) -> Error {
    Error::new(ErrorKind::InvalidRequest, message)
}

fn check(files: &[(String, PathBuf)]) -> Result<(), Error> {
    let mut places = HashSet::new();
    for (place, _) in files {
        check_place(place)?;
        if !places.insert(place.as_str()) {
            return Err(invalid(format!("two files are to be at {place}")));
        }
    }
    for (place, source) in files {
        let inside = place.match_indices('/').find(|(at, _)| places.contains(&place[..*at]));
        if let Some((at, _)) = inside {
            return Err(invalid(format!("{} cannot be a file and hold {place}", &place[..at])));
        }
        let kind = std::fs::symlink_metadata(source);
        let kind = kind.map_err(|error| invalid(format!("{} cannot be read: {error}", source.display())))?;
        if !kind.is_file() {
            return Err(invalid(format!("{} is no regular file", source.display())));
        }
    }
    Ok(())
}

fn check_place(place: &str) -> Result<(), Error> {
    let refused = |why: &str| Err(invalid(format!("{place:?} is no path for a file of an agent: {why}")));
    let Some(inside) = place.strip_prefix(WORKSPACE).filter(|_| !place.contains(['\0', '\\'])) else {
        return refused("it has to be an absolute path below /workspace, with slashes");
    };
    if inside.split('/').any(|part| matches!(part, "" | "." | "..")) {
        return refused("no part of it can be empty, `.` or `..`");
    }
    let first = inside.split('/').next().unwrap_or_default();
    if matches!(first, ".codex" | ".managed-agents")
        || first.starts_with(".managed-agents-")
        || inside == "outputs"
    {
        return refused("the environment keeps that path for itself");
    }
    Ok(())
}

/// The files below `root` that are taken, by their paths within it. Symbolic links are followed nowhere; one that is taken is refused later.
fn walk(
    root: &Path,
    within: &Path,
    include: &dyn Fn(&Path) -> bool,
    found: &mut Vec<PathBuf>,
) -> std::io::Result<()> {
    let directory = root.join(within);
    if std::fs::symlink_metadata(&directory)?.is_symlink() {
        return Err(std::io::Error::other("it is a symbolic link"));
    }
    for entry in std::fs::read_dir(directory)? {
        let entry = entry?;
        let path = within.join(entry.file_name());
        if entry.file_type()?.is_dir() {
            walk(root, &path, include, found)?;
        } else if include(&path) {
            found.push(path);
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_environment_takes_files_at_proper_places_alone() {
        for place in ["/workspace/a", "/workspace/a/b.txt", "/workspace/outputs/a", "/workspace/.codexes"] {
            assert!(check_place(place).is_ok(), "{place}");
        }
        for place in [
            "/workspace",
            "/workspace/",
            "workspace/a",
            "/workspaces/a",
            "/workspace/a//b",
            "/workspace/./a",
            "/workspace/a/..",
            "/workspace/a\\b",
            "/workspace/a\0",
            "/workspace/.codex/a",
            "/workspace/.managed-agents",
            "/workspace/.managed-agents-x/a",
            "/workspace/outputs",
        ] {
            assert!(check_place(place).is_err(), "{place}");
        }
    }
}
