//! What Rust alone has of agents; what languages share is in the conformance suite.

use crate::{json, server};
use openai_oxide::tools::Tool;
use openai_oxide::{ErrorKind, OpenAIError};
use serde_json::Value;
use std::fs;
use std::path::{Path, PathBuf};

fn directory(name: &str) -> PathBuf {
    let root = std::env::temp_dir().join(format!("oxide-agents-{}-{name}", std::process::id()));
    fs::create_dir_all(root.join("src/deep")).unwrap();
    for file in ["src/b.rs", "src/deep/a.rs", "src/notes.txt"] {
        fs::write(root.join(file), file).unwrap();
    }
    root
}

fn sources(path: &Path) -> bool {
    path.extension().is_some_and(|extension| extension == "rs")
}

#[tokio::test]
async fn a_directory_goes_to_an_environment_as_far_as_it_is_taken() {
    let root = directory("taken");
    let uploads = [r#"{"id":"f1"}"#, r#"{"id":"f2"}"#].into_iter().flat_map(json).collect();
    let (client, mut told) = server(uploads).await;
    let files = client.beta().agents().environments().files();
    let prepared = files.prepare_directory(&root, "/workspace/in/", sources).await.unwrap();
    let expected = r#"[{"type":"file_id","file_id":"f1","path":"/workspace/in/src/b.rs"},{"type":"file_id","file_id":"f2","path":"/workspace/in/src/deep/a.rs"}]"#;
    assert_eq!(serde_json::to_string(&prepared.files).unwrap(), expected);
    assert!(told.recv().await.unwrap().1.contains("\r\n\r\nsrc/b.rs\r\n"));
    fs::remove_dir_all(root).unwrap();
}

#[tokio::test]
async fn nothing_is_uploaded_of_files_that_cannot_all_be_prepared() {
    let root = directory("refused");
    let (client, _told) = server(Vec::new()).await;
    let files = client.beta().agents().environments().files();
    let source = root.join("src/b.rs");
    let pairs = |places: [&str; 2]| places.map(|place| (place.to_owned(), source.clone()));
    let mut errors: Vec<OpenAIError> = vec![
        files.prepare(pairs(["/workspace/a", "/workspace/a"])).await.unwrap_err().into(),
        files.prepare(pairs(["/workspace/a/b", "/workspace/a"])).await.unwrap_err().into(),
        files.prepare([("/workspace/a", root.join("src"))]).await.unwrap_err().into(),
        files.prepare([("/workspace/a", root.join("none"))]).await.unwrap_err().into(),
        files.prepare_directory(&root, "/workspace", |_| false).await.unwrap_err().into(),
    ];
    #[cfg(unix)]
    {
        std::os::unix::fs::symlink(&source, root.join("link.rs")).unwrap();
        errors.push(files.prepare_directory(&root, "/workspace", sources).await.unwrap_err().into());
    }
    for error in errors {
        assert_eq!(error.kind(), ErrorKind::InvalidRequest, "{error}");
    }
    fs::remove_dir_all(root).unwrap();
}

#[test]
fn an_agent_is_told_of_a_tool() {
    let schema = serde_json::json!({"type": "object", "properties": {"harbour": {"type": "string"}}});
    let tide = Tool::new("tide", "High tide.", schema.clone(), |_: Value| async { Ok::<_, String>("18:42") });
    let told = serde_json::to_value(tide.for_agent().unwrap()).unwrap();
    assert_eq!((told["type"].as_str(), told["name"].as_str()), (Some("function"), Some("tide")));
    assert_eq!(told["parameters"]["required"], serde_json::json!(["harbour"]));
    let nameless = Tool::new("high tide", "", schema, |_: Value| async { Ok::<_, String>("18:42") });
    assert_eq!(nameless.for_agent().unwrap_err().kind(), ErrorKind::InvalidRequest);
}

#[cfg(feature = "structured")]
#[test]
fn the_output_of_a_session_has_one_form() {
    use openai_oxide::types::beta::agents::session_create::SessionCreateRequest;
    use openai_oxide::types::beta::environment::Environment;
    #[derive(openai_oxide::schemars::JsonSchema)]
    #[schemars(crate = "openai_oxide::schemars")]
    #[allow(dead_code)]
    struct Tide {
        time: String,
    }
    let request = SessionCreateRequest::new(Environment::default()).output_type::<Tide>().unwrap();
    let sent = serde_json::to_value(&request).unwrap();
    assert_eq!(sent["agent"]["text"]["format"]["schema"]["required"], serde_json::json!(["time"]));
    assert_eq!(request.output_type::<Tide>().unwrap_err().kind(), ErrorKind::InvalidRequest);
}
