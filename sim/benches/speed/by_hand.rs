//! The yardstick: the same two protocols as `players`, by hand: a heap of events and a `match`.
//!
//! It makes the same records and hashes them the same way, and draws its latencies from the same
//! kind of streams; it has no actors, no pipes that break, no disks, no faults and no oracles.

use crate::players::{Ball, ONE, TWO, Wake, pause_us};
use std::cmp::Reverse;
use std::collections::BinaryHeap;
use tablets::executor::Cut;
use tablets::ids::{Generation, Steady, TabletId};
use tablets::message::{Message, Parcel};
use tablets::side_effects::TimerClass;
use tabletsim::Endpoint;
use tabletsim::rng::{Latencies, Stream};
use tabletsim::trace::{Mail, Record, TraceHash, What};

/// What is going to happen.
enum Happening {
    /// The ball arrives.
    Arrives(Mail),
    /// The log says that the player is still the one.
    Confirmed(TabletId, Ball),
    /// A worker's timer.
    Timer(TabletId, Parcel),
}

/// Something in the heap: by time, then by order.
struct Pending {
    at: Steady,
    order: u64,
    cause: u64,
    happening: Happening,
}

impl PartialEq for Pending {
    fn eq(&self, other: &Self) -> bool {
        self.order == other.order
    }
}

impl Eq for Pending {}

impl PartialOrd for Pending {
    fn partial_cmp(&self, other: &Self) -> Option<std::cmp::Ordering> {
        Some(self.cmp(other))
    }
}

impl Ord for Pending {
    fn cmp(&self, other: &Self) -> std::cmp::Ordering {
        (self.at, self.order).cmp(&(other.at, other.order))
    }
}

/// The loop.
#[derive(Default)]
pub struct ByHand {
    heap: BinaryHeap<Reverse<Pending>>,
    now: Steady,
    step: u64,
    cause: u64,
    order: u64,
    hash: TraceHash,
    /// By tablet: transactions, questions to the log, balls sent.
    counts: Vec<[u64; 3]>,
    latencies: Latencies,
    /// The records, if they are to be compared.
    pub kept: Option<Vec<Record>>,
}

impl ByHand {
    /// Nothing is pending; `record` says whether to keep the records.
    pub fn new(tablets: usize, record: bool) -> ByHand {
        ByHand { counts: vec![[0; 3]; tablets + 1], kept: record.then(Vec::new), ..ByHand::default() }
    }

    /// Plays until the ball is not returned; the hash.
    pub fn game(&mut self, returns: u64) -> u64 {
        self.send(ONE, Ball(returns));
        self.run()
    }

    /// Lets so many workers wake up so many times; the hash.
    pub fn office(&mut self, workers: u64, times: u64) -> u64 {
        (1..=workers).map(TabletId).for_each(|worker| self.work(worker, times));
        self.run()
    }

    fn run(&mut self) -> u64 {
        while let Some(Reverse(Pending { at, cause, happening, .. })) = self.heap.pop() {
            (self.now, self.cause) = (at, cause);
            self.step += 1;
            match happening {
                Happening::Arrives(mail) => self.arrives(mail),
                Happening::Confirmed(player, ball) => self.confirmed(player, &ball),
                Happening::Timer(worker, parcel) => {
                    self.record(worker, What::Fired { class: TimerClass::Due, parcel: parcel.clone() });
                    let Wake(left) = parcel.open().expect("it was packed here");
                    self.work(worker, left);
                }
            }
        }
        self.hash.value()
    }

    fn arrives(&mut self, mail: Mail) {
        let Endpoint::Tablet(player) = mail.to else { return };
        let ball = mail.parcel.open().expect("it was packed here");
        let identity = Stream::new(1, "message").bytes(&mail.parcel.bytes);
        self.record(player, What::Delivered(mail));
        self.cut(player, Cut::Pre, "Return");
        self.counts[player.0 as usize][1] += 1;
        let delay = identity.text("lease").number(player.0).draw(self.latencies.log_us);
        self.push(delay, Happening::Confirmed(player, ball));
    }

    fn confirmed(&mut self, player: TabletId, ball: &Ball) {
        self.record(player, What::Confirmed(self.counts[player.0 as usize][1]));
        if ball.0 > 0 {
            self.send(player, Ball(ball.0 - 1));
        }
        self.cut(player, Cut::Done, "Return");
    }

    fn send(&mut self, player: TabletId, ball: Ball) {
        let other = if player == ONE { TWO } else { ONE };
        let n = &mut self.counts[player.0 as usize][2];
        *n += 1;
        let (from, to) = (Endpoint::Tablet(player), Endpoint::Tablet(other));
        let mail = Mail { connection: 1, from, to, reply: player == TWO, n: *n, parcel: ball.parcel() };
        let identity = Stream::new(1, "to").number(player.0).bytes(&mail.parcel.bytes).number(*n);
        let delay = identity.draw(self.latencies.message_us);
        self.record(player, What::Sent(mail.clone()));
        self.push(delay, Happening::Arrives(mail));
    }

    fn work(&mut self, worker: TabletId, left: u64) {
        self.cut(worker, Cut::Pre, "Work");
        if left > 0 {
            let (delay_us, parcel) = (pause_us(worker), Wake(left - 1).parcel());
            self.record(worker, What::Armed { class: TimerClass::Due, delay_us, parcel: parcel.clone() });
            self.push(delay_us, Happening::Timer(worker, parcel));
        }
        self.cut(worker, Cut::Done, "Work");
    }

    fn cut(&mut self, tablet: TabletId, cut: Cut, tx: &'static str) {
        let serial = &mut self.counts[tablet.0 as usize][0];
        *serial += u64::from(cut == Cut::Pre);
        let n = *serial;
        self.record(tablet, What::Cut { cut, tx, n, serial: n });
    }

    fn push(&mut self, delay_us: u64, happening: Happening) {
        self.order += 1;
        let (at, order, cause) = (self.now.plus(delay_us), self.order, self.step);
        self.heap.push(Reverse(Pending { at, order, cause, happening }));
    }

    fn record(&mut self, tablet: TabletId, what: What) {
        let (step, at, cause) = (self.step, self.now, self.cause);
        let record = Record { step, at, tablet: Some(tablet), generation: Generation(1), cause, what };
        self.hash.add(&record);
        if let Some(kept) = &mut self.kept {
            kept.push(record);
        }
    }
}
