//! TLS settings, read once per process and per CA file: reading the system's certificates takes milliseconds.
//!
//! Trusted are the system's roots (`SSL_CERT_FILE` and `SSL_CERT_DIR` move them), or Mozilla's bundled ones where a slim
//! container has none; or, alone, those of the file that the client was given.

use rustls::pki_types::CertificateDer;
use rustls::pki_types::pem::PemObject;
use rustls::{ClientConfig, RootCertStore};
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex};

type Known = Vec<(Option<PathBuf>, Arc<ClientConfig>)>;
static KNOWN: Mutex<Known> = Mutex::new(Vec::new());

/// What can be wrong with a CA file, as text for the user.
pub(crate) fn config(ca_file: Option<&Path>) -> Result<Arc<ClientConfig>, String> {
    let mut known = KNOWN.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
    if let Some((_, config)) = known.iter().find(|(file, _)| file.as_deref() == ca_file) {
        return Ok(config.clone());
    }
    let roots = match ca_file {
        Some(file) => from_file(file)?,
        None => of_system(),
    };
    let config = ClientConfig::builder_with_provider(Arc::new(rustls::crypto::ring::default_provider()))
        .with_safe_default_protocol_versions()
        .map_err(|why| why.to_string())?
        .with_root_certificates(roots)
        .with_no_client_auth();
    let config = Arc::new(config);
    known.push((ca_file.map(Path::to_owned), config.clone()));
    Ok(config)
}

fn from_file(file: &Path) -> Result<RootCertStore, String> {
    let wrong = |why: &dyn std::fmt::Display| format!("CA file {}: {why}", file.display());
    let certificates: Vec<_> =
        CertificateDer::pem_file_iter(file).and_then(Iterator::collect).map_err(|why| wrong(&why))?;
    let mut roots = RootCertStore::empty();
    roots.add_parsable_certificates(certificates);
    if roots.is_empty() { Err(wrong(&"it holds no certificate")) } else { Ok(roots) }
}

fn of_system() -> RootCertStore {
    let mut roots = RootCertStore::empty();
    roots.add_parsable_certificates(rustls_native_certs::load_native_certs().certs);
    if roots.is_empty() {
        roots.extend(webpki_roots::TLS_SERVER_ROOTS.iter().cloned());
    }
    roots
}
