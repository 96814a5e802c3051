//! The key of `--redact`.

use super::data::data_folder;
use super::exit::{Code, Failure};
use crate::model::run::Run;
use std::io::Read as _;

/// Returns the key: `IRONPIPE_REDACT_KEY`, or this machine's own, which is made when it is first wanted.
///
/// # Errors
///
/// The key's file cannot be read or written.
pub fn key() -> Result<Vec<u8>, Failure> {
    if let Some(key) = std::env::var_os("IRONPIPE_REDACT_KEY").filter(|k| !k.is_empty()) {
        return Ok(key.into_encoded_bytes());
    }
    let path = data_folder().join("redact.key");
    let failed = |e: std::io::Error| {
        Failure::new(Code::Initialization, format!("cannot keep the key of --redact in {}: {e}", path.display()))
            .help("set IRONPIPE_REDACT_KEY to a text of your own")
    };
    match std::fs::read(&path) {
        Ok(key) if key.len() >= 16 => return Ok(key),
        Ok(_) => {}
        Err(e) if e.kind() == std::io::ErrorKind::NotFound => {}
        Err(e) => return Err(failed(e)),
    }
    let mut key = vec![0; 32];
    std::fs::File::open("/dev/urandom").and_then(|mut f| f.read_exact(&mut key)).map_err(failed)?;
    std::fs::create_dir_all(data_folder()).map_err(failed)?;
    super::export::write(&path, |out| out.write_all(&key)).map_err(failed)?;
    Ok(key)
}

/// Takes the names out of a run.
///
/// # Errors
///
/// Only if the program's own patterns were wrong.
pub fn apply(run: &mut Run, key: &[u8]) -> Result<(), Failure> {
    crate::snapshot::redact(run, key).map_err(|e| Failure::new(Code::Unknown, e.to_string()))
}
