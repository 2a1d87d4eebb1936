//! The transaction pipeline of one incarnation of a tablet. YDB: the flat executor.
//!
//! ```text
//!   event ─> receive ─> pre │ execute ─> exec │ log ... durable │ complete ─> done │
//!                           └ cuts: a reboot can strike at each ┘                  ┘
//! ```
//!
//! A commit takes time: later transactions execute on top of the not yet durable state.
//! One that wrote waits for its own commit; one that only read waits for the newest
//! commit before it, and, if it speaks, for the log to confirm that this generation is
//! still the newest (YDB's read-only lease), asked after it executed. Completion runs in
//! the order of execution, which a queue drained from the front gives.
//!
//! The executor owns tablet, tables and pipe clients as plain fields. Its only way out
//! is the [`Port`] that the host passes in.
//!
//! Left out: transactions that restart for want of memory or pages; priorities.

mod port;
mod spans;
mod tally;

pub use port::{Cut, Delivery, Flow, Port, TxRef, Wire};
pub use tally::TxCounters;

use crate::counters::{Aside, Counter};
use crate::ids::{ClientId, Commit, OperationId, Steady};
use crate::local_db::{Schema, Txn};
use crate::message::Parcel;
use crate::pipe::{PipeClients, PipeNews, PipeNotice};
use crate::quirk::Quirk;
use crate::side_effects::{Effect, SideEffects};
use crate::tablet::{BootInfo, Event, Tablet, Transaction, Via, Wait};
use std::collections::VecDeque;
use std::sync::Arc;
use tally::Tally;

/// Redo bytes after which a snapshot is taken, at least.
const SNAPSHOT_AT_BYTES: usize = 64 * 1024;

#[derive(Clone, Debug, Hash)]
struct Executed<Tx> {
    tx: Tx,
    tx_ref: TxRef,
    wrote: bool,
    needs: Commit,
    ticket: Option<u64>,
    at: Aside<Steady>,
}

/// One incarnation of a tablet.
///
/// * `queue` holds what is executed and not completed, in order of execution.
/// * `tables` are ahead of the log by the commits in `(durable, logged]`.
#[derive(Clone, Hash)]
pub struct Executor<T: Tablet> {
    info: BootInfo,
    config: T::Config,
    tables: T::Schema,
    tablet: Option<T>,
    early: Vec<Delivery>,
    clients: PipeClients,
    queue: VecDeque<Executed<T::Tx>>,
    tally: Aside<Tally>,
    serial: u64,
    logged: Commit,
    durable: Commit,
    asked: u64,
    confirmed: u64,
    redo_bytes: usize,
    snapshot_bytes: usize,
    stopped: bool,
}

impl<T: Tablet> Executor<T> {
    /// An incarnation that has not booted: everything waits for [`Delivery::Boot`].
    pub fn new(info: BootInfo, config: T::Config) -> Self {
        Executor::with_tables(info, config, T::Schema::default())
    }

    fn with_tables(info: BootInfo, config: T::Config, tables: T::Schema) -> Self {
        Executor {
            info,
            config,
            tables,
            tablet: None,
            early: Vec::new(),
            clients: PipeClients::default(),
            queue: VecDeque::new(),
            tally: Aside::default(),
            serial: 0,
            logged: Commit(0),
            durable: Commit(0),
            asked: 0,
            confirmed: 0,
            redo_bytes: 0,
            snapshot_bytes: 0,
            stopped: false,
        }
    }

    /// An incarnation that has booted from these tables, as from a disk that holds nothing else.
    pub fn of_tables(info: BootInfo, config: T::Config, tables: T::Schema, port: &mut impl Port) -> Self {
        let mut executor = Executor::with_tables(info, config, tables);
        executor.wake(0, port);
        executor
    }

    /// Which incarnation this is.
    pub fn info(&self) -> BootInfo {
        self.info
    }

    /// The settings it booted with, or was given since.
    pub fn config(&self) -> &T::Config {
        &self.config
    }

    /// The tables as executed, which may be ahead of the log.
    pub fn tables(&self) -> &T::Schema {
        &self.tables
    }

    /// The tablet, once booted.
    pub fn tablet(&self) -> Option<&T> {
        self.tablet.as_ref()
    }

    /// The newest commit handed to the log.
    pub fn logged(&self) -> Commit {
        self.logged
    }

    /// Whether everything executed is completed.
    pub fn is_idle(&self) -> bool {
        self.queue.is_empty()
    }

    /// How many pipe clients are open.
    pub fn pipe_clients(&self) -> usize {
        self.clients.len()
    }

    /// What unfinished operations wait for.
    pub fn waits(&self) -> Vec<Wait> {
        self.tablet.as_ref().map_or_else(Vec::new, |tablet| tablet.waits(&self.tables))
    }

    /// What it has counted since it began to boot, and what its tablet has.
    pub fn counters(&self) -> Vec<Counter> {
        let mut counters = self.tally.list();
        counters.extend(self.tablet.iter().flat_map(|tablet| tablet.counters(&self.tables)));
        counters
    }

    /// Takes one delivery, and everything that follows from it at once.
    pub fn deliver(&mut self, delivery: Delivery, port: &mut impl Port) {
        if self.stopped {
            return;
        }
        match delivery {
            Delivery::Boot { snapshot, tail } => self.boot(snapshot, &tail, port),
            Delivery::Logged(commit) => self.commit_is_durable(commit),
            Delivery::Confirmed(ticket) => self.confirmed = self.confirmed.max(ticket),
            Delivery::Fenced => {
                spans::incarnation(self.info).in_scope(|| tracing::debug!("fenced"));
                self.stopped = true;
            }
            other if self.tablet.is_none() => self.early.push(other),
            Delivery::Pipe(client, news) => self.pipe_news(client, news, port),
            Delivery::Message(via, parcel) => self.message(via, &parcel, port),
            Delivery::ServerDisconnected(server) => self.event(Event::ServerDisconnected(server), port),
            Delivery::Timer(parcel) => {
                let private = parcel.open().expect("a tablet can read the timers it armed itself");
                self.event(Event::Private(private), port);
            }
            Delivery::Hive(answer) => self.event(Event::Hive(answer), port),
            Delivery::Reconfigure(bytes) => {
                self.config = crate::message::unpack(&bytes).expect("settings are encoded by the host as Config");
                self.event(Event::Reconfigured(self.config.clone()), port);
            }
        }
        self.drain(port);
    }

    fn boot(&mut self, snapshot: Option<Arc<[u8]>>, tail: &[Arc<[u8]>], port: &mut impl Port) {
        assert!(self.tablet.is_none(), "an incarnation boots once");
        if let Some(image) = snapshot {
            self.tables = crate::message::unpack(&image).expect("a snapshot is read by the schema that wrote it");
            self.snapshot_bytes = image.len();
        }
        for record in tail {
            self.tables.redo(record).expect("a redo record is read by the schema that wrote it");
            self.redo_bytes += record.len();
        }
        self.wake(tail.len(), port);
    }

    /// Boots from the tables that were read.
    fn wake(&mut self, records: usize, port: &mut impl Port) {
        let (tablet, resume) = spans::incarnation(self.info).in_scope(|| {
            tracing::debug!(records, "boots");
            T::boot(self.info, &self.config, &self.tables)
        });
        self.tablet = Some(tablet);
        for tx in resume {
            self.run(tx, port);
        }
        for delivery in std::mem::take(&mut self.early) {
            self.deliver(delivery, port);
        }
    }

    fn commit_is_durable(&mut self, commit: Commit) {
        assert!(commit <= self.logged, "the log confirms only what was written: {commit}, last {}", self.logged);
        assert!(commit > self.durable, "the log confirms each commit once and in order: {commit}");
        self.durable = commit;
    }

    fn message(&mut self, via: Via, parcel: &Parcel, port: &mut impl Port) {
        if let Via::Client(client) = via
            && !self.clients.is_open(client)
        {
            return;
        }
        match parcel.open() {
            Ok(message) => self.event(Event::Message(via, message), port),
            Err(error) => {
                spans::incarnation(self.info).in_scope(|| tracing::warn!(kind = parcel.kind, %error, "dropped"))
            }
        }
    }

    fn pipe_news(&mut self, client: ClientId, news: PipeNews, port: &mut impl Port) {
        for notice in self.clients.news(client, news) {
            self.pipe_notice(None, notice, port);
        }
    }

    fn pipe_notice(&mut self, tx: Option<TxRef>, notice: PipeNotice, port: &mut impl Port) {
        match notice {
            PipeNotice::Connect(client, tablet) => port.wire(tx, Wire::Connect(client, tablet)),
            PipeNotice::RetryAfter(client, delay_us) => port.wire(tx, Wire::RetryAfter(client, delay_us)),
            PipeNotice::Transmit(client, parcel) => port.wire(tx, Wire::Transmit(client, parcel)),
            PipeNotice::Disconnect(client) => port.wire(tx, Wire::Disconnect(client)),
            PipeNotice::Connected(client) => self.event(Event::ClientConnected(client), port),
            PipeNotice::Destroyed(client, end) => self.event(Event::ClientDestroyed(client, end), port),
        }
    }

    fn event(&mut self, event: Event<T>, port: &mut impl Port) {
        if self.stopped {
            return;
        }
        let tablet = self.tablet.as_ref().expect("events wait until the tablet has booted");
        if let Some(tx) = spans::incarnation(self.info).in_scope(|| tablet.receive(event)) {
            self.run(tx, port);
        }
    }

    /// Executes one transaction and hands its redo record to the log.
    fn run(&mut self, mut tx: T::Tx, port: &mut impl Port) {
        if self.stopped {
            return;
        }
        self.serial += 1;
        let tx_ref = TxRef { tx_type: tx.tx_type(), serial: self.serial };
        if self.stops(port.at(Cut::Pre, tx_ref)) {
            return;
        }
        let at = Aside(port.steady());
        let redo = self.execute(&mut tx, tx_ref, port);
        self.tally.of(tx_ref.tx_type).executed += 1;
        let wrote = redo.is_some();
        if let Some(redo) = redo {
            self.write(tx_ref, tx.operation(), redo, port);
            if self.stopped {
                return;
            }
        }
        let ticket = (!wrote && tx.speaks()).then(|| {
            self.asked += 1;
            port.confirm(self.asked);
            self.asked
        });
        let needs = if self.info.quirks.has(Quirk::EarlySend) { self.durable } else { self.logged };
        self.queue.push_back(Executed { tx, tx_ref, wrote, needs, ticket, at });
        self.drain(port);
    }

    fn execute(&mut self, tx: &mut T::Tx, tx_ref: TxRef, port: &mut impl Port) -> Option<Vec<u8>> {
        let span = spans::transaction(self.info, "execute", tx_ref, tx.operation());
        let _entered = span.enter();
        let tablet = self.tablet.as_mut().expect("transactions run on a booted tablet");
        let mut txn = Txn::new(&mut self.tables, port.steady(), port.wall());
        tx.execute(tablet, &mut txn);
        let redo = txn.into_redo();
        tracing::trace!(bytes = redo.as_ref().map_or(0, Vec::len), "executed");
        redo
    }

    fn write(&mut self, tx_ref: TxRef, operation: Option<OperationId>, redo: Vec<u8>, port: &mut impl Port) {
        self.logged = Commit(self.logged.0 + 1);
        self.redo_bytes += redo.len();
        port.executed(tx_ref, operation, self);
        port.log(self.logged, tx_ref, redo);
        if self.stops(port.at(Cut::Exec, tx_ref)) {
            return;
        }
        if self.redo_bytes > SNAPSHOT_AT_BYTES.max(2 * self.snapshot_bytes) {
            let image = self.tables.snapshot();
            self.snapshot_bytes = image.len();
            self.redo_bytes = 0;
            port.snapshot(self.logged, image);
        }
    }

    /// Completes from the front all that waits for nothing any more.
    fn drain(&mut self, port: &mut impl Port) {
        while let Some(front) = self.queue.front()
            && front.needs <= self.durable
            && front.ticket.is_none_or(|ticket| ticket <= self.confirmed)
        {
            let executed = self.queue.pop_front().expect("the queue has a front");
            self.complete(executed, port);
            if self.stopped {
                return;
            }
        }
    }

    fn complete(&mut self, executed: Executed<T::Tx>, port: &mut impl Port) {
        let Executed { tx, tx_ref, wrote, ticket, at, .. } = executed;
        let counters = self.tally.of(tx_ref.tx_type);
        counters.committed += u64::from(wrote);
        if wrote && self.stops(port.at(Cut::Durable, tx_ref)) {
            return;
        }
        let mut effects = SideEffects::default();
        {
            let span = spans::transaction(self.info, "complete", tx_ref, tx.operation());
            let _entered = span.enter();
            let tablet = self.tablet.as_mut().expect("transactions run on a booted tablet");
            tx.complete(tablet, &mut effects);
            tracing::trace!("completed");
        }
        let counters = self.tally.of(tx_ref.tx_type);
        counters.completed += 1;
        counters.time_us += port.steady().0 - at.0.0;
        let effects = effects.into_effects();
        assert!(
            wrote
                || ticket.is_some()
                || effects.iter().all(|effect| !matches!(effect, Effect::Reply(..) | Effect::Send(..))),
            "{} said that it does not speak, and spoke",
            tx_ref.tx_type
        );
        for effect in effects {
            self.effect(tx_ref, effect, port);
        }
        self.stops(port.at(Cut::Done, tx_ref));
    }

    fn effect(&mut self, tx: TxRef, effect: Effect, port: &mut impl Port) {
        let notice = match effect {
            Effect::Open(client, tablet, policy) => Some(self.clients.open(client, tablet, policy)),
            Effect::Send(client, parcel) => self.clients.send(client, parcel),
            Effect::Close(client) => self.clients.close(client),
            Effect::Reply(server, parcel) => return port.wire(Some(tx), Wire::Reply(server, parcel)),
            Effect::Timer(delay_us, class, parcel) => {
                return port.wire(Some(tx), Wire::Timer(delay_us, class, parcel));
            }
            Effect::Hive(request) => return port.wire(Some(tx), Wire::Hive(request)),
        };
        if let Some(notice) = notice {
            self.pipe_notice(Some(tx), notice, port);
        }
    }

    fn stops(&mut self, flow: Flow) -> bool {
        self.stopped |= flow == Flow::Stop;
        self.stopped
    }
}
