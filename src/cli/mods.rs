//! `mod init|install|update|uninstall|list|show`.

use super::args::{ListOutput, ModCommand, ModInstall, ModUninstall, ModUpdate, Show};
use super::context::{Context, environment};
use super::exit::{Code, Failure};
use super::flags::{LimitFlags, Pull, Variables};
use super::workspace::{self, Missing};
use super::{listing, mod_check};
use crate::mods::{self, Change, Git, Options, Outcome, Problem, Strategy};
use serde_json::Value;
use std::io::{BufRead as _, IsTerminal as _};
use std::path::{Path, PathBuf};

/// `mod ...`.
pub fn run(cx: &Context<'_>, command: &ModCommand) -> Result<Code, Failure> {
    match command {
        ModCommand::Init => init(cx),
        ModCommand::Install(args) => install(cx, args),
        ModCommand::Update(args) => update(cx, args),
        ModCommand::Uninstall(args) => uninstall(cx, args),
        ModCommand::List(args) => list(cx, args.output),
        ModCommand::Show(args) => show(cx, args),
        ModCommand::Check(args) => mod_check::run(cx, args),
    }
}

/// Returns the folder of the mod: unlike other commands, these do not look in the folders above.
fn root(cx: &Context<'_>) -> Result<PathBuf, Failure> {
    let root = cx.global.mod_location.clone().unwrap_or_else(|| PathBuf::from("."));
    if root.is_dir() {
        return Ok(root);
    }
    Err(Failure::new(Code::Unknown, format!("{} is not a folder", root.display())))
}

fn git() -> Git {
    let environment = environment();
    Git {
        token: environment.get("POWERPIPE_GIT_TOKEN").cloned(),
        interactive: std::io::stdin().is_terminal() && std::io::stderr().is_terminal(),
        config_count: environment.get("GIT_CONFIG_COUNT").and_then(|n| n.parse().ok()).unwrap_or(0),
    }
}

fn strategy(pull: Pull) -> Strategy {
    match pull {
        Pull::Full => Strategy::Full,
        Pull::Latest => Strategy::Latest,
        Pull::Development => Strategy::Development,
        Pull::Minimal => Strategy::Minimal,
    }
}

fn failed(problem: Problem) -> Failure {
    match problem {
        Problem::Request(message) => Failure::new(Code::Unknown, message),
        Problem::Failed(mut diagnostics) => {
            if let Some(last) = diagnostics.last_mut() {
                last.help.push("nothing was changed".to_owned());
            }
            Failure::from_diagnostics(Code::ModInstall, diagnostics)
        }
    }
}

/// How many files of others make a folder look as if it were not meant for a mod.
const FOREIGN_FILES: usize = 10;

fn init(cx: &Context<'_>) -> Result<Code, Failure> {
    let root = root(cx)?;
    if let Some(path) = crate::hcl::definition::mod_file(&root) {
        cx.ui.warning(&format!("mod definition file '{}' exists already", path.display()));
        return Ok(Code::Ok);
    }
    let full = root.canonicalize().unwrap_or_else(|_| root.clone());
    let is_home = environment().get("HOME").is_some_and(|h| Path::new(h).canonicalize().is_ok_and(|h| h == full));
    let question = if is_home {
        Some("This is your home folder".to_owned())
    } else if foreign_files(&full, FOREIGN_FILES, 4) >= FOREIGN_FILES {
        Some(format!("{} holds {FOREIGN_FILES} or more files that are no part of a mod", full.display()))
    } else {
        None
    };
    // Without somebody to answer, making one small file is what was asked for.
    if let Some(question) = question
        && std::io::stdin().is_terminal()
    {
        cx.ui.notice(&format!("{question}. Make a mod there? (y/n)"));
        let mut answer = String::new();
        let _ = std::io::stdin().lock().read_line(&mut answer);
        if !matches!(answer.trim(), "y" | "Y" | "yes") {
            return Err(Failure::new(Code::Unknown, "mod init cancelled"));
        }
    }
    match mods::init(&root) {
        Ok(path) => {
            let path = path.unwrap_or_default();
            let shown = full.join(path.file_name().unwrap_or_default());
            cx.ui.data(format!("Created mod definition file '{}'\n", shown.display()).as_bytes())?;
            Ok(Code::Ok)
        }
        Err(problem) => Err(Failure { code: Code::ModInit, ..failed(problem) }),
    }
}

/// Counts files that are no part of a mod, up to a number.
fn foreign_files(folder: &Path, enough: usize, depth: usize) -> usize {
    let mut count = 0;
    for entry in std::fs::read_dir(folder).into_iter().flatten().flatten() {
        let name = entry.file_name().to_string_lossy().into_owned();
        let is_folder = entry.file_type().is_ok_and(|t| t.is_dir());
        if count >= enough || name.starts_with('.') {
            continue;
        }
        if is_folder {
            count += if depth > 0 { foreign_files(&entry.path(), enough - count, depth - 1) } else { 0 };
        } else if ![".pp", ".sp", ".sql", ".md", ".ppvars", ".spvars"].iter().any(|e| name.ends_with(e)) {
            count += 1;
        }
    }
    count
}

fn install(cx: &Context<'_>, args: &ModInstall) -> Result<Code, Failure> {
    let pull = args.pull.unwrap_or(if args.mods.is_empty() { Pull::Minimal } else { Pull::Latest });
    let options = Options { strategy: strategy(pull), dry_run: args.dry_run, force: args.force, prune: args.prune };
    let progress = cx.ui.progress(true);
    progress.say("Installing mods");
    let outcome = mods::install(&root(cx)?, &args.mods, &options, &git());
    progress.finish();
    let outcome = outcome.map_err(failed)?;
    let nothing = if outcome.any { "All targeted mods are up to date" } else { "No mods are installed" };
    report(cx, &outcome, args.dry_run, nothing)
}

fn update(cx: &Context<'_>, args: &ModUpdate) -> Result<Code, Failure> {
    let options =
        Options { strategy: strategy(args.pull), dry_run: args.dry_run, force: args.force, prune: args.prune };
    let progress = cx.ui.progress(true);
    progress.say("Updating mods");
    let outcome = mods::update(&root(cx)?, &args.mods, &options, &git());
    progress.finish();
    match outcome.map_err(failed)? {
        Some(outcome) => {
            let nothing = if outcome.any { "All targeted mods are up to date" } else { "No mods are installed" };
            report(cx, &outcome, args.dry_run, nothing)
        }
        None => none_installed(cx),
    }
}

fn uninstall(cx: &Context<'_>, args: &ModUninstall) -> Result<Code, Failure> {
    let options = Options { strategy: Strategy::Minimal, dry_run: args.dry_run, force: false, prune: args.prune };
    match mods::uninstall(&root(cx)?, &args.mods, &options).map_err(failed)? {
        Some(outcome) => report(cx, &outcome, args.dry_run, "Nothing uninstalled"),
        None => none_installed(cx),
    }
}

fn none_installed(cx: &Context<'_>) -> Result<Code, Failure> {
    cx.ui.data(b"No mods installed.\n")?;
    Ok(Code::Ok)
}

/// Prints what changed.
fn report(cx: &Context<'_>, outcome: &Outcome, dry_run: bool, nothing: &str) -> Result<Code, Failure> {
    let mut text = String::new();
    if outcome.created && !dry_run {
        text.push_str("Initializing mod, created mod.pp.\n");
    }
    let c = &outcome.changes;
    let sections: [(&Change, &str, &str); 4] = [
        (&c.installed, "Installed", "Would install"),
        (&c.upgraded, "Upgraded", "Would upgrade"),
        (&c.downgraded, "Downgraded", "Would downgrade"),
        (&c.uninstalled, "Uninstalled", "Would uninstall"),
    ];
    let mut is_empty = true;
    for (change, done, would) in sections {
        if change.count > 0 {
            is_empty = false;
            let plural = if change.count == 1 { "mod" } else { "mods" };
            let verb = if dry_run { would } else { done };
            text.push_str(&format!("\n{verb} {} {plural}:\n\n{}", change.count, change.tree.draw()));
        }
    }
    if is_empty {
        text.push_str(&format!("{nothing}\n"));
    }
    cx.ui.data(text.as_bytes())?;
    Ok(Code::Ok)
}

fn list(cx: &Context<'_>, output: ListOutput) -> Result<Code, Failure> {
    let Some(tree) = mods::installed(&root(cx)?).map_err(failed)? else { return none_installed(cx) };
    let text = match output {
        ListOutput::Pretty | ListOutput::Plain => format!("\n{}", tree.draw()),
        ListOutput::Json | ListOutput::Yaml => {
            let module = workspace::open(cx, &Variables::default(), Missing::Tolerate)?;
            let all = std::iter::once(module.as_ref()).chain(module.dependencies.values().map(AsRef::as_ref));
            let all = Value::Array(all.map(|m| Value::Object(listing::module_entry(m).json)).collect());
            if output == ListOutput::Json { listing::pretty(&all) + "\n" } else { listing::yaml(&all)? }
        }
    };
    cx.ui.data(text.as_bytes())?;
    Ok(Code::Ok)
}

fn show(cx: &Context<'_>, args: &Show) -> Result<Code, Failure> {
    let module = workspace::open(cx, &args.variables, Missing::Tolerate)?;
    let short = args.name.strip_prefix("mod.").unwrap_or(&args.name);
    let found = module
        .find_mod(short)
        .or_else(|| module.dependencies.values().find(|d| d.required_as == short).map(AsRef::as_ref));
    let Some(found) = found else {
        let failure = Failure::new(Code::Unknown, format!("'mod.{short}' not found in {}", workspace::shown(&module)));
        let known = std::iter::once(module.name.as_str()).chain(module.dependencies.keys().map(String::as_str));
        return Err(match crate::model::diagnostic::nearest(short, known) {
            Some(near) => failure.help(format!("did you mean mod.{near}?")),
            None => failure,
        });
    };
    listing::print(cx, &listing::module_entry(found), args.output)
}

/// Installs what is missing before a run, unless `--mod-install=false` or `--offline` says not to.
///
/// # Errors
///
/// A mod that cannot be installed.
pub fn before_run(cx: &Context<'_>, limits: &LimitFlags, offline: bool) -> Result<(), Failure> {
    if !limits.upstream.mod_install || offline {
        return Ok(());
    }
    // A folder that is not there is reported when the mod is opened.
    let Ok(start) = root(cx) else { return Ok(()) };
    let full = start.canonicalize().unwrap_or(start);
    let Some(root) = full.ancestors().find(|d| crate::hcl::definition::mod_file(d).is_some()) else { return Ok(()) };
    if limits.upstream.pull == Pull::Minimal && mods::is_complete(root) {
        return Ok(());
    }
    let options = Options { strategy: strategy(limits.upstream.pull), dry_run: false, force: false, prune: false };
    let progress = cx.ui.progress(true);
    progress.say("Installing mods");
    let outcome = mods::install(root, &[], &options, &git());
    progress.finish();
    outcome.map(|_| ()).map_err(|p| Failure { code: Code::Initialization, ..failed(p) })
}
