//! Every message, whatever its values, encodes and decodes to itself; bytes that are no message
//! are refused and never panic.

mod arbitrary;

use arbitrary::{Drawn, value};
use proptest::prelude::*;
use serde::de::DeserializeOwned;
use std::fmt::Debug;
use std::path::Path;
use std::sync::{Arc, LazyLock};
use tablets::message::{ClientMessage, DataShardMessage, Message, SchemeShardMessage, pack, unpack};
use tabletsim::run::{RunOptions, run};
use tabletsim::scenario::Scenario;
use tabletsim::trace::What;
use tabletsim::world::Endpoint;

/// Every message that is sent in restore.sim, encoded.
static SENT: LazyLock<Vec<Arc<[u8]>>> = LazyLock::new(|| {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("sim/scenarios/restore.sim");
    let scenario = Scenario::load(&path).unwrap_or_else(|error| panic!("{error}"));
    let outcome = run(&Arc::new(scenario), &RunOptions { record: true, ..RunOptions::default() }, &mut |_| {});
    let records = outcome.trace.records().iter();
    let sent = records.filter_map(|record| if let What::Sent(mail) = &record.what { Some(mail) } else { None });
    let mut bytes = Vec::new();
    for mail in sent {
        match mail.to {
            Endpoint::Edge(_) => check::<ClientMessage>(&mail.parcel.bytes, Must::Decode),
            Endpoint::Tablet(tablet) if tablet.0 == 1 => check::<SchemeShardMessage>(&mail.parcel.bytes, Must::Decode),
            Endpoint::Tablet(_) => check::<DataShardMessage>(&mail.parcel.bytes, Must::Decode),
        }
        bytes.push(Arc::clone(&mail.parcel.bytes));
    }
    assert!(bytes.len() > 200, "only {} messages were sent", bytes.len());
    bytes
});

/// Whether the bytes are known to be a message.
#[derive(Clone, Copy, PartialEq)]
enum Must {
    Decode,
    NotPanic,
}

/// If the bytes are a message, it is the same one after another round.
fn check<M: Message + PartialEq + Debug>(bytes: &[u8], must: Must) {
    match unpack::<M>(bytes) {
        Ok(message) => {
            let again: M = unpack(&pack(&message)).expect("what is encoded can be decoded");
            assert_eq!(again, message);
            assert!(!message.kind().is_empty() && !message.to_string().is_empty());
        }
        Err(error) => assert!(must == Must::NotPanic, "{error}"),
    }
}

fn check_all(bytes: &[u8]) {
    check::<SchemeShardMessage>(bytes, Must::NotPanic);
    check::<DataShardMessage>(bytes, Must::NotPanic);
    check::<ClientMessage>(bytes, Must::NotPanic);
}

/// A change of valid bytes.
#[derive(Clone, Debug)]
enum Edit {
    Set(prop::sample::Index, u8),
    Flip(prop::sample::Index, u8),
    Insert(prop::sample::Index, Vec<u8>),
    Remove(prop::sample::Index),
    Truncate(prop::sample::Index),
}

fn edit() -> impl Strategy<Value = Edit> {
    let at = any::<prop::sample::Index>;
    prop_oneof![
        (at(), prop_oneof![Just(0_u8), Just(0xfb), Just(0xfc), Just(0xfd), Just(0xff), any::<u8>()])
            .prop_map(|(at, byte)| Edit::Set(at, byte)),
        (at(), 0_u8..8).prop_map(|(at, bit)| Edit::Flip(at, bit)),
        (at(), prop::collection::vec(any::<u8>(), 1..12)).prop_map(|(at, bytes)| Edit::Insert(at, bytes)),
        at().prop_map(Edit::Remove),
        at().prop_map(Edit::Truncate),
    ]
}

fn apply(bytes: &mut Vec<u8>, edit: &Edit) {
    if bytes.is_empty() {
        return;
    }
    let length = bytes.len();
    match edit {
        Edit::Set(at, byte) => bytes[at.index(length)] = *byte,
        Edit::Flip(at, bit) => bytes[at.index(length)] ^= 1 << bit,
        Edit::Insert(at, new) => drop(bytes.splice(at.index(length)..at.index(length), new.iter().copied())),
        Edit::Remove(at) => drop(bytes.drain(at.index(length)..=at.index(length))),
        Edit::Truncate(at) => bytes.truncate(at.index(length)),
    }
}

#[test]
fn what_was_sent_decodes_to_itself() {
    assert!(!SENT.is_empty());
}

/// A length may claim anything: what cannot be is an error, not an abort of the process.
#[test]
fn lengths_that_lie_are_refused() {
    const LIES: [&[u8]; 3] =
        [&[0xfc, 0, 0, 0, 0x70], &[0xfd, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff], &[0xfd; 9]];
    for bytes in SENT.iter().take(200) {
        for at in 0..bytes.len() {
            for lie in LIES {
                check_all(&[&bytes[..at], lie, &bytes[at + 1..]].concat());
            }
        }
    }
}

/// Messages of type `M`, one of each variant, made of these bytes.
fn one_of_each<M: Message + DeserializeOwned>(bytes: &[u8], drawn: &mut Drawn) -> Vec<M> {
    let first: M = value(Some(0), bytes, drawn);
    let outermost = std::any::type_name::<M>().rsplit("::").next().expect("a type has a name");
    let variants = drawn[outermost].0.len();
    let others = (1..variants).map(|variant| value(Some(variant), bytes, drawn));
    std::iter::once(first).chain(others).collect()
}

/// A message comes back as it was; no part of its bytes is a message; and damage is found or harmless.
fn round_trip<M: Message + PartialEq + Debug + DeserializeOwned>(bytes: &[u8], drawn: &mut Drawn) {
    for message in one_of_each::<M>(bytes, drawn) {
        let packed = pack(&message);
        let again: M = unpack(&packed).unwrap_or_else(|error| panic!("{message:?}: {error}"));
        assert_eq!(again, message);
        check::<M>(&packed, Must::Decode);
        let cut = bytes.first().map_or(0, |byte| usize::from(*byte) % packed.len());
        assert!(unpack::<M>(&packed[..cut]).is_err(), "{cut} of {} bytes of {message:?} decode", packed.len());
        let mut flipped = packed;
        flipped[cut] ^= 1 << (bytes.len() % 8);
        check_all(&flipped);
    }
}

fn round_trips(bytes: &[u8], drawn: &mut Drawn) {
    round_trip::<SchemeShardMessage>(bytes, drawn);
    round_trip::<DataShardMessage>(bytes, drawn);
    round_trip::<ClientMessage>(bytes, drawn);
}

/// What the generator promises: no variant of any enum inside a message is out of its reach.
#[test]
fn every_variant_is_drawn() {
    let mut drawn = Drawn::new();
    let mut rng = proptest::test_runner::TestRng::deterministic_rng(proptest::test_runner::RngAlgorithm::ChaCha);
    for _ in 0..1_000 {
        let mut bytes = [0; 100];
        rng.fill_bytes(&mut bytes);
        round_trips(&bytes, &mut drawn);
    }
    for (name, (variants, met)) in &drawn {
        let never: Vec<&&str> = variants.iter().filter(|variant| !met.contains(**variant)).collect();
        assert!(never.is_empty(), "never drawn of {name}: {never:?}");
    }
    let count: usize = drawn.values().map(|(variants, _)| variants.len()).sum();
    println!("{} enums, {count} variants", drawn.len());
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(2000))]

    #[test]
    fn every_message_decodes_to_itself(bytes in prop::collection::vec(any::<u8>(), 0..120)) {
        round_trips(&bytes, &mut Drawn::new());
    }

    #[test]
    fn junk_never_panics(bytes in prop::collection::vec(any::<u8>(), 0..200)) {
        check_all(&bytes);
    }

    #[test]
    fn damaged_messages_never_panic(
        which in any::<prop::sample::Index>(),
        edits in prop::collection::vec(edit(), 1..6),
    ) {
        let mut bytes = which.get(&SENT).to_vec();
        edits.iter().for_each(|edit| apply(&mut bytes, edit));
        check_all(&bytes);
    }
}
