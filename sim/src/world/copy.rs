//! A world once more, and a number that says in which state it is.
//!
//! Everything is a value but the actors, which are hosted anew from a copy of their
//! incarnation, and the desk that they share, of which a copy has its own.
//!
//! The state is what the future of a run depends on, and nothing else: not how many events
//! there were, what caused what, which faults have struck, or what was recorded. Times are
//! taken as they are and not as distances from now, because durable rows hold deadlines.
//! Both functions name every field, so that a new one cannot be forgotten.

use crate::pipes::Who;
use crate::world::desk::{Desk, WorldPort};
use crate::world::life::Incarnation;
use crate::world::{Types, World};
use std::cell::RefCell;
use std::collections::BTreeMap;
use std::hash::{Hash, Hasher};
use std::rc::Rc;

impl World {
    /// The same world once more. The two share nothing that changes.
    pub fn copy(&mut self) -> World {
        let desk = Rc::new(RefCell::new(self.desk.borrow().clone()));
        let live = live_copy(&mut self.live, &self.types, &desk);
        World {
            options: self.options.clone(),
            frame: Rc::clone(&self.frame),
            types: self.types.clone(),
            desk,
            queue: self.queue.clone(),
            now: self.now,
            events: self.events,
            cause: self.cause,
            in_zone: self.in_zone,
            zone_start: self.zone_start,
            hive: self.hive.clone(),
            returning: self.returning.clone(),
            disks: self.disks.clone(),
            live,
            pipes: self.pipes.clone(),
            messages: self.messages.clone(),
            connects: self.connects.clone(),
            edges: self.edges.clone(),
            parked: self.parked.clone(),
            activity: self.activity,
            faults: self.faults.clone(),
            late_strikes: self.late_strikes.clone(),
            lasting: self.lasting.clone(),
            sights: self.sights.clone(),
            goals: self.goals.clone(),
            lookout: self.lookout.clone(),
            watches_states: self.watches_states,
            effects: self.effects.clone(),
            receipts: self.receipts.clone(),
            outbox: self.outbox.clone(),
            trace: self.trace.clone(),
            hash: self.hash.clone(),
            watchers: Rc::clone(&self.watchers),
            oracles: self.oracles.iter().map(|oracle| (**oracle).copy()).collect(),
            causes: self.causes.clone(),
            objections: self.objections.clone(),
            culprits: self.culprits.clone(),
            written: self.written,
            speaker: self.speaker,
            resting: self.resting,
            last_waits: self.last_waits.clone(),
        }
    }

    /// Feeds the state to `state`: two worlds that agree in it go on alike.
    pub fn hash_state(&mut self, mut state: &mut dyn Hasher) {
        self.forget_what_is_over();
        let World {
            options: _,
            frame: _,
            types,
            desk,
            queue,
            now,
            events: _,
            cause: _,
            in_zone,
            zone_start: _,
            hive,
            returning,
            disks,
            live,
            pipes,
            messages,
            connects,
            edges,
            parked,
            activity,
            faults,
            late_strikes,
            lasting,
            sights,
            goals,
            lookout,
            watches_states: _,
            effects: _,
            receipts: _,
            outbox,
            trace: _,
            hash: _,
            oracles,
            watchers: _,
            causes,
            objections,
            culprits: _,
            written: _,
            speaker: _,
            resting,
            last_waits: _,
        } = self;
        let Desk { now: _, in_zone: _, faults: _, counts, outputs, open, walls, looks: _ } = &*desk.borrow();
        assert!(outputs.is_empty() && outbox.is_empty(), "a state is looked at between two events");
        (queue, now, in_zone, hive, returning, disks).hash(&mut state);
        (pipes, messages, connects, edges, parked, activity, resting).hash(&mut state);
        (counts, open, walls, faults.waiting(), objections.len()).hash(&mut state);
        (late_strikes, lasting, sights, goals, lookout, causes).hash(&mut state);
        for (who, Incarnation { kind, hosted, node, writes, expires, last_write, beats }) in live {
            (who, &kind, node, writes, expires, last_write, beats).hash(&mut state);
            if let Some(factory) = types.get(kind) {
                factory.hash(hosted.as_mut(), state);
            }
        }
        types.configs().for_each(|config| config.hash(&mut state));
        oracles.iter().for_each(|oracle| (**oracle).hash(state));
    }
}

fn live_copy(
    live: &mut BTreeMap<Who, Incarnation>,
    types: &Types,
    desk: &Rc<RefCell<Desk>>,
) -> BTreeMap<Who, Incarnation> {
    let copy = |(who, it): (&Who, &mut Incarnation)| {
        let factory = types.get(it.kind).expect("a tablet that lives is of a known type");
        let port = WorldPort::new(*who, it.node, Rc::clone(desk));
        let hosted = factory.copy(it.hosted.as_mut(), port).expect("a tablet that lives has an actor that does");
        let Incarnation { kind, node, expires, last_write, .. } = *it;
        let (writes, beats) = (it.writes.clone(), it.beats.clone());
        (*who, Incarnation { kind, hosted, node, writes, expires, last_write, beats })
    };
    live.iter_mut().map(copy).collect()
}
