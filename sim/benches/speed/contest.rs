//! Rounds in which every contestant runs once, so that noise hits all of them alike.

use std::time::Duration;
#[expect(clippy::disallowed_types, reason = "what is measured here is real time")]
use std::time::Instant;

/// One measured run.
#[derive(Clone, Copy, Debug)]
pub struct Lap {
    /// How many things were done.
    pub done: u64,
    /// In which time.
    pub took: Duration,
}

impl Lap {
    /// Nanoseconds for each thing.
    fn ns(self) -> f64 {
        self.took.as_nanos() as f64 / self.done as f64
    }
}

/// Measures one run, which says how many things it did.
#[expect(clippy::disallowed_types, reason = "what is measured here is real time")]
pub fn lap(run: impl FnOnce() -> u64) -> Lap {
    let began = Instant::now();
    let done = run();
    Lap { done, took: began.elapsed() }
}

/// Somebody who is measured.
pub struct Contestant {
    /// What is measured.
    pub name: &'static str,
    /// What is counted.
    pub unit: &'static str,
    run: Box<dyn FnMut() -> Lap>,
    laps: Vec<Lap>,
}

/// All who are measured together.
#[derive(Default)]
pub struct Contest(Vec<Contestant>);

impl Contest {
    /// One more.
    pub fn enter(&mut self, name: &'static str, unit: &'static str, run: impl FnMut() -> Lap + 'static) {
        self.0.push(Contestant { name, unit, run: Box::new(run), laps: Vec::new() });
    }

    /// Only those with this text in their names stay.
    pub fn limit(&mut self, text: &str) {
        self.0.retain(|contestant| contestant.name.contains(text));
    }

    /// So many rounds, after one that does not count.
    pub fn hold(&mut self, rounds: usize) {
        for round in 0..=rounds {
            eprint!("\rround {round} of {rounds}");
            for contestant in &mut self.0 {
                let lap = (contestant.run)();
                if round > 0 || rounds == 0 {
                    contestant.laps.push(lap);
                }
            }
        }
        eprintln!();
    }

    /// Whether all of these are measured.
    pub fn has(&self, names: &[&str]) -> bool {
        names.iter().all(|name| self.0.iter().any(|contestant| contestant.name == *name))
    }

    /// Everybody with the median of nanoseconds for each thing, and the fastest and slowest lap.
    pub fn medians(&self) -> impl Iterator<Item = (&Contestant, [f64; 3])> {
        self.0.iter().map(|contestant| (contestant, spread(contestant.laps.iter().map(|lap| lap.ns()).collect())))
    }

    /// How many times longer one takes for a thing than another: the median over the rounds.
    pub fn ratio(&self, one: &str, other: &str) -> f64 {
        let (one, other) = (self.laps(one), self.laps(other));
        spread(one.iter().zip(other).map(|(one, other)| one.ns() / other.ns()).collect())[0]
    }

    /// The median of nanoseconds that somebody takes for a thing.
    pub fn median(&self, name: &str) -> f64 {
        spread(self.laps(name).iter().map(|lap| lap.ns()).collect())[0]
    }

    /// The median of nanoseconds that somebody takes for a whole lap.
    pub fn median_lap(&self, name: &str) -> f64 {
        spread(self.laps(name).iter().map(|lap| lap.took.as_nanos() as f64).collect())[0]
    }

    fn laps(&self, name: &str) -> &[Lap] {
        let found = self.0.iter().find(|contestant| contestant.name == name);
        &found.unwrap_or_else(|| panic!("nobody is called {name}")).laps
    }
}

/// Median, least and most.
fn spread(mut values: Vec<f64>) -> [f64; 3] {
    values.sort_by(f64::total_cmp);
    [values[values.len() / 2], values[0], values[values.len() - 1]]
}
