//! How often things of each kind have happened, at one place.

use std::ops::Deref;
use std::rc::Rc;
use tablets::message::Kind;

/// Counts by kind, in the order in which the kinds were first seen. Copies share them until one of
/// them counts on: most places have nothing more to count in the rest of a run.
#[derive(Clone, Debug, Default, Hash)]
pub(crate) struct Counts(Rc<[(Kind, u64)]>);

impl Counts {
    /// One more; returns how many there are now.
    pub(crate) fn count(&mut self, kind: Kind) -> u64 {
        let Some(place) = self.0.iter().position(|(known, _)| *known == kind) else {
            self.0 = self.0.iter().copied().chain([(kind, 1)]).collect();
            return 1;
        };
        let (_, count) = &mut Rc::make_mut(&mut self.0)[place];
        *count += 1;
        *count
    }

    /// How many of this kind there were.
    pub(crate) fn of(&self, kind: &str) -> u64 {
        self.0.iter().find(|(known, _)| *known == kind).map_or(0, |(_, count)| *count)
    }
}

impl Deref for Counts {
    type Target = [(Kind, u64)];

    fn deref(&self) -> &Self::Target {
        &self.0
    }
}
