//! Configuration: `*.ppc` files, workspace profiles, environment variables, and which of them counts.
//!
//! * [`files`]: finds and reads `*.ppc`. [`profile`]: `workspace` blocks. [`connection`]: `connection` blocks.
//! * [`settings`]: the layers, from weak to strong: defaults, the profile `default`, environment variables, the profile
//!   that was asked for, flags.

pub mod connection;
mod files;
pub mod profile;
pub mod settings;

pub use connection::{Connection, Target};
pub use files::load;
pub use profile::Profile;
pub use settings::Settings;

use indexmap::IndexMap;

/// What the configuration files say.
#[derive(Debug, Default)]
pub struct Config {
    /// Workspace profiles by name; of several files the one of highest precedence counts.
    pub profiles: IndexMap<String, Profile>,
    /// Connections by type and name, likewise.
    pub connections: IndexMap<(String, String), Connection>,
}
