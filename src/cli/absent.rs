//! What Powerpipe does and ironpipe does not: commands that say so, and say what works instead.

use super::args::{NotRun, Server};
use super::context::Context;
use super::exit::{Code, Failure};
use super::listing;
use super::workspace::{self, Missing};

/// `dashboard run`.
pub fn dashboard(cx: &Context<'_>, args: &NotRun) -> Result<Code, Failure> {
    let module = workspace::open(cx, &args.variables, Missing::Tolerate)?;
    let found = listing::find_other(&module, "dashboard", &args.name)?;
    Err(Failure::new(Code::Unknown, format!("ironpipe does not run dashboards: {} was not run", found.id.full_name()))
        .help("benchmark run with --export html writes a page that shows results in a browser")
        .help(format!("dashboard show {} shows what it consists of", args.name)))
}

/// `detection run`.
pub fn detection(cx: &Context<'_>, args: &NotRun) -> Result<Code, Failure> {
    let module = workspace::open(cx, &args.variables, Missing::Tolerate)?;
    let found = listing::find_other(&module, "detection", &args.name)?;
    Err(no_detections(&found.id.full_name())
        .help("its query can be run with query run, on a database that holds its tables"))
}

/// `detectionbenchmark run`.
pub fn detection_benchmark(cx: &Context<'_>, args: &NotRun) -> Result<Code, Failure> {
    let module = workspace::open(cx, &args.variables, Missing::Tolerate)?;
    let found = listing::find_detection_benchmark(&module, &args.name)?;
    Err(no_detections(&found.id.full_name()))
}

fn no_detections(name: &str) -> Failure {
    Failure::new(Code::Initialization, format!("ironpipe does not run detections: {name} was not run"))
}

/// `server`.
pub fn server(args: &Server) -> Result<Code, Failure> {
    if args.port == 0 {
        return Err(Failure::new(Code::Usage, "--port must be a number from 1 to 65535"));
    }
    if !["local", "network"].contains(&args.listen.to_ascii_lowercase().as_str()) {
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
