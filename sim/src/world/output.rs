//! One delivery, and what the tablet asked for in the course of it.

use crate::fault::{Action, Fate, Keep, Moment};
use crate::oracle::Glimpse;
use crate::pipes::{Owner, Who};
use crate::queue::Class;
use crate::trace::What;
use crate::world::desk::Output;
use crate::world::event::{Event, Occasion};
use crate::world::life::Write;
use crate::world::strike::Place;
use crate::world::{Step, World, panics};
use std::sync::Arc;
use tablets::actor::Failure;
use tablets::executor::{Cut, Delivery, TxRef, Wire};
use tablets::side_effects::HiveRequest;

impl World {
    /// Delivers to an incarnation, polls it once, and carries out what it asked for, in order.
    /// Faults anchored at cuts of this poll strike after that.
    pub(super) fn deliver(&mut self, who: Who, delivery: Delivery, occasion: Occasion) {
        self.activity |= !occasion.beat;
        let Some(incarnation) = self.live.get_mut(&who) else {
            return;
        };
        let result = panics::silently(|| incarnation.hosted.deliver(delivery));
        let mut outputs = std::mem::take(&mut self.desk.borrow_mut().outputs);
        let mut strikes = Vec::new();
        for output in outputs.drain(..) {
            match output {
                Output::Strike(index, cut) => strikes.push((index, cut)),
                Output::Missed(index) => self.faults.missed(index, "its anchor was reached outside of the zone"),
                output => self.carry_out(who, output, occasion),
            }
        }
        self.desk.borrow_mut().outputs = outputs;
        match result {
            Ok(()) => {}
            Err(Failure::Panicked(sentence)) => self.panicked(who, sentence),
            Err(Failure::Dead) => panic!("{} is live and its actor is dead", who.tablet),
        }
        for (index, cut) in strikes {
            self.strike(index, Place { cut: Some((who, cut)), connection: None });
        }
        self.strike_late();
    }

    /// A write is handed to the log: a log that grows slow is so for this write already; what
    /// else is anchored here strikes when everything asked for is carried out.
    fn handed(&mut self, moment: &Moment<'_>) {
        while let Some(index) = self.faults.at(moment).filter(|index| self.is_slowing(*index)) {
            self.strike(index, Place::default());
        }
        self.strike_later(moment);
        self.passed(moment);
    }

    fn is_slowing(&self, index: usize) -> bool {
        matches!(self.faults.fault(index).action, Action::Slow { .. })
    }

    fn carry_out(&mut self, who: Who, output: Output, occasion: Occasion) {
        match output {
            Output::Cut(cut, tx, n) => self.cut(who, cut, tx, n, occasion),
            Output::Executed(executed) => self.look(&Glimpse::Executed(&executed), executed.tx),
            Output::Log(commit, tx, redo) => {
                self.not_quiet(who, Some(tx));
                let stream = self.stream("log").number(who.tablet.0).text(tx.tx_type.name).bytes(&redo);
                let redo: Arc<[u8]> = redo.into();
                self.record(Some(who), What::Logged { commit, tx: tx.tx_type.name, redo: redo.clone() });
                let n = self.sights.count_write(who.tablet);
                self.handed(&Moment::Write(who.tablet, n));
                self.write(who, Write::Redo(commit, tx.tx_type.name, redo), n, stream);
            }
            Output::Snapshot(commit, image) => {
                let n = self.sights.count_snapshot(who.tablet);
                self.handed(&Moment::Snapshot(who.tablet, n));
                let stream = self.stream("snapshot").number(who.tablet.0).number(image.len() as u64);
                self.write(who, Write::Snapshot(commit, image.into()), n, stream);
            }
            Output::Confirm(ticket, tx) => {
                let name = tx.map_or("", |tx| tx.tx_type.name);
                let stream = self.stream("lease").number(who.tablet.0).text(name).number(occasion.identity.identity());
                let beat = self.is_beat(who, tx);
                self.push_work(stream.draw(self.options.latencies.log_us), Event::Lease { who, ticket, beat });
            }
            Output::Wire(tx, wire) => {
                self.speaker = tx.map(|tx| tx.serial);
                self.wire(who, tx, wire);
                self.speaker = None;
            }
            Output::Strike(..) | Output::Missed(_) => unreachable!("faults are sorted out before"),
        }
    }

    fn cut(&mut self, who: Who, cut: Cut, tx: TxRef, n: u64, occasion: Occasion) {
        match cut {
            Cut::Pre if occasion.beat => self.beat_begins(who, tx),
            Cut::Done => self.beat_ends(who, tx),
            Cut::Pre | Cut::Exec | Cut::Durable => {}
        }
        self.record(Some(who), What::Cut { cut, tx: tx.tx_type.name, n, serial: tx.serial });
        let moment = Moment::Cut(who.tablet, cut, tx.tx_type.name, n);
        self.meet(&moment);
        self.passed(&moment);
    }

    fn wire(&mut self, who: Who, tx: Option<TxRef>, wire: Wire) {
        let owner = Owner::Tablet(who);
        if let Wire::Timer(delay_us, class, parcel) = wire {
            return self.arm(who, tx, delay_us, class, parcel);
        }
        self.not_quiet(who, tx);
        match wire {
            Wire::Connect(client, tablet) => self.ask_connect(owner, client, tablet),
            Wire::RetryAfter(client, delay_us) => self.push_work(delay_us, Event::Retry(owner, client)),
            Wire::Transmit(client, parcel) => self.transmit(owner, client, parcel),
            Wire::Reply(server, parcel) => self.reply(who, server, parcel),
            Wire::Disconnect(client) => self.disconnect(owner, client),
            Wire::Hive(request) => self.ask_hive(who, request),
            Wire::Timer(..) => unreachable!("timers are armed above"),
        }
    }

    fn ask_hive(&mut self, who: Who, request: HiveRequest) {
        let (subject, what) = match request {
            HiveRequest::CreateTablet { tablet, .. } => (tablet, What::AskedCreate(tablet)),
            HiveRequest::DeleteTablet { tablet } => (tablet, What::AskedDelete(tablet)),
        };
        self.record(Some(who), what);
        let stream = self.stream("hive").number(who.tablet.0).number(subject.0);
        self.push_work(stream.draw(self.options.latencies.message_us), Event::Hive(who, request));
    }

    fn panicked(&mut self, who: Who, sentence: String) {
        self.record(Some(who), What::Panicked(sentence.as_str().into()));
        self.kill(who, Fate::Lost, Keep::None);
        let Who { tablet, generation } = who;
        self.outbox.push_back(Step::Panicked { tablet, generation, sentence });
    }

    pub(super) fn push_work(&mut self, delay_us: u64, event: Event) {
        self.push(delay_us, Class::Work, event);
    }
}
