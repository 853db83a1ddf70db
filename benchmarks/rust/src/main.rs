//! One measured run of the Rust client, or of the bare HTTP client under it; prints one JSON line.
//!
//! Arguments: `CLIENT SCENARIO URL N` with CLIENT `openai-oxide` or `hyper` (the limit: same requests, bodies only collected),
//! SCENARIO `small`, `small-64`, `structured` (an answer of 1 MB) or `stream`. Built with the feature `simd`, it measures that. Time is user + system CPU of the process per operation, after a warm-up.

use std::error::Error;

use futures_util::StreamExt;
use futures_util::future::join_all;
use http::Request;
use http_body_util::{BodyExt, Full};
use hyper::body::Bytes;
use hyper_util::client::legacy::Client;
use hyper_util::rt::TokioExecutor;
use openai_oxide::OpenAI;
use openai_oxide::config::ClientConfig;
use openai_oxide::types::chat::{ChatCompletionMessageParam, ChatCompletionRequest, UserContent};

type Outcome<T> = Result<T, Box<dyn Error>>;

fn cpu_seconds() -> f64 {
    // SAFETY: `usage` is a plain C struct that getrusage fills in.
    let usage = unsafe {
        let mut usage = std::mem::zeroed();
        libc::getrusage(libc::RUSAGE_SELF, &mut usage);
        usage
    };
    let seconds = |t: libc::timeval| t.tv_sec as f64 + t.tv_usec as f64 / 1e6;
    seconds(usage.ru_utime) + seconds(usage.ru_stime)
}

enum Peer {
    Oxide(OpenAI),
    Hyper(Client<hyper_util::client::legacy::connect::HttpConnector, Full<Bytes>>, String),
}

impl Peer {
    async fn whole(&self, model: &str) -> Outcome<()> {
        match self {
            Self::Oxide(client) => {
                let answer = client.chat().completions().create(request(model)).await?;
                std::hint::black_box(&answer.choices[0].message.content);
            }
            Self::Hyper(client, url) => {
                let body = format!(r#"{{"model":"{model}","messages":[]}}"#);
                let reply = client.request(raw(url, body)).await?;
                std::hint::black_box(reply.into_body().collect().await?.to_bytes());
            }
        }
        Ok(())
    }

    async fn stream(&self, chunks: usize) -> Outcome<()> {
        match self {
            Self::Oxide(client) => {
                let model = format!("stream-{chunks}");
                let mut stream = client.chat().completions().create_stream(request(&model)).await?;
                let mut read = 0;
                while let Some(chunk) = stream.next().await {
                    read += usize::from(chunk?.choices.first().is_some_and(|c| c.delta.content.is_some()));
                }
                assert!(read + 2 >= chunks, "only {read} of {chunks} chunks");
            }
            Self::Hyper(client, url) => {
                let body = format!(r#"{{"model":"stream-{chunks}","messages":[],"stream":true}}"#);
                let mut body = client.request(raw(url, body)).await?.into_body();
                while let Some(frame) = body.frame().await {
                    std::hint::black_box(frame?);
                }
            }
        }
        Ok(())
    }
}

fn request(model: &str) -> ChatCompletionRequest {
    let hello = ChatCompletionMessageParam::User { content: UserContent::Text("hello".into()), name: None };
    ChatCompletionRequest::new(model, vec![hello])
}

fn raw(url: &str, body: String) -> Request<Full<Bytes>> {
    Request::post(format!("{url}/chat/completions"))
        .header("authorization", "Bearer sk-bench")
        .header("content-type", "application/json")
        .body(Full::new(Bytes::from(body)))
        .expect("a valid request")
}

async fn run(peer: &Peer, scenario: &str, n: usize) -> Outcome<()> {
    if scenario == "stream" {
        return peer.stream(n).await;
    }
    let width = if scenario == "small-64" { 64 } else { 1 };
    let model = if scenario == "structured" { "structured-1mb" } else { "small" };
    let workers = (0..width).map(|_| async {
        for _ in 0..n / width {
            peer.whole(model).await?;
        }
        Ok(())
    });
    join_all(workers).await.into_iter().collect()
}

#[tokio::main(flavor = "current_thread")]
async fn main() -> Outcome<()> {
    let args: Vec<String> = std::env::args().skip(1).collect();
    let [client, scenario, url, n] = args.as_slice() else {
        return Err("usage: CLIENT SCENARIO URL N".into());
    };
    let n: usize = n.parse()?;
    let peer = match client.as_str() {
        "hyper" => Peer::Hyper(Client::builder(TokioExecutor::new()).build_http(), url.clone()),
        _ => Peer::Oxide(OpenAI::with_config(ClientConfig::new("sk-bench").base_url(url).max_retries(0))),
    };
    run(&peer, scenario, if scenario == "stream" { 200 } else { 128 }).await?;
    let start = cpu_seconds();
    run(&peer, scenario, n).await?;
    println!(r#"{{"cpu_us": {}}}"#, (cpu_seconds() - start) / n as f64 * 1e6);
    Ok(())
}
