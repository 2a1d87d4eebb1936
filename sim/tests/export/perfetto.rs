//! Perfetto binds arrows to the slices around their ends, and drops what it cannot bind.

use super::{FAULTS, story};
use serde_json::Value;
use std::collections::{BTreeMap, BTreeSet};
use tabletsim::export::perfetto::perfetto;

/// Process and thread.
type Track = (u64, u64);

pub(crate) fn events(text: &str) -> Vec<Value> {
    let value: Value = serde_json::from_str(text).expect("it is JSON");
    value["traceEvents"].as_array().expect("there are events").clone()
}

fn number(event: &Value, name: &str) -> u64 {
    event[name].as_u64().unwrap_or_else(|| panic!("no {name} in {event}"))
}

fn track(event: &Value) -> Track {
    (number(event, "pid"), number(event, "tid"))
}

/// Slices by track, as beginning and end.
fn slices(events: &[Value]) -> BTreeMap<Track, Vec<(u64, u64)>> {
    let mut slices: BTreeMap<Track, Vec<(u64, u64)>> = BTreeMap::new();
    for event in events.iter().filter(|event| event["ph"] == "X") {
        let from = number(event, "ts");
        slices.entry(track(event)).or_default().push((from, from + number(event, "dur")));
    }
    slices
}

/// What is wrong with the slices: of two on a track, one is within the other or they are apart.
fn unnested(events: &[Value]) -> Vec<String> {
    let mut wrong = Vec::new();
    for (track, mut slices) in slices(events) {
        slices.sort_by_key(|(from, to)| (*from, std::cmp::Reverse(*to)));
        let mut open: Vec<(u64, u64)> = Vec::new();
        for slice in slices {
            open.retain(|around| around.1 > slice.0);
            wrong.extend(
                open.last()
                    .filter(|around| around.1 < slice.1)
                    .map(|around| format!("{track:?}: {around:?} {slice:?}")),
            );
            open.push(slice);
        }
    }
    wrong
}

/// What is wrong with the arrows: both ends exist, lie in slices, and in order.
fn unbound(events: &[Value]) -> Vec<String> {
    let slices = slices(events);
    let mut ends: BTreeMap<u64, Vec<&Value>> = BTreeMap::new();
    for event in events.iter().filter(|event| event["ph"] == "s" || event["ph"] == "f") {
        ends.entry(number(event, "id")).or_default().push(event);
    }
    let mut wrong = Vec::new();
    for (id, ends) in &ends {
        let [start, finish] = ends[..] else {
            wrong.push(format!("arrow {id} has {} ends", ends.len()));
            continue;
        };
        let (start, finish) = if start["ph"] == "s" { (start, finish) } else { (finish, start) };
        let within = |end: &Value| {
            let around = |(from, to): &(u64, u64)| (*from..*to).contains(&number(end, "ts"));
            slices.get(&track(end)).is_some_and(|slices| slices.iter().any(around))
        };
        let alike = ["cat", "name"].iter().all(|key| start[key] == finish[key]);
        let phases = start["ph"] == "s" && finish["ph"] == "f" && finish["bp"] == "e";
        let ordered = number(start, "ts") < number(finish, "ts");
        if !(alike && phases && ordered && within(start) && within(finish)) {
            wrong.push(format!("{start} {finish}"));
        }
    }
    wrong
}

#[test]
fn arrows_begin_and_end_in_slices() {
    let story = story("restore.sim", "reboot t1 at event 40");
    let events = events(&perfetto(&story));
    assert_eq!(unnested(&events), Vec::<String>::new());
    assert_eq!(unbound(&events), Vec::<String>::new());
    let arrows = events.iter().filter(|event| event["ph"] == "s").count();
    let delivered: usize = story.messages.iter().map(|message| message.delivered.len()).sum();
    assert_eq!(arrows, delivered);
}

#[test]
fn arrows_leave_their_sender_and_reach_their_receiver() {
    let story = story("tiny.sim", FAULTS);
    let events = events(&perfetto(&story));
    let process = |event: &&Value| {
        let title = events.iter().find(|name| name["name"] == "process_name" && name["pid"] == event["pid"]);
        let title = title.and_then(|title| title["args"]["name"].as_str()).expect("processes have names");
        title.split(' ').next().unwrap_or_default().to_owned()
    };
    let ends = |phase: &str| -> BTreeMap<u64, (String, String)> {
        let ends = events.iter().filter(|event| event["ph"] == phase);
        let end =
            |event| (number(event, "id"), (process(&event), event["name"].as_str().unwrap_or_default().to_owned()));
        ends.map(end).collect()
    };
    let (starts, finishes) = (ends("s"), ends("f"));
    let mut drawn: Vec<(String, String, String)> =
        starts.into_iter().map(|(id, (from, name))| (from, finishes[&id].0.clone(), name)).collect();
    let told = story.messages.iter().filter(|message| !message.delivered.is_empty());
    let mut told: Vec<(String, String, String)> = told
        .map(|message| {
            let lane = |lane: usize| story.lanes[lane].name.clone();
            (lane(message.from), lane(message.to), message.kind.to_owned())
        })
        .collect();
    drawn.sort();
    told.sort();
    assert_eq!(drawn, told);
}

#[test]
fn async_slices_end_and_everything_has_a_named_track() {
    let events = events(&perfetto(&story("tiny.sim", FAULTS)));
    let mut open: BTreeMap<(String, u64), (u64, u64)> = BTreeMap::new();
    for event in events.iter().filter(|event| event["ph"] == "b" || event["ph"] == "e") {
        let key = (event["cat"].to_string(), number(event, "id"));
        let count = open.entry(key).or_default();
        if event["ph"] == "b" { count.0 += 1 } else { count.1 += 1 }
    }
    assert!(open.values().all(|count| *count == (1, 1)), "{open:?}");
    assert!(open.keys().any(|(category, _)| category.contains("operation")));
    let named: BTreeSet<Track> = events.iter().filter(|event| event["name"] == "thread_name").map(track).collect();
    for event in events.iter().filter(|event| event["ph"] == "X" || event["ph"] == "i") {
        assert!(named.contains(&track(event)), "{event} is on a track without a name");
    }
    let faults = events.iter().filter(|event| event["cat"] == "fault" && event["ph"] == "i" && event["s"] == "g");
    assert_eq!(faults.count(), 2);
    assert!(events.iter().any(|event| event["ph"] == "C" && event["args"]["value"].as_i64() > Some(0)));
    let fell = |event: &&Value| event["ph"] == "C" && event["args"]["value"].as_i64() < Some(0);
    assert_eq!(events.iter().find(fell), None, "nothing is taken out that was not put in");
}

/// The rules above, each on a trace that breaks it.
#[test]
fn every_rule_can_fail() {
    let slice = |from: u64, dur: u64| serde_json::json!({"ph": "X", "pid": 1, "tid": 1, "ts": from, "dur": dur});
    assert_eq!(unnested(&[slice(0, 10), slice(5, 10)]).len(), 1);
    assert_eq!(unnested(&[slice(0, 10), slice(2, 3), slice(5, 5), slice(10, 1)]), Vec::<String>::new());
    let end = |phase: &str, ts: u64| serde_json::json!({"ph": phase, "id": 1, "cat": "c", "name": "n", "pid": 1, "tid": 1, "ts": ts, "bp": "e"});
    assert_eq!(unbound(&[slice(0, 10), end("s", 1), end("f", 5)]), Vec::<String>::new());
    assert_eq!(unbound(&[slice(0, 10), end("s", 1), end("f", 10)]).len(), 1, "it ends after its slice");
    assert_eq!(unbound(&[slice(0, 10), end("s", 1)]).len(), 1, "it has no end");
    assert_eq!(unbound(&[slice(0, 10), end("s", 5), end("f", 1)]).len(), 1, "it ends before it starts");
}
