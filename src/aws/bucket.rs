//! A bucket of S3 that files are published in.

use super::client::{ClientOptions, Clients, http_client};
use super::failure::chain;
use aws_sdk_s3::Client;
use aws_sdk_s3::error::{ProvideErrorMetadata, SdkError};
use aws_sdk_s3::primitives::ByteStream;
use std::error::Error;
use std::io;
use std::time::Duration;
use tokio::runtime::{Builder, Runtime};

/// How long one request may take.
const TIMEOUT: Duration = Duration::from_secs(60);

/// A bucket, and the prefix of the names in it. Credentials and region are those of the environment.
#[derive(Debug)]
pub struct Bucket {
    name: String,
    /// Empty, or with a slash at its end.
    prefix: String,
}

impl Bucket {
    /// Reads `bucket` or `bucket/prefix`.
    pub fn new(place: &str) -> Self {
        let (name, prefix) = place.split_once('/').unwrap_or((place, ""));
        let prefix = prefix.trim_matches('/');
        let prefix = if prefix.is_empty() { String::new() } else { format!("{prefix}/") };
        Self { name: name.to_owned(), prefix }
    }

    /// Returns the address of an object: `s3://bucket/prefix/name`.
    pub fn address(&self, name: &str) -> String {
        format!("s3://{}/{}{name}", self.name, self.prefix)
    }

    /// Returns the names of the objects right under the prefix.
    ///
    /// # Errors
    ///
    /// The call that failed, and why.
    pub fn names(&self) -> io::Result<Vec<String>> {
        self.run(async |client| {
            let list = client.list_objects_v2().bucket(&self.name).prefix(&self.prefix).delimiter("/");
            let mut pages = list.into_paginator().send();
            let mut names = Vec::new();
            while let Some(page) = pages.next().await {
                let page = page.map_err(|e| told("s3:ListBucket", e))?;
                let keys = page.contents().iter().filter_map(|object| object.key());
                names.extend(keys.filter_map(|key| key.strip_prefix(&self.prefix)).map(str::to_owned));
            }
            Ok(names)
        })
    }

    /// Returns what an object holds.
    ///
    /// # Errors
    ///
    /// The call that failed, and why; an answer that breaks off.
    pub fn read(&self, name: &str) -> io::Result<Vec<u8>> {
        self.run(async |client| {
            let get = client.get_object().bucket(&self.name).key(self.key(name));
            let object = get.send().await.map_err(|e| told("s3:GetObject", e))?;
            let bytes = object.body.collect().await.map_err(io::Error::other)?;
            Ok(bytes.into_bytes().to_vec())
        })
    }

    /// Writes an object, whole or not at all.
    ///
    /// # Errors
    ///
    /// The call that failed, and why.
    pub fn write(&self, name: &str, bytes: Vec<u8>) -> io::Result<()> {
        let kind = if name.ends_with(".html") { "text/html; charset=utf-8" } else { "application/json" };
        self.run(async |client| {
            let put = client.put_object().bucket(&self.name).key(self.key(name)).content_type(kind);
            put.body(ByteStream::from(bytes)).send().await.map_err(|e| told("s3:PutObject", e))?;
            Ok(())
        })
    }

    fn key(&self, name: &str) -> String {
        format!("{}{name}", self.prefix)
    }

    fn run<T>(&self, work: impl AsyncFnOnce(Client) -> io::Result<T>) -> io::Result<T> {
        let runtime: Runtime = Builder::new_multi_thread().worker_threads(1).enable_all().build()?;
        runtime.block_on(async {
            let options = ClientOptions { attempt_timeout: TIMEOUT, ..ClientOptions::default() };
            work(Clients::new(&http_client(), &options).await.s3()).await
        })
    }
}

/// Says which permission a failed call needs, and why it failed.
fn told<E: ProvideErrorMetadata + Error + 'static>(action: &str, error: SdkError<E>) -> io::Error {
    let why = match (error.code(), error.message()) {
        (Some(code), Some(message)) => format!("{code}: {message}"),
        (Some(code), None) => code.to_owned(),
        _ => chain(&error),
    };
    io::Error::other(format!("{action}: {why}"))
}
