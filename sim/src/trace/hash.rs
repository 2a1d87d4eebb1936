//! The trace hash: one number that two runs share exactly if their records are the same.
//!
//! Every record is fed as canonical bytes: fixed-width little-endian numbers, texts with
//! their length, a number for each kind of fact. So the hash is the same in debug and
//! release builds and on every machine; it changes when a fact gets another shape. The input
//! comes in last, so that a run under another schedule can go on from a copy of this one.

use crate::trace::by_name::{self, CLASSES, CUTS, REFUSALS};
use crate::trace::{Link, Mail, Record, What};
use crate::world::Endpoint;
use std::fmt;
use tablets::message::Parcel;
use xxhash_rust::xxh3::{Xxh3, xxh3_64, xxh3_64_with_seed};

/// Bytes of records that are hashed at once.
const PIECE: usize = 1024;

/// The hash of the records so far.
#[derive(Clone, Default)]
pub struct TraceHash {
    /// Of the first record, the run's input.
    input: u64,
    /// Of all others.
    rest: Xxh3,
    /// What `rest` has not taken yet.
    waiting: Vec<u8>,
}

impl fmt::Debug for TraceHash {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:016x}", self.value())
    }
}

impl TraceHash {
    /// Takes one more record. Objections do not count: an oracle watches a run, it is no part of it.
    pub fn add(&mut self, record: &Record) {
        if matches!(record.what, What::Objected(..)) {
            return;
        }
        if let What::Input(_) = record.what {
            let mut input = Vec::new();
            canonical(&mut input, record);
            self.input = xxh3_64(&input);
            return;
        }
        canonical(&mut self.waiting, record);
        if self.waiting.len() >= PIECE {
            self.rest.update(&self.waiting);
            self.waiting.clear();
        }
    }

    /// The hash of everything taken.
    pub fn value(&self) -> u64 {
        let mut rest = self.rest.clone();
        rest.update(&self.waiting);
        xxh3_64_with_seed(&rest.digest().to_le_bytes(), self.input)
    }
}

fn canonical(out: &mut Vec<u8>, record: &Record) {
    let tablet = record.tablet.map_or(u64::MAX, |tablet| tablet.0);
    numbers(out, [record.step, record.at.0, tablet, u64::from(record.generation.0), record.cause]);
    fact(out, &record.what);
}

fn numbers<const N: usize>(out: &mut Vec<u8>, all: [u64; N]) {
    out.extend_from_slice(all.map(u64::to_le_bytes).as_flattened());
}

fn tagged<const N: usize>(out: &mut Vec<u8>, tag: u8, all: [u64; N]) {
    out.push(tag);
    numbers(out, all);
}

fn bytes(out: &mut Vec<u8>, bytes: &[u8]) {
    numbers(out, [bytes.len() as u64]);
    out.extend_from_slice(bytes);
}

fn texts(out: &mut Vec<u8>, tag: u8, all: &[&str]) {
    out.push(tag);
    all.iter().for_each(|one| bytes(out, one.as_bytes()));
}

fn parcel(out: &mut Vec<u8>, parcel: &Parcel) {
    bytes(out, parcel.kind.as_bytes());
    bytes(out, &parcel.bytes);
}

fn endpoint(out: &mut Vec<u8>, endpoint: Endpoint) {
    match endpoint {
        Endpoint::Tablet(tablet) => tagged(out, 0, [tablet.0]),
        Endpoint::Edge(edge) => tagged(out, 1, [u64::from(edge.0)]),
    }
}

fn mail(out: &mut Vec<u8>, tag: u8, mail: &Mail) {
    tagged(out, tag, [mail.connection, u64::from(mail.reply), mail.n]);
    endpoint(out, mail.from);
    endpoint(out, mail.to);
    parcel(out, &mail.parcel);
}

fn link(out: &mut Vec<u8>, tag: u8, link: &Link) {
    tagged(out, tag, [link.connection, link.to.0, link.n]);
    endpoint(out, link.from);
}

fn fact(out: &mut Vec<u8>, what: &What) {
    match what {
        What::Input(text) => texts(out, 1, &[text]),
        What::Note(text) => texts(out, 2, &[text]),
        What::ZoneBegun => out.push(3),
        What::ZoneEnded => out.push(4),
        What::Created(kind) => texts(out, 5, &[kind]),
        What::Deleted => out.push(6),
        What::Started(node) => tagged(out, 7, [u64::from(node.0)]),
        What::Booted { snapshot, records } => tagged(out, 8, [*snapshot, *records]),
        What::Cut { cut, tx, n, serial } => {
            texts(out, 9, &[by_name::name(CUTS, *cut), tx]);
            tagged(out, 0, [*n, *serial]);
        }
        What::Logged { commit, tx, redo } => {
            texts(out, 10, &[tx]);
            tagged(out, 0, [commit.0]);
            bytes(out, redo);
        }
        What::Durable { commit, redo } => {
            tagged(out, 11, [commit.0]);
            bytes(out, redo);
        }
        What::Snapshot { commit, bytes } => tagged(out, 12, [commit.0, *bytes]),
        What::Confirmed(ticket) => tagged(out, 13, [*ticket]),
        What::Fenced => out.push(14),
        What::Connecting(of) => link(out, 15, of),
        What::Connected(of) => link(out, 16, of),
        What::Refused { link: of, refusal } => {
            link(out, 17, of);
            texts(out, 0, &[by_name::name(REFUSALS, *refusal)]);
        }
        What::Broken(of) => link(out, 18, of),
        What::Closed(of) => link(out, 34, of),
        What::Notice(of) => link(out, 19, of),
        What::Sent(of) => mail(out, 20, of),
        What::Delivered(of) => mail(out, 21, of),
        What::Lost(of) => mail(out, 22, of),
        What::Armed { class, delay_us, parcel: brought } => {
            texts(out, 23, &[by_name::name(CLASSES, *class)]);
            numbers(out, [*delay_us]);
            parcel(out, brought);
        }
        What::Fired { class, parcel: brought } => {
            texts(out, 24, &[by_name::name(CLASSES, *class)]);
            parcel(out, brought);
        }
        What::AskedCreate(tablet) => tagged(out, 25, [tablet.0]),
        What::AskedDelete(tablet) => tagged(out, 26, [tablet.0]),
        What::HiveAnswered(tablet) => tagged(out, 27, [tablet.0]),
        What::Reconfigured => out.push(28),
        What::Fault(text) => texts(out, 29, &[text]),
        What::Receipt(text) => texts(out, 30, &[text]),
        What::Stopped { writes_lost } => tagged(out, 31, [*writes_lost]),
        What::Panicked(sentence) => texts(out, 32, &[sentence]),
        What::EdgeTimer(of, token) => {
            tagged(out, 33, [*token]);
            endpoint(out, *of);
        }
        What::Objected(..) => {}
    }
}
