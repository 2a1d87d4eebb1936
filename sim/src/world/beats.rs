//! Timers, and heartbeats that cost nothing while nothing happens.
//!
//! A heartbeat that only armed itself again is *parked*: running it again before anything
//! else was handled would show it the same world. After the next event at any tablet it
//! goes back into the queue for the next multiple of its period, so that its phase is the
//! one it would have had.
//!
//! A heartbeat's transaction may have to wait for the log to confirm the generation. That
//! answer is part of the heartbeat, so the serials of such transactions are kept until they
//! are done or have done something.
//!
//! Left out: a heartbeat that does something only because time has passed. Such work is owed
//! to a timer of its own.

use crate::fault::{Moment, Side};
use crate::pipes::Who;
use crate::queue::Class;
use crate::rng::Stream;
use crate::trace::What;
use crate::world::World;
use crate::world::event::{Event, Occasion};
use crate::world::strike::Place;
use tablets::executor::{Delivery, TxRef};
use tablets::ids::{Steady, TabletId};
use tablets::message::{Kind, Parcel};
use tablets::side_effects::TimerClass;

/// A heartbeat that waits for something to happen.
#[derive(Clone, Debug, Hash)]
pub(crate) struct Parked {
    who: Who,
    due: Steady,
    period_us: u64,
    parcel: Parcel,
}

impl Parked {
    /// At which tablet it beats, and for what.
    pub(super) fn what(&self) -> (TabletId, TimerClass, Kind) {
        (self.who.tablet, TimerClass::Heartbeat, self.parcel.kind)
    }

    /// The first multiple of the period that is not over.
    fn next(&self, now: Steady) -> Steady {
        let over = now.0.saturating_sub(self.due.0);
        self.due.plus(over.div_ceil(self.period_us.max(1)).saturating_mul(self.period_us))
    }
}

impl World {
    /// Arms a timer; a heartbeat's own, if it did nothing else so far, is parked.
    pub(super) fn arm(&mut self, who: Who, tx: Option<TxRef>, delay_us: u64, class: TimerClass, parcel: Parcel) {
        self.record(Some(who), What::Armed { class, delay_us, parcel: parcel.clone() });
        if class == TimerClass::Heartbeat && self.is_beat(who, tx) {
            self.parked.push(Parked { who, due: self.now.plus(delay_us), period_us: delay_us, parcel });
            return;
        }
        self.not_quiet(who, tx);
        let queued = match class {
            TimerClass::Due => Class::Work,
            TimerClass::Heartbeat => Class::Heartbeat,
            TimerClass::Deadline => Class::Deadline,
        };
        self.push(delay_us, queued, Event::Timer { who, class, parcel });
    }

    /// A timer fires.
    pub(super) fn fire(&mut self, who: Who, class: TimerClass, parcel: Parcel) {
        let kind = parcel.kind;
        let n = self.sights.count_timer(who.tablet, kind);
        self.strike_at(&Moment::Timer(who.tablet, kind, n, Side::Before), Place::default());
        if !self.live.contains_key(&who) {
            return;
        }
        self.record(Some(who), What::Fired { class, parcel: parcel.clone() });
        let identity = Stream::new(self.options.seed, kind).bytes(&parcel.bytes);
        let occasion = Occasion { identity, beat: class == TimerClass::Heartbeat };
        self.deliver(who, Delivery::Timer(parcel), occasion);
        let after = Moment::Timer(who.tablet, kind, n, Side::After);
        self.strike_at(&after, Place::default());
        self.passed(&after);
    }

    /// Something happened: every parked heartbeat goes back into the queue.
    pub(super) fn release_parked(&mut self) {
        for parked in std::mem::take(&mut self.parked) {
            let at = parked.next(self.now);
            let event = Event::Timer { who: parked.who, class: TimerClass::Heartbeat, parcel: parked.parcel };
            self.queue.push(at, Class::Heartbeat, self.events, event);
        }
    }

    pub(super) fn forget_parked(&mut self, who: Who) {
        self.parked.retain(|parked| parked.who != who);
    }

    /// A heartbeat's transaction begins.
    pub(super) fn beat_begins(&mut self, who: Who, tx: TxRef) {
        if let Some(incarnation) = self.live.get_mut(&who) {
            incarnation.beats.push(tx.serial);
        }
    }

    /// A transaction is over; if it was a heartbeat's, it is one no more.
    pub(super) fn beat_ends(&mut self, who: Who, tx: TxRef) {
        if let Some(incarnation) = self.live.get_mut(&who) {
            incarnation.beats.retain(|serial| *serial != tx.serial);
        }
    }

    /// Whether this is a heartbeat's transaction that has done nothing so far.
    pub(super) fn is_beat(&self, who: Who, tx: Option<TxRef>) -> bool {
        let beats = self.live.get(&who).map(|incarnation| incarnation.beats.as_slice()).unwrap_or_default();
        tx.is_some_and(|tx| beats.contains(&tx.serial))
    }

    /// A transaction, or a pipe client itself, does something.
    pub(super) fn not_quiet(&mut self, who: Who, tx: Option<TxRef>) {
        self.activity = true;
        if let Some(tx) = tx {
            self.beat_ends(who, tx);
        }
    }
}
