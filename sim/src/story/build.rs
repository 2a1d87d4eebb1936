//! The pass over the records.

use crate::story::causes;
use crate::story::model::{Change, CutAt, Fact, Incarnation, Index, Lane, Story, Timer, Write, Zone};
use crate::story::operations::{self, named};
use crate::story::pairs::{self, Ending, Pairs};
use crate::story::places;
use crate::story::transactions::{Transactions, Who};
use crate::trace::by_name::{CLASSES, CUTS, name};
use crate::trace::{Detail, Link, Record, Text, Trace, What, is_detail};
use crate::world::{Endpoint, Types};
use std::collections::{BTreeMap, BTreeSet};
use tablets::ids::{NodeId, TabletId};
use tablets::message::Kind;

impl Story {
    /// The story of a trace, whose messages and rows these types read.
    pub fn of(trace: &Trace, types: &Types) -> Story {
        let (lanes, places) = lanes(trace);
        let story = Story { lanes, ..Story::default() };
        let mut build = Build { story, places, ..Build::default() };
        let mut text = Text::new(types, Detail::All);
        for record in trace.records() {
            build.record(record, &mut text);
        }
        let mut story = build.story;
        operations::find(&mut story);
        causes::find(&mut story);
        if !story.facts.iter().any(|fact| fact.kind.starts_with("zone")) && !story.facts.is_empty() {
            story.zones.push(Zone { begun: 0, ended: None });
        }
        count(&mut story);
        story
    }
}

/// A story under construction.
#[derive(Default)]
struct Build {
    story: Story,
    places: BTreeMap<Endpoint, usize>,
    incarnations: BTreeMap<Who, usize>,
    transactions: Transactions,
    pairs: Pairs,
}

impl Build {
    fn record(&mut self, record: &Record, text: &mut Text<'_>) {
        let index = self.story.facts.len();
        let facts = text.facts(record);
        let lane = endpoint(record).and_then(|endpoint| self.places.get(&endpoint).copied());
        let mark = facts.first().map_or(crate::trace::Mark::Plain, |(mark, _)| *mark);
        let texts: Vec<String> = facts.into_iter().map(|(_, text)| text).collect();
        let generation = record.generation.0;
        self.story.facts.push(Fact {
            step: record.step,
            at_us: record.at.0,
            lane,
            generation,
            cause: record.cause,
            kind: kind(&record.what),
            mark,
            detail: is_detail(&record.what),
            operation: texts.iter().find_map(|text| named(text)),
            texts,
            transaction: None,
            because: None,
        });
        self.run(&record.what, index);
        self.network(&record.what, index);
        if let Some(who) = lane.filter(|_| record.tablet.is_some()).map(|lane| (lane, generation)) {
            if !matches!(record.what, What::Cut { .. }) {
                self.transactions.part(who, record.step, index);
            }
            self.life(&record.what, who, index);
            self.work(&record.what, who, index);
        }
    }

    /// What concerns the run as a whole.
    fn run(&mut self, what: &What, at: Index) {
        let story = &mut self.story;
        match what {
            What::Input(text) => story.input = text.to_string(),
            What::Note(_) => story.notes.push(at),
            What::Fault(text) => pairs::fault(story, at, text),
            What::Receipt(_) => pairs::receipt(story, at),
            What::Objected(..) | What::Panicked(_) => story.objections.push(at),
            What::ZoneBegun => story.zones.push(Zone { begun: at, ended: None }),
            What::ZoneEnded => story.zones.iter_mut().for_each(|zone| zone.ended = zone.ended.or(Some(at))),
            _ => {}
        }
    }

    /// How an incarnation lives.
    fn life(&mut self, what: &What, who: Who, at: Index) {
        let story = &mut self.story;
        let (lane, generation) = who;
        let incarnation = self.incarnations.get(&who).map(|of| &mut story.incarnations[*of]);
        match (what, incarnation) {
            (What::Created(_), _) => story.lanes[lane].created = Some(at),
            (What::Deleted, _) => story.lanes[lane].deleted = Some(at),
            (What::Started(NodeId(node)), _) => {
                self.incarnations.insert(who, story.incarnations.len());
                let (booted, stopped, writes_lost, started, node) = (None, None, 0, at, *node);
                let new = Incarnation { lane, generation, node, started, booted, stopped, writes_lost };
                story.incarnations.push(new);
            }
            (What::Booted { .. }, Some(incarnation)) => incarnation.booted = Some(at),
            (What::Stopped { writes_lost }, Some(incarnation)) => {
                (incarnation.stopped, incarnation.writes_lost) = (Some(at), *writes_lost);
                self.transactions.stopped(story, who, at);
            }
            _ => {}
        }
    }

    /// What an incarnation does.
    fn work(&mut self, what: &What, who: Who, at: Index) {
        let story = &mut self.story;
        let (lane, generation) = who;
        let text = story.fact(at).texts.first().cloned().unwrap_or_default();
        match what {
            What::Cut { cut, tx, n, serial } => {
                self.transactions.cut(story, who, (tx, *n, *serial), CutAt { cut: name(CUTS, *cut), at });
            }
            What::Logged { commit, redo, .. } => {
                let (commit, bytes, logged, changes) = (commit.0, redo.len(), at, Vec::new());
                let write = Write { lane, generation, commit, bytes, logged, durable: None, lost: None, changes };
                self.transactions.logged(story, who, write);
            }
            What::Durable { commit, .. } => {
                let changes = story.fact(at).texts.iter().map(|text| change(text)).collect();
                if let Some(write) = self.transactions.durable(story, who, commit.0, at) {
                    story.writes[write].changes = changes;
                }
            }
            What::Armed { class, delay_us, parcel } => {
                let (class, armed, delay_us) = (name(CLASSES, *class), Some(at), *delay_us);
                let timer = Timer { lane, generation, class, text, armed, delay_us, fired: None };
                self.pairs.armed(story, timer, parcel);
            }
            What::Fired { class, parcel } => {
                let (class, fired) = (name(CLASSES, *class), Some(at));
                let timer = Timer { lane, generation, class, text, armed: None, delay_us: 0, fired };
                self.pairs.fired(story, timer, parcel);
            }
            _ => {}
        }
    }

    /// What concerns messages and connections.
    fn network(&mut self, what: &What, at: Index) {
        let Build { story, places, pairs, .. } = self;
        let place = |endpoint: Endpoint| places.get(&endpoint).copied().expect("every end of a record has a lane");
        match what {
            What::Sent(mail) => pairs.sent(story, mail, (place(mail.from), place(mail.to)), at),
            What::Delivered(mail) => {
                pairs.ended(story, mail, (place(mail.from), place(mail.to)), Ending::Delivered, at);
            }
            What::Lost(mail) => pairs.ended(story, mail, (place(mail.from), place(mail.to)), Ending::Lost, at),
            _ => {
                let Some(link) = link(what) else { return };
                let connection = pairs.connection(story, link, (place(link.from), place(Endpoint::Tablet(link.to))));
                match what {
                    What::Connecting(_) => connection.connecting = Some(at),
                    What::Connected(_) => connection.connected = Some(at),
                    What::Refused { .. } => connection.refused = Some(at),
                    What::Broken(_) => connection.broken = Some(at),
                    What::Closed(_) => connection.closed = Some(at),
                    _ => connection.notices.push(at),
                }
            }
        }
    }
}

fn link(what: &What) -> Option<&Link> {
    match what {
        What::Connecting(link)
        | What::Connected(link)
        | What::Refused { link, .. }
        | What::Broken(link)
        | What::Closed(link)
        | What::Notice(link) => Some(link),
        _ => None,
    }
}

/// At whom a fact is.
fn endpoint(record: &Record) -> Option<Endpoint> {
    record.tablet.map(Endpoint::Tablet).or(match &record.what {
        What::Sent(mail) => Some(mail.from),
        What::Delivered(mail) | What::Lost(mail) => Some(mail.to),
        What::EdgeTimer(endpoint, _) => Some(*endpoint),
        what => link(what).map(|link| link.from),
    })
}

/// The lanes of all that records name, and where each is.
fn lanes(trace: &Trace) -> (Vec<Lane>, BTreeMap<Endpoint, usize>) {
    let mut ends: BTreeSet<(bool, Endpoint)> = BTreeSet::new();
    let mut kinds: BTreeMap<TabletId, Kind> = BTreeMap::new();
    for record in trace.records() {
        let mut add = |end: Endpoint| ends.insert((matches!(end, Endpoint::Tablet(_)), end));
        record.tablet.map(|tablet| add(Endpoint::Tablet(tablet)));
        match (&record.what, record.tablet) {
            (What::Sent(mail) | What::Delivered(mail) | What::Lost(mail), _) => {
                add(mail.from);
                add(mail.to);
            }
            (What::EdgeTimer(end, _), _) => _ = add(*end),
            (What::Created(kind), Some(tablet)) => _ = kinds.insert(tablet, kind),
            (what, _) => {
                if let Some(link) = link(what) {
                    add(link.from);
                    add(Endpoint::Tablet(link.to));
                }
            }
        }
    }
    let mut held = places::places(trace, &kinds);
    let lane = |(_, end): &(bool, Endpoint)| {
        let (kind, holds) = match end {
            Endpoint::Tablet(tablet) => (kinds.get(tablet).copied(), held.remove(tablet)),
            Endpoint::Edge(_) => (None, None),
        };
        Lane { name: end.to_string(), kind, holds, created: None, deleted: None }
    };
    let places = ends.iter().enumerate().map(|(place, (_, end))| (*end, place)).collect();
    (ends.iter().map(lane).collect(), places)
}

/// A line such as `LongOps[op1] = Running` or `LongOps[op1] erased`, in parts.
fn change(text: &str) -> Change {
    match text.split_once("] = ") {
        Some((row, value)) => Change { row: format!("{row}]"), value: Some(value.to_owned()) },
        None => Change { row: text.strip_suffix(" erased").unwrap_or(text).to_owned(), value: None },
    }
}

fn count(story: &mut Story) {
    let counts = &mut story.counts;
    counts.events = story.facts.last().map_or(0, |fact| fact.step);
    counts.facts = story.facts.len();
    counts.messages = story.messages.len();
    counts.losses = story.messages.iter().filter(|message| message.lost.is_some()).count();
    let started: BTreeSet<usize> = story.incarnations.iter().map(|incarnation| incarnation.lane).collect();
    counts.reboots = story.incarnations.len() - started.len();
    counts.faults = story.faults.len();
    counts.objections = story.objections.len();
}

/// Which sort of fact it is.
fn kind(what: &What) -> &'static str {
    match what {
        What::Input(_) => "input",
        What::Note(_) => "note",
        What::ZoneBegun => "zone begun",
        What::ZoneEnded => "zone ended",
        What::Created(_) => "created",
        What::Deleted => "deleted",
        What::Started(_) => "started",
        What::Booted { .. } => "booted",
        What::Cut { .. } => "cut",
        What::Logged { .. } => "logged",
        What::Durable { .. } => "durable",
        What::Snapshot { .. } => "snapshot",
        What::Confirmed(_) => "confirmed",
        What::Fenced => "fenced",
        What::Connecting(_) => "connecting",
        What::Connected(_) => "connected",
        What::Refused { .. } => "refused",
        What::Broken(_) => "broken",
        What::Closed(_) => "closed",
        What::Notice(_) => "notice",
        What::Sent(_) => "sent",
        What::Delivered(_) => "delivered",
        What::Lost(_) => "lost",
        What::Armed { .. } => "armed",
        What::Fired { .. } => "fired",
        What::AskedCreate(_) => "asked create",
        What::AskedDelete(_) => "asked delete",
        What::HiveAnswered(_) => "hive answered",
        What::Reconfigured => "reconfigured",
        What::Fault(_) => "fault",
        What::Receipt(_) => "receipt",
        What::Stopped { .. } => "stopped",
        What::Panicked(_) => "panicked",
        What::Objected(..) => "objected",
        What::EdgeTimer(..) => "edge timer",
    }
}
