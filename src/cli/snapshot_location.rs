//! Where snapshots are kept: a folder or, in a build with the feature `s3`, a bucket; both with a page that lists them.

use super::exit::{Code, Failure};
use super::export;
use super::flags::SnapshotFlags;
use super::ui::Ui;
#[cfg(feature = "s3")]
use crate::aws::bucket::Bucket;
use crate::report::index;
use std::io;
use std::path::{Path, PathBuf};

/// What a bucket's location begins with.
const S3: &str = "s3://";

/// The page that lists the snapshots.
const PAGE: &str = "index.html";

/// A place for snapshots.
pub enum Location {
    /// A folder.
    Folder(PathBuf),
    /// A bucket of S3, with the prefix of the names in it.
    #[cfg(feature = "s3")]
    Bucket(Bucket),
}

impl Location {
    /// Returns the place that the flags name, by default the current folder.
    pub fn of(flags: &SnapshotFlags) -> Self {
        let Some(named) = flags.location() else { return Self::Folder(PathBuf::from(".")) };
        let named = named.to_string_lossy();
        #[cfg(feature = "s3")]
        if let Some(place) = named.strip_prefix(S3) {
            return Self::Bucket(Bucket::new(place));
        }
        Self::Folder(super::config::connection::expand(&named))
    }

    /// Saves a snapshot under a name of its own. Returns whether it went well.
    pub fn save(
        &self,
        ui: &Ui,
        name: &str,
        at: chrono::DateTime<chrono::FixedOffset>,
        write: impl FnOnce(&mut dyn io::Write) -> io::Result<()>,
    ) -> bool {
        let saved = self.names().and_then(|taken| {
            let mut file = export::unnamed(name, ".pps", at);
            for number in 2.. {
                if !taken.iter().any(|t| Path::new(t) == file) {
                    break;
                }
                // Two runs in one second: no snapshot takes the place of another.
                file = export::unnamed(name, &format!("-{number}.pps"), at);
            }
            let file = file.to_string_lossy().into_owned();
            self.write(&file, write).map(|()| file)
        });
        match saved {
            Ok(file) => {
                ui.notice(&format!("\nSnapshot saved to {}", self.shown(&file)));
                true
            }
            Err(e) => {
                let message = format!("failed to save a snapshot in {}: {e}", self.shown(""));
                ui.failure(&Failure::new(Code::Error, message));
                false
            }
        }
    }

    /// Writes the page that lists the snapshots, unless somebody else's page has its name. Returns whether it went
    /// well.
    pub fn list(&self, ui: &Ui) -> bool {
        let listed = self.names().and_then(|names| {
            let is_ours = |page: &[u8]| memchr::memmem::find(page, index::MARK.as_bytes()).is_some();
            if names.iter().any(|n| n == PAGE) && !self.read(PAGE).is_ok_and(|page| is_ours(&page)) {
                ui.warning(&format!("{} is not a list of snapshots: it was left as it is", self.shown(PAGE)));
                return Ok(());
            }
            let snapshots = names.into_iter().filter(|n| Path::new(n).extension().is_some_and(|e| e == "pps"));
            let entries: Vec<index::Entry> = snapshots
                .map(|file| {
                    let bytes = self.read(&file).map_err(|e| e.to_string());
                    let run = bytes.and_then(|bytes| crate::snapshot::read(&bytes).map_err(|e| e.to_string()));
                    index::Entry { file, run }
                })
                .collect();
            self.write(PAGE, |out| index::write(&entries, out))
        });
        match listed {
            Ok(()) => true,
            Err(e) => {
                ui.failure(&Failure::new(Code::Error, format!("failed to write {}: {e}", self.shown(PAGE))));
                false
            }
        }
    }

    /// Returns the folder, where the place is one.
    fn folder(&self) -> Option<&Path> {
        match self {
            Self::Folder(folder) => Some(folder),
            #[cfg(feature = "s3")]
            Self::Bucket(_) => None,
        }
    }

    /// Returns the names of what is there.
    fn names(&self) -> io::Result<Vec<String>> {
        match self {
            Self::Folder(folder) => {
                std::fs::read_dir(folder)?.map(|f| f.map(|f| f.file_name().to_string_lossy().into_owned())).collect()
            }
            #[cfg(feature = "s3")]
            Self::Bucket(bucket) => bucket.names(),
        }
    }

    fn read(&self, name: &str) -> io::Result<Vec<u8>> {
        match self {
            Self::Folder(folder) => std::fs::read(folder.join(name)),
            #[cfg(feature = "s3")]
            Self::Bucket(bucket) => bucket.read(name),
        }
    }

    fn write(&self, name: &str, render: impl FnOnce(&mut dyn io::Write) -> io::Result<()>) -> io::Result<()> {
        match self {
            Self::Folder(folder) => export::write(&folder.join(name), render),
            #[cfg(feature = "s3")]
            Self::Bucket(bucket) => {
                let mut bytes = Vec::new();
                render(&mut bytes)?;
                bucket.write(name, bytes)
            }
        }
    }

    /// Returns the path or address of something that is there.
    fn shown(&self, name: &str) -> String {
        match self {
            Self::Folder(folder) => folder.join(name).display().to_string(),
            #[cfg(feature = "s3")]
            Self::Bucket(bucket) => bucket.address(name),
        }
    }
}

/// Checks the flags of snapshots.
///
/// # Errors
///
/// Both kinds at once, a location that is no folder, or tags without one `=`.
pub fn check(flags: &SnapshotFlags, code: Code) -> Result<(), Failure> {
    if flags.share && flags.snapshot {
        return Err(Failure::new(code, "only 1 of 'share' and 'snapshot' may be set"));
    }
    if !flags.share && !flags.snapshot {
        return Ok(());
    }
    if let Some(tag) = flags.snapshot_tag.iter().find(|t| t.matches('=').count() != 1) {
        return Err(Failure::new(code, format!("'{tag}': snapshot tags must be specified '--snapshot-tag key=value'")));
    }
    let named = flags.location().map(|l| l.to_string_lossy().into_owned()).unwrap_or_default();
    if let Some(place) = named.strip_prefix(S3) {
        return check_bucket(place, code);
    }
    let location = Location::of(flags);
    let Some(folder) = location.folder().filter(|f| !f.is_dir()) else { return Ok(()) };
    let shown = folder.display().to_string();
    let failure = Failure::new(code, format!("snapshot location {shown} does not exist"));
    if shown.contains("://") {
        return Err(failure.help("ironpipe saves snapshots in a folder; copy them from there with a tool of your own"));
    }
    let is_handle = shown.split('/').filter(|p| !p.is_empty()).count() == 2;
    Err(if is_handle {
        failure.help("ironpipe has no cloud service: it saves snapshots in a folder, which must exist")
    } else {
        failure.help("ironpipe saves snapshots in a folder; create it first")
    })
}

fn check_bucket(place: &str, code: Code) -> Result<(), Failure> {
    if !cfg!(feature = "s3") {
        return Err(Failure::new(code, format!("snapshot location {S3}{place}: this build has no S3"))
            .help("build with --features s3, or save in a folder and copy it with a tool of your own"));
    }
    if place.split('/').next().is_none_or(str::is_empty) {
        return Err(Failure::new(code, format!("snapshot location {S3}{place} names no bucket"))
            .help("write s3://bucket or s3://bucket/prefix"));
    }
    Ok(())
}
