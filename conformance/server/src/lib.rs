//! Plays exchanges of the OpenAI API byte for byte, and judges what the client sent.
//!
//! The server promises that the bytes, cuts, pauses and endings of a case reach the socket as written, and that
//! its report tells every difference between the expected and the actual requests. It listens on 127.0.0.1 only.
//! It must not use the `openai-oxide` crate: a mistake shared by the judge and the judged would stay unseen.
//!
//! How to write a case and the paths that are served: `conformance/README.md`.

mod bench;
mod body;
mod case;
mod check;
mod deaf;
mod free;
mod http;
mod json;
mod judge;
mod multipart;
mod play;
mod record;
mod runs;
mod server;
mod shapes;
mod suite;
#[cfg(feature = "tls")]
mod tls;
mod yaml;

use std::io;
use std::net::{Ipv4Addr, TcpListener};
use std::sync::Arc;
use std::sync::atomic::AtomicU64;
use std::thread::JoinHandle;
use std::time::Duration;

use tokio::sync::oneshot;

pub use crate::json::Json;
pub use crate::record::Recording;
pub use crate::runs::{Report, Seen};
pub use crate::suite::{Suite, SuiteError};

/// What a server is started with.
pub struct Options {
    /// 0 takes a free one.
    pub port: u16,
    pub suite: Suite,
    /// Between the events of a stream in free mode, so that it is seen to stream.
    pub pace: Duration,
    /// With it, `/v1` forwards and records instead of answering.
    pub record: Option<Recording>,
    /// With it, also listens with TLS, HTTP/1.1 and HTTP/2, and writes the certificate to trust to `ca.pem` in this folder.
    #[cfg(feature = "tls")]
    pub tls: Option<std::path::PathBuf>,
}

impl Default for Options {
    fn default() -> Options {
        Options {
            port: 0,
            suite: Suite::default(),
            pace: Duration::from_millis(15),
            record: None,
            #[cfg(feature = "tls")]
            tls: None,
        }
    }
}

/// A running server; it stops when dropped.
pub struct Replay {
    port: u16,
    #[cfg(feature = "tls")]
    tls_port: Option<u16>,
    server: Arc<server::Server>,
    runtime: tokio::runtime::Handle,
    stop: Option<oneshot::Sender<()>>,
    thread: Option<JoinHandle<()>>,
}

impl Replay {
    /// Binds, and serves from a thread and runtime of its own, so that a busy client cannot starve the server.
    pub fn start(options: Options) -> io::Result<Replay> {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, options.port))?;
        listener.set_nonblocking(true)?;
        let port = listener.local_addr()?.port();
        let recorder = options.record.map(record::Recorder::new).transpose().map_err(io::Error::other)?;
        let server = Arc::new(server::Server {
            port,
            suite: options.suite,
            pace: options.pace,
            recorder,
            deaf: deaf::DeafPorts::bind()?,
            runs: runs::Runs::default(),
            bench: bench::Bench::default(),
            connections: AtomicU64::new(0),
        });
        let runtime = tokio::runtime::Builder::new_current_thread().enable_io().enable_time().build()?;
        let handle = runtime.handle().clone();
        #[cfg(feature = "tls")]
        let tls_port = match &options.tls {
            Some(dir) => {
                let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0))?;
                listener.set_nonblocking(true)?;
                let port = listener.local_addr()?.port();
                let acceptor = tls::acceptor(dir)?;
                let _inside = runtime.enter();
                let listener = tokio::net::TcpListener::from_std(listener)?;
                runtime.spawn(tls::serve(server.clone(), listener, acceptor));
                Some(port)
            }
            None => None,
        };
        let (stop, stopped) = oneshot::channel();
        let serving = server.clone();
        let thread = std::thread::Builder::new().name("replay".into()).spawn(move || {
            runtime.block_on(async {
                let listener = match tokio::net::TcpListener::from_std(listener) {
                    Ok(listener) => listener,
                    Err(e) => panic!("cannot listen: {e}"),
                };
                tokio::select! {
                    () = serving.serve(listener) => {}
                    _ = stopped => {}
                }
            });
        })?;
        Ok(Replay {
            port,
            #[cfg(feature = "tls")]
            tls_port,
            server,
            runtime: handle,
            stop: Some(stop),
            thread: Some(thread),
        })
    }

    /// The same paths over TLS.
    #[cfg(feature = "tls")]
    pub fn tls_url(&self) -> Option<String> {
        self.tls_port.map(|port| format!("https://localhost:{port}"))
    }

    pub fn base_url(&self) -> String {
        format!("http://127.0.0.1:{}", self.port)
    }

    /// The base URL of one run of a case, for a client under test.
    pub fn case_url(&self, run: &str, case: &str) -> String {
        format!("{}/case/{run}/{}/v1", self.base_url(), case.replace('/', "%2F"))
    }

    /// What arrived in a run; waits up to a second for a response under way. Not to be called from async code.
    pub fn report(&self, run: &str) -> Report {
        self.runtime.block_on(self.server.runs.report(run, Duration::from_secs(1)))
    }

    /// Blocks until the server ends, which it does only with the process.
    pub fn wait(mut self) {
        if let Some(thread) = self.thread.take() {
            let _ = thread.join();
        }
    }
}

impl Drop for Replay {
    fn drop(&mut self) {
        drop(self.stop.take());
        if let Some(thread) = self.thread.take() {
            let _ = thread.join();
        }
    }
}
