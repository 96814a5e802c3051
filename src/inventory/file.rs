//! The inventory file: making, opening and refusing it.
//!
//! The file is a plain SQLite database with a rollback journal, not a write-ahead log: a file that nobody writes has no
//! files beside it, so it can be copied, and read from a read-only folder. A write is one transaction; one that is
//! killed leaves a journal from which the next reader restores the old contents.

use super::error::InventoryError;
use super::manifest;
use rusqlite::{Connection, OpenFlags};
use std::fs::{self, OpenOptions};
use std::io::Read as _;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

/// Marks our files among SQLite databases: `irnp`.
const APPLICATION_ID: i64 = 0x6972_6e70;

/// The layout that this version writes. It rises when an older version could misread a newer file: when a table of the
/// manifest changes, or the stored form of a type. A new AWS table or column does not raise it; an older file simply
/// does not have it, and says so when it is asked for.
pub const SCHEMA_VERSION: i64 = 1;

/// How long to wait for another process that writes.
const BUSY_TIMEOUT: Duration = Duration::from_secs(10);

/// An inventory, open for reading and, unless it was opened read-only, for writing.
#[derive(Debug)]
pub struct Inventory {
    pub(super) connection: Connection,
    pub(super) location: Location,
}

/// Where an inventory is stored.
#[derive(Debug, Clone)]
pub(super) enum Location {
    /// A file of the user's.
    File(PathBuf),
    /// A file that is removed when nobody needs it any more.
    Temporary(Arc<tempfile::TempPath>),
}

impl Location {
    pub fn path(&self) -> &Path {
        match self {
            Self::File(path) => path,
            Self::Temporary(path) => path,
        }
    }
}

/// What an inventory is opened for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Mode {
    /// Reading only; the file is not touched.
    Read,
    /// Reading and writing.
    Write,
}

impl Inventory {
    /// Opens an existing inventory.
    ///
    /// # Errors
    ///
    /// When there is none, when it is something else, damaged, or from a newer version.
    pub fn open(path: &Path, mode: Mode) -> Result<Self, InventoryError> {
        check_header(path)?;
        restore_interrupted_write(path);
        let connection = connect(path, mode)?;
        check_identity(path, &connection)?;
        Ok(Self { connection, location: Location::File(path.to_owned()) })
    }

    /// Makes a new inventory, readable by its owner only.
    ///
    /// # Errors
    ///
    /// When the file exists or cannot be made.
    pub fn create(path: &Path) -> Result<Self, InventoryError> {
        let mut options = OpenOptions::new();
        options.write(true).create_new(true);
        #[cfg(unix)]
        std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
        options.open(path).map_err(|e| InventoryError::io("create", path, &e))?;
        Self::initialise(Location::File(path.to_owned()))
    }

    /// Opens an inventory for writing, and makes it when there is none yet. An empty file counts as none.
    pub fn open_or_create(path: &Path) -> Result<Self, InventoryError> {
        match fs::metadata(path) {
            Ok(metadata) if metadata.is_file() && metadata.len() == 0 => {
                Self::initialise(Location::File(path.to_owned()))
            }
            Ok(_) => Self::open(path, Mode::Write),
            Err(e) if e.kind() == std::io::ErrorKind::NotFound => match Self::create(path) {
                // Another process was faster.
                Err(_) if path.exists() => Self::initialise(Location::File(path.to_owned())),
                made => made,
            },
            Err(e) => Err(InventoryError::io("open", path, &e)),
        }
    }

    /// Makes an inventory in a private file that vanishes with the last user of it.
    pub fn temporary() -> Result<Self, InventoryError> {
        let file = tempfile::Builder::new()
            .prefix("ironpipe-")
            .suffix(".db")
            .tempfile()
            .map_err(|e| InventoryError::io("create", &std::env::temp_dir(), &e))?;
        let inventory = Self::initialise(Location::Temporary(Arc::new(file.into_temp_path())))?;
        // Nobody will look for this file after a crash.
        inventory
            .connection
            .execute_batch("PRAGMA journal_mode = MEMORY; PRAGMA synchronous = OFF;")
            .map_err(|e| InventoryError::sqlite("create", inventory.path(), &e))?;
        Ok(inventory)
    }

    /// Returns the file that holds it.
    pub fn path(&self) -> &Path {
        self.location.path()
    }

    /// Whether the file vanishes with its last user.
    pub fn is_temporary(&self) -> bool {
        matches!(self.location, Location::Temporary(_))
    }

    /// Makes the tables of the manifest in an empty file, unless another process does so at the same time.
    fn initialise(location: Location) -> Result<Self, InventoryError> {
        let connection = connect(location.path(), Mode::Write)?;
        let prepare = || {
            connection.execute_batch("PRAGMA journal_mode = DELETE; BEGIN IMMEDIATE;")?;
            let tables: i64 = connection.query_row("SELECT count(*) FROM sqlite_schema", [], |row| row.get(0))?;
            if tables == 0 {
                connection.execute_batch(manifest::TABLES)?;
                connection.pragma_update(None, "application_id", APPLICATION_ID)?;
                connection.pragma_update(None, "user_version", SCHEMA_VERSION)?;
            }
            connection.execute_batch("COMMIT")
        };
        prepare().map_err(|e: rusqlite::Error| InventoryError::sqlite("create", location.path(), &e))?;
        check_identity(location.path(), &connection)?;
        Ok(Self { connection, location })
    }
}

/// Opens a connection to a file whose header was checked.
pub(super) fn connect(path: &Path, mode: Mode) -> Result<Connection, InventoryError> {
    let access = match mode {
        Mode::Read => OpenFlags::SQLITE_OPEN_READ_ONLY,
        Mode::Write => OpenFlags::SQLITE_OPEN_READ_WRITE,
    };
    let open = || {
        let connection = Connection::open_with_flags(path, access | OpenFlags::SQLITE_OPEN_NO_MUTEX)?;
        connection.busy_timeout(BUSY_TIMEOUT)?;
        if mode == Mode::Write {
            // Nothing reaches the file before the transaction ends, so a kill before that leaves nothing to restore.
            connection.execute_batch("PRAGMA cache_spill = OFF; PRAGMA synchronous = FULL;")?;
        }
        Ok(connection)
    };
    open().map_err(|e| InventoryError::sqlite("open", path, &e))
}

/// Tells what is no SQLite database from its first bytes, before SQLite sees it.
pub(super) fn check_header(path: &Path) -> Result<(), InventoryError> {
    let failed = |e: std::io::Error| match e.kind() {
        std::io::ErrorKind::NotFound => InventoryError::NotFound(path.to_owned()),
        _ => InventoryError::io("open", path, &e),
    };
    let mut file = fs::File::open(path).map_err(failed)?;
    let metadata = file.metadata().map_err(failed)?;
    if metadata.is_dir() {
        return Err(InventoryError::io("open", path, &std::io::ErrorKind::IsADirectory.into()));
    }
    if metadata.len() == 0 {
        return Err(InventoryError::Empty(path.to_owned()));
    }
    let mut header = [0; 100];
    if file.read_exact(&mut header).is_err() || !header.starts_with(b"SQLite format 3\0") {
        return Err(InventoryError::NotSqlite(path.to_owned()));
    }
    let number = |at: usize, bytes: usize| {
        header.get(at..at + bytes).unwrap_or_default().iter().fold(0, |n: u64, b| n << 8 | u64::from(*b))
    };
    let page_size = match number(16, 2) {
        1 => 65_536,
        size => size,
    };
    // The page count is only meant to be right where it was written together with the change counter.
    let expected = if number(24, 4) == number(92, 4) { page_size * number(28, 4) } else { 0 };
    let found = metadata.len();
    if found < expected && !journal_of(path).exists() {
        return Err(InventoryError::Truncated { path: path.to_owned(), expected, found });
    }
    Ok(())
}

/// Tells whether a database is ours and of a version that we know.
fn check_identity(path: &Path, connection: &Connection) -> Result<(), InventoryError> {
    let pragma = |name: &str| {
        connection
            .pragma_query_value(None, name, |row| row.get::<_, i64>(0))
            .map_err(|e| InventoryError::sqlite("open", path, &e))
    };
    if pragma("application_id")? != APPLICATION_ID {
        return Err(InventoryError::NotInventory(path.to_owned()));
    }
    let found = pragma("user_version")?;
    if found > SCHEMA_VERSION {
        return Err(InventoryError::Newer { path: path.to_owned(), found, supported: SCHEMA_VERSION });
    }
    Ok(())
}

/// Restores the contents from before a write that was killed: a read-only connection cannot.
fn restore_interrupted_write(path: &Path) {
    if fs::metadata(journal_of(path)).is_ok_and(|m| m.len() > 0) {
        // Reading anything makes SQLite roll back a journal that nobody owns. Where the folder is read-only this
        // fails, and the first read says so.
        let _ = connect(path, Mode::Write)
            .map(|c| c.query_row("SELECT count(*) FROM sqlite_schema", [], |row| row.get::<_, i64>(0)));
    }
}

fn journal_of(path: &Path) -> PathBuf {
    let mut name = path.as_os_str().to_owned();
    name.push("-journal");
    PathBuf::from(name)
}
