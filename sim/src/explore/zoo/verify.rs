//! Whether a failure counts: an expected oracle speaks of it, and the tablets without the quirk are well.

use super::seek::{Find, Sought};
use crate::explore::{Capsule, Fingerprint};
use std::ops::ControlFlow;
use tablets::quirk::{Quirk, Quirks};

/// Whether the oracle is one that must object to this quirk. A run that goes on until its budget of
/// events is used up is one in which an operation does not end, which `progress_made` stands for.
pub fn is_expected(quirk: Quirk, fingerprint: &Fingerprint) -> bool {
    let oracle = match fingerprint.oracle.as_str() {
        "exhausted" => "progress_made",
        oracle => oracle,
    };
    quirk.oracles().contains(&oracle)
}

/// Judges failures of tablets that make these mistakes.
pub(super) struct Verifier {
    /// The mistakes that the tablets make.
    pub(super) quirks: Quirks,
}

impl Verifier {
    /// Whether the oracle is one that must object to these quirks.
    pub(super) fn expects(&self, fingerprint: &Fingerprint) -> bool {
        self.quirks.iter().any(|quirk| is_expected(quirk, fingerprint))
    }

    /// Takes note of a failure; the search is over if it is an expected one.
    pub(super) fn found(&self, find: Find, sought: &mut Sought) -> ControlFlow<()> {
        let expected = self.expects(&find.fingerprint);
        let known = |other: &Find| other.fingerprint == find.fingerprint;
        if !expected && (sought.other.is_some() || sought.false_alarms.iter().any(known)) {
            return ControlFlow::Continue(());
        }
        let healthy = Capsule { quirks: Quirks::NONE, ..find.capsule.clone() };
        if Fingerprint::of(&healthy.run(false)).is_some() {
            sought.false_alarms.push(find);
            return ControlFlow::Continue(());
        }
        match expected {
            true => {
                sought.find = Some(find);
                ControlFlow::Break(())
            }
            false => {
                sought.other = Some(find);
                ControlFlow::Continue(())
            }
        }
    }
}
