//! What Powerpipe does and ironpipe does not: commands that say so, and say what works instead.

use super::args::Server;
use super::context::Context;
use super::exit::{Code, Failure};
use super::flags::Variables;
use super::listing;
use super::workspace;

/// `dashboard run`.
pub fn dashboard(cx: &Context<'_>, name: &str) -> Result<Code, Failure> {
    let module = workspace::open(cx, &Variables::default(), workspace::Missing::Tolerate)?;
    let found = listing::find_other(&module, "dashboard", name)?;
    Err(Failure::new(Code::Unknown, format!("ironpipe does not run dashboards: {} was not run", found.id.full_name()))
        .help("benchmark run with --export html writes a page that shows results in a browser")
        .help(format!("dashboard show {name} shows what it consists of")))
}

/// `detection run`.
pub fn detection(cx: &Context<'_>, name: &str) -> Result<Code, Failure> {
    let module = workspace::open(cx, &Variables::default(), workspace::Missing::Tolerate)?;
    let found = listing::find_other(&module, "detection", name)?;
    Err(Failure::new(
        Code::Initialization,
        format!("ironpipe does not run detections: {} was not run", found.id.full_name()),
    )
    .help("its query can be run with query run, on a database that holds its tables"))
}

/// `server`.
pub fn server(args: &Server) -> Result<Code, Failure> {
    if args.port == 0 {
        return Err(Failure::new(Code::Usage, "--port must be a number from 1 to 65535"));
    }
    if !["local", "network"].contains(&args.listen.as_str()) {
        return Err(Failure::new(Code::Usage, format!("--listen {}: must be local or network", args.listen)));
    }
    Err(Failure::new(Code::Unknown, "ironpipe has no dashboard server")
        .help("benchmark run with --export html writes one self-contained page that any browser shows")
        .help("--snapshot --snapshot-location DIR keeps a folder of snapshots"))
}

/// `login`.
pub fn login() -> Result<Code, Failure> {
    Err(Failure::new(Code::Login, "ironpipe does not connect to Turbot Pipes; there is nothing to log in to")
        .help("--snapshot --snapshot-location DIR saves snapshots in a folder, which can be shared"))
}
