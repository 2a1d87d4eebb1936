//! A story as columns of numbers and a table of texts.
//!
//! -1 stands for "none". A column is written in [letters](super::letters); numbers that never
//! fall as the distance to the one before, which packs well. Texts that follow from something
//! else are left out: the page makes those of cuts, of rows, and of messages that arrive.

use crate::story::{Incarnation, Index, Story};
use crate::view::letters::letters;
use crate::view::memory::{Memory, Remembered};
use serde_json::{Value, json};
use std::collections::BTreeMap;

/// The data of one run, as `run.js` reads it.
pub(super) fn columns(story: &Story, memory: &Memory) -> Value {
    let mut texts = Texts::default();
    let facts = facts(story, &mut texts);
    let (messages, again) = messages(story, &mut texts);
    let (writes, changes) = writes(story, &mut texts);
    let notices: Vec<Vec<usize>> = with_place(story.connections.iter().map(|connection| &connection.notices));
    let mut run = json!({
        "input": story.input,
        "counts": story.counts,
        "lanes": story.lanes.iter().map(|lane| json!([lane.name, lane.kind, lane.holds])).collect::<Vec<_>>(),
        "facts": facts,
        "messages": messages,
        "again": again,
        "writes": writes,
        "changes": changes,
        "transactions": transactions(story, &mut texts),
        "timers": timers(story, &mut texts),
        "connections": connections(story),
        "notices": notices,
        "incarnations": incarnations(story),
        "objections": story.objections,
        "notes": story.notes,
    });
    run["kinds"] = json!(kinds(story));
    run["operations"] = story.operations.iter().map(|of| json!([of.id, texts.place(&of.name)])).collect();
    run["faults"] = story.faults.iter().map(|of| json!([of.at, texts.place(&of.text), none(of.receipt)])).collect();
    run["zones"] = story.zones.iter().map(|zone| json!([zone.begun, none(zone.ended)])).collect();
    run["memory"] = remembered(story, memory, &mut texts);
    run["strings"] = json!(texts.all);
    run
}

/// Every text once.
#[derive(Default)]
struct Texts<'a> {
    all: Vec<&'a str>,
    places: BTreeMap<&'a str, usize>,
}

impl<'a> Texts<'a> {
    fn place(&mut self, text: &'a str) -> usize {
        *self.places.entry(text).or_insert_with(|| {
            self.all.push(text);
            self.all.len() - 1
        })
    }
}

fn none(index: Option<Index>) -> i64 {
    index.map_or(-1, |index| i64::try_from(index).expect("indices are small"))
}

fn column<T, N: TryInto<i64>>(things: &[T], value: impl FnMut(&T) -> N) -> String {
    letters(things.iter().map(value))
}

/// Each number as the distance to the one before.
fn distances(numbers: impl Iterator<Item = u64>) -> String {
    let mut last = 0;
    letters(numbers.map(|number| number - std::mem::replace(&mut last, number)))
}

/// The lists that are not empty, each behind its place.
fn with_place<'a>(lists: impl Iterator<Item = &'a Vec<Index>>) -> Vec<Vec<usize>> {
    let full = lists.enumerate().filter(|(_, list)| !list.is_empty());
    full.map(|(place, list)| std::iter::once(place).chain(list.iter().copied()).collect()).collect()
}

/// Which sorts of facts there are.
fn kinds(story: &Story) -> Vec<&'static str> {
    let mut kinds: Vec<&str> = story.facts.iter().map(|fact| fact.kind).collect();
    kinds.sort_unstable();
    kinds.dedup();
    kinds
}

fn facts<'a>(story: &'a Story, texts: &mut Texts<'a>) -> Value {
    let facts = &story.facts;
    let kinds = kinds(story);
    let follows = |kind: &str| matches!(kind, "sent" | "delivered" | "lost" | "cut" | "durable");
    let text = letters(facts.iter().map(|fact| match fact.texts.first() {
        Some(text) if !follows(fact.kind) => none(Some(texts.place(text))),
        _ => -1,
    }));
    json!({
        "step": distances(facts.iter().map(|fact| fact.step)),
        "at": distances(facts.iter().map(|fact| fact.at_us)),
        "cause": column(facts, |fact| fact.step - fact.cause),
        "lane": column(facts, |fact| none(fact.lane)),
        "generation": column(facts, |fact| fact.generation),
        "kind": column(facts, |fact| kinds.binary_search(&fact.kind).expect("every kind is listed")),
        "text": text,
        "transaction": column(facts, |fact| none(fact.transaction)),
        "operation": column(facts, |fact| fact.operation.map_or(-1, |operation| operation as i64)),
    })
}

/// The messages, and those that arrived more than once.
fn messages<'a>(story: &'a Story, texts: &mut Texts<'a>) -> (Value, Vec<Vec<usize>>) {
    let all = &story.messages;
    let text = letters(all.iter().map(|message| texts.place(&message.text)));
    let kind = letters(all.iter().map(|message| texts.place(message.kind)));
    let value = json!({
        "from": column(all, |message| message.from),
        "to": column(all, |message| message.to),
        "reply": column(all, |message| u8::from(message.reply)),
        "kind": kind,
        "n": column(all, |message| message.n),
        "text": text,
        "connection": column(all, |message| message.connection),
        "sent": column(all, |message| message.sent),
        "delivered": column(all, |message| none(message.delivered.first().copied())),
        "lost": column(all, |message| none(message.lost)),
        "operation": column(all, |message| message.operation.map_or(-1, |operation| operation as i64)),
    });
    let again: Vec<Vec<Index>> =
        all.iter().map(|message| message.delivered.iter().skip(1).copied().collect()).collect();
    (value, with_place(again.iter()))
}

/// The writes, and the rows that each changes: how many, and row and value by turns.
fn writes<'a>(story: &'a Story, texts: &mut Texts<'a>) -> (Value, Value) {
    let all = &story.writes;
    let value = json!({
        "lane": column(all, |write| write.lane),
        "commit": column(all, |write| write.commit),
        "bytes": column(all, |write| write.bytes),
        "logged": column(all, |write| write.logged),
        "durable": column(all, |write| none(write.durable)),
        "lost": column(all, |write| none(write.lost)),
    });
    let mut flat = Vec::new();
    for change in all.iter().flat_map(|write| &write.changes) {
        flat.push(none(Some(texts.place(&change.row))));
        flat.push(change.value.as_deref().map_or(-1, |value| none(Some(texts.place(value)))));
    }
    let changes = json!({ "many": column(all, |write| write.changes.len()), "flat": letters(flat) });
    (value, changes)
}

fn transactions<'a>(story: &'a Story, texts: &mut Texts<'a>) -> Value {
    let all = &story.transactions;
    let tx = letters(all.iter().map(|transaction| texts.place(transaction.tx)));
    let cut = |name: &str| {
        column(all, |transaction| none(transaction.cuts.iter().find(|cut| cut.cut == name).map(|cut| cut.at)))
    };
    json!({
        "lane": column(all, |transaction| transaction.lane),
        "generation": column(all, |transaction| transaction.generation),
        "tx": tx,
        "n": column(all, |transaction| transaction.n),
        "pre": cut("pre"),
        "exec": cut("exec"),
        "durable": cut("durable"),
        "done": cut("done"),
        "aborted": column(all, |transaction| none(transaction.aborted)),
        "write": column(all, |transaction| none(transaction.write)),
        "operation": column(all, |transaction| transaction.operation.map_or(-1, |operation| operation as i64)),
    })
}

fn timers<'a>(story: &'a Story, texts: &mut Texts<'a>) -> Value {
    let all = &story.timers;
    let text = letters(all.iter().map(|timer| texts.place(&timer.text)));
    let class = letters(all.iter().map(|timer| texts.place(timer.class)));
    json!({
        "lane": column(all, |timer| timer.lane),
        "generation": column(all, |timer| timer.generation),
        "class": class,
        "text": text,
        "armed": column(all, |timer| none(timer.armed)),
        "delay": column(all, |timer| timer.delay_us),
        "fired": column(all, |timer| none(timer.fired)),
    })
}

fn connections(story: &Story) -> Value {
    let all = &story.connections;
    json!({
        "from": column(all, |connection| connection.from),
        "to": column(all, |connection| connection.to),
        "n": column(all, |connection| connection.n),
        "connecting": column(all, |connection| none(connection.connecting)),
        "connected": column(all, |connection| none(connection.connected)),
        "refused": column(all, |connection| none(connection.refused)),
        "broken": column(all, |connection| none(connection.broken)),
        "closed": column(all, |connection| none(connection.closed)),
    })
}

fn incarnations(story: &Story) -> Vec<Value> {
    let incarnation = |one: &Incarnation| {
        let (started, booted, stopped) = (one.started, none(one.booted), none(one.stopped));
        json!([one.lane, one.generation, one.node, started, booted, stopped, one.writes_lost])
    };
    story.incarnations.iter().map(incarnation).collect()
}

/// What tablets remember: from which step on, who, which part, and what.
fn remembered<'a>(story: &'a Story, memory: &'a Memory, texts: &mut Texts<'a>) -> Value {
    let lanes: BTreeMap<&str, usize> =
        story.lanes.iter().enumerate().map(|(place, lane)| (lane.name.as_str(), place)).collect();
    let place = |of: &Remembered| lanes.get(of.tablet.to_string().as_str()).copied();
    let Memory { changes, until } = memory;
    json!({
        "until": until,
        "step": distances(changes.iter().map(|of| of.step)),
        "lane": column(changes, |of| none(place(of))),
        "part": column(changes, |of| texts.place(of.part)),
        "value": letters(changes.iter().map(|of| texts.place(&of.value))),
    })
}
