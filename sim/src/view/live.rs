//! A scenario that can be run again and again, each time with other faults: what stands behind
//! the page of `explore`.
//!
//! A path is a list of faults, chosen one after the other. A run of some events takes
//! milliseconds, so to go back is to run a shorter path. What a path runs is the script with
//! its faults at the end, the very text that is saved; so the file, run again, is the same run.

use crate::fault::Schedule;
use crate::run::{Outcome, RunOptions};
use crate::scenario::Scenario;
use crate::view::memory::{Memory, watched};
use std::path::{Path, PathBuf};
use std::sync::Arc;

/// A script, and how it is run.
#[derive(Clone, Debug)]
pub struct Live {
    file: PathBuf,
    script: String,
    options: RunOptions,
}

impl Live {
    /// A script with the options of its runs.
    pub fn new(file: PathBuf, script: String, options: RunOptions) -> Live {
        Live { file, script, options }
    }

    /// The script's file.
    pub fn file(&self) -> &Path {
        &self.file
    }

    /// The script as it was read.
    pub fn original(&self) -> &str {
        &self.script
    }

    /// The script with these faults.
    ///
    /// # Errors
    /// A fault cannot be read, or is beyond the contract of pipes and that was not allowed.
    pub fn script(&self, path: &[String]) -> Result<String, String> {
        let mut script = self.script.trim_end().to_owned() + "\n";
        if !path.is_empty() {
            script += "\n# Chosen in the explorer.\n";
        }
        for line in path {
            let Schedule(faults) = line.parse().map_err(|error| format!("'{line}': {error}"))?;
            for fault in faults {
                if fault.action.is_beyond_contract() && !self.options.beyond_contract {
                    return Err(format!("'{fault}' is beyond the contract of pipes; --beyond-contract allows it"));
                }
                script += &format!("fault \"{fault}\"\n");
            }
        }
        Ok(script)
    }

    /// The run with these faults, and what its tablets remember.
    ///
    /// # Errors
    /// As with [`Live::script`].
    pub fn run(&self, path: &[String]) -> Result<(Outcome, Memory), String> {
        let folder = self.file.parent().unwrap_or_else(|| ".".as_ref());
        let file = self.file.display().to_string();
        let scenario = Scenario::parse(&file, &self.script(path)?, folder).map_err(|error| error.to_string())?;
        Ok(watched(&Arc::new(scenario), &self.options))
    }
}
