//! How far a search is: a bar on a terminal, else a plain line now and then.

#![allow(clippy::disallowed_types, reason = "rates are measured in real time; no run sees it")]

use crate::explore::Progress;
use indicatif::{HumanDuration, ProgressBar, ProgressDrawTarget, ProgressStyle};
use std::io::{IsTerminal, Write};
use std::time::{Duration, Instant};

/// Between two plain lines.
const PLAIN_EVERY: Duration = Duration::from_secs(10);

/// A search of more than this has no end but the one that its time sets.
const ENDLESS: usize = 1 << 40;

/// How long a search took.
#[derive(Clone, Copy, Debug)]
pub(super) struct Times {
    /// From its beginning to its end.
    pub(super) wall: Duration,
    /// Runs in that time.
    pub(super) runs: u64,
    /// Their events.
    pub(super) events: u64,
    /// Threads that made them.
    pub(super) jobs: usize,
}

/// The bar.
pub(super) struct Bar {
    bar: Option<ProgressBar>,
    began: Instant,
    told: Instant,
    phase: &'static str,
    before: (u64, u64),
    last: (u64, u64),
}

impl Bar {
    /// A bar on standard error, if that is a terminal.
    pub(super) fn new() -> Bar {
        let style = ProgressStyle::with_template("{prefix} {bar:24} {pos}/{len}  {msg}  eta {eta}");
        let bar = std::io::stderr().is_terminal().then(|| {
            ProgressBar::with_draw_target(None, ProgressDrawTarget::stderr())
                .with_style(style.unwrap_or_else(|_| ProgressStyle::default_bar()))
        });
        let now = Instant::now();
        Bar { bar, began: now, told: now, phase: "", before: (0, 0), last: (0, 0) }
    }

    /// Shows how far it is.
    pub(super) fn tell(&mut self, progress: &Progress) {
        if self.phase != progress.phase {
            self.phase = progress.phase;
            self.before = (self.before.0 + self.last.0, self.before.1 + self.last.1);
        }
        self.last = (progress.runs, progress.events);
        match &self.bar {
            Some(bar) => {
                bar.set_prefix(progress.phase);
                if progress.done.1 < ENDLESS {
                    bar.set_length(progress.done.1 as u64);
                }
                bar.set_position(progress.done.0 as u64);
                bar.set_message(self.message(progress));
            }
            None if self.told.elapsed() >= PLAIN_EVERY => {
                self.told = Instant::now();
                let (done, all) = progress.done;
                let (phase, message) = (progress.phase, self.message(progress));
                let line = if all < ENDLESS {
                    let left = self.began.elapsed().mul_f64((all - done) as f64 / done.max(1) as f64);
                    format!("{phase}: {done} of {all}, {message}, about {} left", HumanDuration(left))
                } else {
                    format!("{phase}: {done}, {message}")
                };
                // If standard error is closed there is nobody to tell.
                let _ = writeln!(std::io::stderr(), "{line}");
            }
            None => {}
        }
    }

    /// How long the search has gone on.
    pub(super) fn elapsed(&self) -> Duration {
        self.began.elapsed()
    }

    fn message(&self, progress: &Progress) -> String {
        let seconds = self.began.elapsed().as_secs_f64().max(0.001);
        let rate = |count: u64| (count as f64 / seconds).round();
        let (done, all) = progress.done;
        let failures: Vec<String> =
            progress.failures.iter().map(|(print, times)| format!("{}×{times}", print.id())).collect();
        let failures = if failures.is_empty() { "no failure".to_owned() } else { failures.join(" ") };
        let left =
            if all < ENDLESS { format!("{} pruned, {} left, ", progress.pruned, all - done) } else { String::new() };
        format!(
            "{left}{} runs/s, {} events/s, {failures}",
            rate(self.before.0 + progress.runs),
            rate(self.before.1 + progress.events)
        )
    }

    /// The search, which had so many threads, is over.
    pub(super) fn finish(self, jobs: usize) -> Times {
        if let Some(bar) = &self.bar {
            bar.finish_and_clear();
        }
        let (runs, events) = (self.before.0 + self.last.0, self.before.1 + self.last.1);
        Times { wall: self.began.elapsed(), runs, events, jobs }
    }
}
