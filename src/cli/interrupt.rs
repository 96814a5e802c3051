//! Ctrl-C: the first one lets what runs come to an end, the second one stops at once.

use super::exit::Code;
use super::ui::Ui;
use crate::inventory::backend::Cancel;
use std::path::PathBuf;
use std::sync::{Arc, Mutex};
use std::time::Duration;

/// How long what runs may go on after the first Ctrl-C.
const GRACE: Duration = Duration::from_secs(30);

/// What Ctrl-C sets.
#[derive(Debug, Clone, Default)]
pub struct Interrupt {
    /// Nothing more is to be started.
    pub cancel: Cancel,
    /// What runs is to be stopped too.
    pub stop: Cancel,
    /// Files that must not outlive the program.
    private: Arc<Mutex<Vec<PathBuf>>>,
}

impl Interrupt {
    /// Begins to listen. To be called once.
    pub fn listen(ui: &Ui) -> Self {
        let interrupt = Self::default();
        let shared = interrupt.clone();
        let interactive = ui.is_interactive();
        let installed = ctrlc::set_handler(move || {
            if shared.cancel.is_cancelled() {
                shared.leave();
            }
            shared.cancel.cancel();
            let stop = shared.stop.clone();
            std::thread::spawn(move || {
                std::thread::sleep(GRACE);
                stop.cancel();
            });
            if interactive {
                use std::io::Write as _;
                let _ = std::io::stderr().write_all(b"\nStopping; press Ctrl-C again to stop at once.\n");
            }
        });
        if installed.is_err() {
            ui.warning("Ctrl-C cannot be handled: it will stop the program at once");
        }
        interrupt
    }

    /// Has a file removed when the program is stopped at once.
    pub fn guard(&self, path: PathBuf) {
        if let Ok(mut private) = self.private.lock() {
            private.push(path);
        }
    }

    fn leave(&self) -> ! {
        if let Ok(private) = self.private.lock() {
            for path in private.iter() {
                // There is no time left to complain.
                let _ = std::fs::remove_file(path);
            }
        }
        std::process::exit(i32::from(Code::Interrupted.number()))
    }
}
