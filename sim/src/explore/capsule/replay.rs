//! A capsule's run once more, compared with what the capsule says of it.

use super::{Build, Capsule};
use crate::explore::Fingerprint;
use crate::run::{Outcome, Verdict};

/// What a replay has come to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Finding {
    /// The failure that the capsule tells of.
    Same,
    /// Another one.
    Different(Fingerprint),
    /// None: the run is ok.
    Gone,
    /// It is not that run: a fault found nothing to strike, or what must happen did not.
    Invalid,
}

impl Finding {
    /// The exit code of the command line.
    pub fn exit_code(&self) -> u8 {
        match self {
            Finding::Same => 0,
            Finding::Gone => 1,
            Finding::Invalid => 3,
            Finding::Different(_) => 4,
        }
    }

    /// What it is called.
    pub fn name(&self) -> &'static str {
        match self {
            Finding::Same => "same failure",
            Finding::Different(_) => "different failure",
            Finding::Gone => "no failure",
            Finding::Invalid => "not the same run",
        }
    }
}

/// A replay.
#[derive(Clone, Debug)]
pub struct Replayed {
    /// What it has come to.
    pub finding: Finding,
    /// The build that made the capsule, if it is not this one.
    pub other_build: Option<Build>,
    /// The run.
    pub outcome: Outcome,
}

impl Capsule {
    /// Makes the run again, with records if asked, and compares.
    pub fn replay(&self, record: bool) -> Replayed {
        let outcome = self.run(record);
        let finding = match (Fingerprint::of(&outcome), outcome.verdict) {
            (Some(found), _) if found == self.fingerprint => Finding::Same,
            (Some(found), _) => Finding::Different(found),
            (None, Verdict::Invalid) => Finding::Invalid,
            (None, _) => Finding::Gone,
        };
        let other_build = Some(&self.build).filter(|build| **build != Build::this()).cloned();
        Replayed { finding, other_build, outcome }
    }
}
