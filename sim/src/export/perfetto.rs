//! Perfetto: a run along its time, as Chrome's trace events.
//!
//! A tablet is a process, a generation of it a thread. A transaction is a slice, and in it lie
//! what it does at a time: executing, waiting for the log, completing. A message is an arrow
//! from the slice that sends it to the slice that receives it; a lost one is a mark where it
//! was lost. Operations last over many transactions and tablets, so they are async slices of the
//! process `run`, as is the zone; faults are marks over everything.
//!
//! Things that happen at the same virtual time are one microsecond apart in the picture, or
//! nobody could see their order; the true time is among a slice's arguments.
//!
//! Left out: what tablets count; no record has it.

use super::perfetto_tracks::{Slice, Tracks};
use super::sentence;
use crate::story::{Fact, Index, Story};
use serde_json::{Value, json};

/// The process of what is nobody's; lanes follow.
const RUN: usize = 1;

/// The whole trace as a JSON object.
pub fn perfetto(story: &Story) -> String {
    let mut picture = Picture { story, times: times(story), tracks: Tracks::default(), events: Vec::new() };
    picture.work();
    picture.marks();
    picture.spans();
    picture.counters();
    picture.names();
    let Picture { events, .. } = picture;
    let lines: Vec<String> = events.iter().map(Value::to_string).collect();
    let counts = json!(story.counts);
    format!("{{\"otherData\":{counts},\"traceEvents\":[\n{}\n]}}\n", lines.join(",\n"))
}

/// When each fact is shown: at its time, but after the one before.
fn times(story: &Story) -> Vec<u64> {
    let mut free = 0;
    let mut time = |fact: &Fact| {
        let time = fact.at_us.max(free);
        free = time + 1;
        time
    };
    story.facts.iter().map(&mut time).collect()
}

fn process(lane: usize) -> usize {
    RUN + 1 + lane
}

struct Picture<'s> {
    story: &'s Story,
    times: Vec<u64>,
    tracks: Tracks,
    events: Vec<Value>,
}

impl Picture<'_> {
    /// Slices, and the arrows between them.
    fn work(&mut self) {
        let mut flows: Vec<Vec<(u64, &str, &str, bool)>> = vec![Vec::new(); self.story.facts.len()];
        let mut next = 1;
        for message in &self.story.messages {
            for delivered in &message.delivered {
                flows[message.sent].push((next, message.kind, "s", message.reply));
                flows[*delivered].push((next, message.kind, "f", message.reply));
                next += 1;
            }
        }
        let mut work = self.transactions();
        let alone = |index: &Index| !flows[*index].is_empty() && self.story.fact(*index).transaction.is_none();
        let alone: Vec<Index> = (0..flows.len()).filter(alone).collect();
        work.extend(alone.into_iter().map(|index| (vec![index], None)));
        work.sort_by_key(|(facts, _)| facts[0]);
        for (facts, transaction) in work {
            let (first, last) = (facts[0], *facts.last().expect("a slice has a fact"));
            let end = transaction.and_then(|of| self.story.transactions[of].aborted).unwrap_or(last);
            let fact = self.story.fact(first);
            let Some(lane) = fact.lane else { continue };
            let slice = Slice { lane, generation: fact.generation, from: self.times[first], to: self.times[end] + 1 };
            let track = self.tracks.place(&slice);
            self.slice(&slice, track, first, transaction);
            for index in facts {
                for (id, kind, phase, reply) in &flows[index] {
                    let category = if *reply { "reply" } else { "message" };
                    let (pid, ts) = (process(lane), self.times[index]);
                    let mut flow = json!({"ph": phase, "cat": category, "name": kind, "id": id, "pid": pid, "tid": track, "ts": ts});
                    if *phase == "f" {
                        flow["bp"] = json!("e");
                    }
                    self.events.push(flow);
                }
            }
        }
    }

    /// The facts of each transaction, in order.
    fn transactions(&self) -> Vec<(Vec<Index>, Option<usize>)> {
        let mut facts = vec![Vec::new(); self.story.transactions.len()];
        for (index, fact) in self.story.facts.iter().enumerate() {
            if let Some(of) = fact.transaction {
                facts[of].push(index);
            }
        }
        facts.into_iter().enumerate().map(|(of, facts)| (facts, Some(of))).collect()
    }

    fn slice(&mut self, slice: &Slice, track: u64, first: Index, transaction: Option<usize>) {
        let (story, fact) = (self.story, self.story.fact(first));
        let Some(of) = transaction else {
            let name = if fact.kind == "sent" { "send" } else { "receive" };
            return self.complete(slice, track, name, "message", args(fact));
        };
        let of = &story.transactions[of];
        let name = format!("{}#{}", of.tx, of.n);
        let mut told = args(fact);
        told["rows"] = json!(of.write.map(|write| story.writes[write].changes.iter().map(row).collect::<Vec<_>>()));
        told["aborted"] = json!(of.aborted.is_some());
        self.complete(slice, track, &name, "transaction", told);
        for pair in of.cuts.windows(2) {
            let phase = match pair[0].cut {
                "pre" if pair[1].cut == "exec" => "execute",
                "exec" => "log",
                "durable" => "complete",
                _ => "read",
            };
            let part = Slice { from: self.times[pair[0].at], to: self.times[pair[1].at], ..slice.clone() };
            self.complete(&part, track, phase, "part", args(story.fact(pair[0].at)));
        }
    }

    fn complete(&mut self, slice: &Slice, track: u64, name: &str, category: &str, args: Value) {
        let (pid, ts, dur) = (process(slice.lane), slice.from, slice.to - slice.from);
        self.events.push(json!({
            "ph": "X", "cat": category, "name": name, "pid": pid, "tid": track, "ts": ts, "dur": dur, "args": args,
        }));
    }

    /// Marks: faults over everything, lives of incarnations and losses at their tablets.
    fn marks(&mut self) {
        let mut first = vec![true; self.story.lanes.len()];
        for (index, fact) in self.story.facts.iter().enumerate() {
            let name = match fact.kind {
                "fault" | "objected" | "panicked" => {
                    self.mark(index, fact.kind, &sentence(fact), (RUN, 1), "g");
                    continue;
                }
                "started" if fact.lane.is_some_and(|lane| !std::mem::take(&mut first[lane])) => "reboot",
                "started" => "start",
                "booted" | "stopped" | "broken" | "refused" | "fenced" | "deleted" => fact.kind,
                "lost" => "loss",
                _ => continue,
            };
            let Some(lane) = fact.lane else { continue };
            let track = self.tracks.main(lane, fact.generation);
            self.mark(index, name, &sentence(fact), (process(lane), track), "p");
        }
        for message in self.story.messages.iter().filter(|message| message.delivered.is_empty()) {
            let fact = self.story.fact(message.sent);
            let track = self.tracks.main(message.from, fact.generation);
            let place = (process(message.from), track);
            self.mark(message.sent, "never delivered", &message.text, place, "t");
        }
    }

    fn mark(&mut self, index: Index, category: &str, name: &str, (pid, tid): (usize, u64), scope: &str) {
        let (ts, args) = (self.times[index], args(self.story.fact(index)));
        self.events.push(json!({
            "ph": "i", "cat": category, "name": name, "pid": pid, "tid": tid, "ts": ts, "s": scope, "args": args,
        }));
    }

    /// What lasts: operations, zones, statements.
    fn spans(&mut self) {
        let last = self.story.facts.len().saturating_sub(1);
        for operation in &self.story.operations {
            let name = format!("op{} {}", operation.id, operation.name);
            self.span("operation", operation.id, &name, operation.first, operation.last);
        }
        for (id, zone) in self.story.zones.iter().enumerate() {
            self.span("zone", id as u64, "faults may strike", zone.begun, zone.ended.unwrap_or(last));
        }
        for (at, note) in self.story.notes.iter().enumerate() {
            let next = self.story.notes.get(at + 1).map_or(self.times[last] + 1, |next| self.times[*next]);
            let (name, ts) = (sentence(self.story.fact(*note)), self.times[*note]);
            self.events.push(json!({
                "ph": "X", "cat": "statement", "name": name, "pid": RUN, "tid": 1, "ts": ts, "dur": next - ts,
            }));
        }
    }

    fn span(&mut self, category: &str, id: u64, name: &str, first: Index, last: Index) {
        for (phase, ts) in [("b", self.times[first]), ("e", self.times[last] + 1)] {
            self.events.push(json!({
                "ph": phase, "cat": category, "id": id, "name": name, "pid": RUN, "tid": 1, "ts": ts,
            }));
        }
    }

    /// How much is under way.
    fn counters(&mut self) {
        let mut changes: Vec<(Index, usize, &str, i64)> = Vec::new();
        for message in &self.story.messages {
            changes.push((message.sent, RUN, "messages in flight", 1));
            let end = message.lost.or(message.delivered.first().copied());
            changes.extend(end.map(|end| (end, RUN, "messages in flight", -1)));
        }
        for write in &self.story.writes {
            changes.push((write.logged, process(write.lane), "log writes in flight", 1));
            let end = write.durable.or(write.lost);
            changes.extend(end.map(|end| (end, process(write.lane), "log writes in flight", -1)));
        }
        changes.sort_unstable();
        let mut values = std::collections::BTreeMap::new();
        for (index, pid, name, by) in changes {
            let value = values.entry((pid, name)).or_insert(0_i64);
            *value += by;
            let ts = self.times[index];
            self.events.push(json!({"ph": "C", "name": name, "pid": pid, "ts": ts, "args": {"value": *value}}));
        }
    }

    fn names(&mut self) {
        let mut name = |what: &str, pid: usize, tid: u64, args: Value| {
            self.events.push(json!({"ph": "M", "name": what, "pid": pid, "tid": tid, "args": args}));
        };
        name("process_name", RUN, 1, json!({"name": "run"}));
        name("thread_name", RUN, 1, json!({"name": "statements"}));
        for (lane, of) in self.story.lanes.iter().enumerate() {
            let words = [Some(of.name.as_str()), of.kind, of.holds.as_deref()];
            let title = words.into_iter().flatten().collect::<Vec<_>>().join(" ");
            name("process_name", process(lane), 0, json!({"name": title}));
            name("process_sort_index", process(lane), 0, json!({"sort_index": process(lane)}));
        }
        for (lane, track, title) in self.tracks.names() {
            name("thread_name", process(lane), track, json!({"name": title}));
            name("thread_sort_index", process(lane), track, json!({"sort_index": track}));
        }
    }
}

fn row(change: &crate::story::Change) -> String {
    format!("{} = {}", change.row, change.value.as_deref().unwrap_or("erased"))
}

fn args(fact: &Fact) -> Value {
    json!({
        "step": fact.step, "cause": fact.cause, "time_us": fact.at_us, "says": sentence(fact), "operation": fact.operation,
    })
}
