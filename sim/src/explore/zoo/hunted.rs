//! A hunt as a search of the zoo: every scenario is the base of some seeds, then of more.

use super::seek::{Find, Seeker, Sought};
use super::verify::Verifier;
use crate::explore::{Catch, Hunt, HuntOptions, Progress, Reorder};
use crate::run::RunOptions;
use crate::scenario::Scenario;
use std::ops::ControlFlow;
use std::sync::Arc;

/// Seeds of a scenario in the first round. Each round has twice as many as the one before it.
const FIRST_ROUND: u64 = 16;
/// The last seed, if time allows.
const LAST_SEED: u64 = 4_096;

/// Hunts over the scenarios in rounds, so that none waits until another has had all its seeds.
pub(super) fn seek(seeker: &Seeker<'_>, reorder: Option<Reorder>, sought: &mut Sought) -> ControlFlow<()> {
    let (mut first, mut count) = (1, FIRST_ROUND);
    while first <= LAST_SEED {
        let seeds = (first, (first + count - 1).min(LAST_SEED));
        for scenario in seeker.scenarios {
            if (seeker.over)() {
                return ControlFlow::Continue(());
            }
            round(seeker, scenario, reorder, seeds, sought)?;
        }
        (first, count) = (first + count, count * 2);
    }
    ControlFlow::Continue(())
}

fn round(
    seeker: &Seeker<'_>,
    scenario: &Arc<Scenario>,
    reorder: Option<Reorder>,
    seeds: (u64, u64),
    sought: &mut Sought,
) -> ControlFlow<()> {
    let options = HuntOptions {
        run: RunOptions { quirks: seeker.quirks, ..RunOptions::default() },
        seeds,
        jobs: seeker.jobs,
        reorder,
        ..HuntOptions::default()
    };
    let verifier = Verifier { quirks: seeker.quirks };
    let mut watch =
        |progress: &Progress| !(seeker.over)() && !progress.failures.keys().any(|print| verifier.expects(print));
    let report = Hunt { scenario, options: &options, watch: &mut watch }.run().expect("no journal is written");
    let mut catches: Vec<&Catch> = report.catches.iter().collect();
    catches.sort_by_key(|catch| catch.first.1);
    let before = sought.runs;
    sought.runs += report.runs.0;
    for Catch { capsule, first: (_, runs), .. } in catches {
        verifier.found(Find::new(&scenario.file, capsule.clone(), before + runs), sought)?;
    }
    ControlFlow::Continue(())
}
