//! The cases on disk: loads every `*.yaml` below a folder and refuses what it cannot play.

use std::collections::BTreeMap;
use std::fmt;
use std::fs;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use crate::body::{self, Rendered};
use crate::case::{Case, CaseFile};

/// A case together with the bytes of its responses, ready to be played.
pub(crate) struct LoadedCase {
    pub(crate) case: Case,
    /// One per exchange; `None` where the exchange has no response.
    pub(crate) rendered: Vec<Option<Rendered>>,
}

#[derive(Default)]
pub struct Suite {
    cases: BTreeMap<String, Arc<LoadedCase>>,
}

/// A problem in a case file, with the place an author looks at first.
#[derive(Debug)]
pub struct SuiteError {
    pub file: PathBuf,
    pub line: Option<u64>,
    pub case: Option<String>,
    pub message: String,
}

impl fmt::Display for SuiteError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.file.display())?;
        if let Some(line) = self.line {
            write!(f, ":{line}")?;
        }
        if let Some(case) = &self.case {
            write!(f, ": case {case}")?;
        }
        write!(f, ": {}", self.message)
    }
}

impl std::error::Error for SuiteError {}

impl Suite {
    /// Reports every broken file, not only the first.
    pub fn load(dir: &Path) -> Result<Suite, Vec<SuiteError>> {
        let mut files = Vec::new();
        collect_yaml(dir, &mut files).map_err(|e| {
            vec![SuiteError { file: dir.to_owned(), line: None, case: None, message: e.to_string() }]
        })?;
        files.sort();
        let mut suite = Suite::default();
        let mut errors = Vec::new();
        for file in files {
            match fs::read_to_string(&file) {
                Ok(text) => suite.add(&file, &text, &mut errors),
                Err(e) => errors.push(SuiteError { file, line: None, case: None, message: e.to_string() }),
            }
        }
        if errors.is_empty() { Ok(suite) } else { Err(errors) }
    }

    /// The recorded cases that are compiled in.
    pub fn embedded() -> Suite {
        let recorded: &[(&str, &str)] = include!(concat!(env!("OUT_DIR"), "/recorded.rs"));
        let (mut suite, mut errors) = (Suite::default(), Vec::new());
        for (file, text) in recorded {
            suite.add(Path::new(file), text, &mut errors);
        }
        // A test of this crate keeps the list of errors empty.
        suite
    }

    /// Cases from text: one file's content, named `file` in errors.
    pub fn from_text(file: &Path, text: &str) -> Result<Suite, Vec<SuiteError>> {
        let mut suite = Suite::default();
        let mut errors = Vec::new();
        suite.add(file, text, &mut errors);
        if errors.is_empty() { Ok(suite) } else { Err(errors) }
    }

    fn add(&mut self, file: &Path, text: &str, errors: &mut Vec<SuiteError>) {
        let parsed = match parse(text) {
            Ok(parsed) => parsed,
            Err(e) => {
                let line = e.location().map(|l| l.line());
                errors.push(SuiteError {
                    file: file.to_owned(),
                    line,
                    case: line.and_then(|line| case_above(text, line)),
                    message: first_line(&e.without_snippet().to_string()),
                });
                return;
            }
        };
        for case in parsed.cases {
            let name = case.name.value.clone();
            let mut fail = |message: String| {
                errors.push(SuiteError {
                    file: file.to_owned(),
                    line: Some(case.name.referenced.line()),
                    case: Some(name.clone()),
                    message,
                });
            };
            if let Err(message) = case.check() {
                fail(message);
                continue;
            }
            let rendered: Result<Vec<_>, String> =
                case.exchange.iter().map(|e| e.response.as_ref().map(body::render).transpose()).collect();
            match rendered {
                Err(message) => fail(message),
                Ok(_) if self.cases.contains_key(&name) => fail("the name is taken by another case".into()),
                Ok(rendered) => {
                    self.cases.insert(name, Arc::new(LoadedCase { case, rendered }));
                }
            }
        }
    }

    pub(crate) fn get(&self, name: &str) -> Option<&Arc<LoadedCase>> {
        self.cases.get(name)
    }

    pub(crate) fn iter(&self) -> impl Iterator<Item = (&str, &Arc<LoadedCase>)> {
        self.cases.iter().map(|(name, case)| (name.as_str(), case))
    }

    pub fn len(&self) -> usize {
        self.cases.len()
    }

    pub fn is_empty(&self) -> bool {
        self.cases.is_empty()
    }
}

fn parse(text: &str) -> Result<CaseFile, serde_saphyr::Error> {
    let options = serde_saphyr::options! {
        // `no` and `on` stay text, as in YAML 1.2.
        strict_booleans: true,
        // Case files are our own; a recorded stream may well have more nodes than an untrusted document should.
        budget: None,
        with_snippet: false,
    };
    serde_saphyr::from_str_with_options(text, options)
}

/// The name of the case that a line belongs to, when the file could not be parsed.
fn case_above(text: &str, line: u64) -> Option<String> {
    let lines: Vec<&str> = text.lines().take(usize::try_from(line).ok()?).collect();
    lines.iter().rev().find_map(|line| Some(line.trim_start().strip_prefix("- name:")?.trim().to_owned()))
}

fn first_line(text: &str) -> String {
    text.lines().next().unwrap_or_default().to_owned()
}

fn collect_yaml(dir: &Path, files: &mut Vec<PathBuf>) -> std::io::Result<()> {
    for entry in fs::read_dir(dir)? {
        let path = entry?.path();
        if path.is_dir() {
            collect_yaml(&path, files)?;
        } else if path.extension().is_some_and(|e| e == "yaml") {
            files.push(path);
        }
    }
    Ok(())
}
