//! The world's queue: what is going to happen, by time and then by order of insertion.
//!
//! Everything has a class. *Work* keeps a run going; while nothing but heartbeats and
//! deadlines is pending, the heartbeats may still run (they park themselves if they change
//! nothing) and the deadlines are held back, because a run that only waits for those is at
//! rest. A deadline that was held back comes late if work turns up again.
//!
//! Left out: a plain queue for timers of equal delay; the heap has not been a bottleneck.

use std::cmp::Ordering;
use std::collections::BinaryHeap;
use std::hash::{Hash, Hasher};
use tablets::ids::Steady;

/// Whether something pending keeps a run going.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) enum Class {
    /// It does.
    Work,
    /// Only to see whether it changes anything.
    Heartbeat,
    /// It does not.
    Deadline,
}

/// Something pending.
#[derive(Clone, Debug)]
pub(crate) struct Pending<E> {
    pub(crate) at: Steady,
    order: u64,
    class: Class,
    /// The step that put it here.
    pub(crate) cause: u64,
    pub(crate) event: E,
}

impl<E> PartialEq for Pending<E> {
    fn eq(&self, other: &Self) -> bool {
        self.order == other.order
    }
}

impl<E> Eq for Pending<E> {}

impl<E> PartialOrd for Pending<E> {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

/// The earliest is the greatest, for the heap.
impl<E> Ord for Pending<E> {
    fn cmp(&self, other: &Self) -> Ordering {
        (other.at, other.order).cmp(&(self.at, self.order))
    }
}

/// The queue.
///
/// * `main` holds work and `heartbeats` heartbeats, `deadlines` the rest.
#[derive(Clone, Debug)]
pub(crate) struct Queue<E> {
    main: BinaryHeap<Pending<E>>,
    deadlines: BinaryHeap<Pending<E>>,
    heartbeats: usize,
    order: u64,
    first: u64,
}

/// What is pending, in the order in which it would happen; how it got its places does not count.
impl<E: Hash> Hash for Queue<E> {
    fn hash<H: Hasher>(&self, state: &mut H) {
        let mut all: Vec<&Pending<E>> = self.main.iter().chain(&self.deadlines).collect();
        all.sort_unstable_by_key(|pending| (pending.at, pending.order));
        for pending in all {
            (pending.at, pending.class, &pending.event).hash(state);
        }
    }
}

/// Orders below are of what was put first.
const FIRST: u64 = 1 << 32;

impl<E> Queue<E> {
    pub(crate) fn new() -> Self {
        Queue { main: BinaryHeap::new(), deadlines: BinaryHeap::new(), heartbeats: 0, order: FIRST, first: FIRST }
    }

    /// Puts something in.
    pub(crate) fn push(&mut self, at: Steady, class: Class, cause: u64, event: E) {
        self.order += 1;
        let pending = Pending { at, order: self.order, class, cause, event };
        match class {
            Class::Work => self.main.push(pending),
            Class::Heartbeat => {
                self.heartbeats += 1;
                self.main.push(pending);
            }
            Class::Deadline => self.deadlines.push(pending),
        }
    }

    /// Puts work in that comes before everything else of its time.
    pub(crate) fn push_first(&mut self, at: Steady, cause: u64, event: E) {
        self.first -= 1;
        self.main.push(Pending { at, order: self.first, class: Class::Work, cause, event });
    }

    /// All that is pending, in no order.
    pub(crate) fn pending(&self) -> impl Iterator<Item = &E> {
        self.main.iter().chain(&self.deadlines).map(|pending| &pending.event)
    }

    /// When the next thing happens; `None` at rest.
    pub(crate) fn next_at(&self) -> Option<Steady> {
        self.peek().map(|(at, _)| at)
    }

    /// The next thing, and when; `None` at rest.
    pub(crate) fn peek(&self) -> Option<(Steady, &E)> {
        let next = if self.deadline_is_next() { self.deadlines.peek() } else { self.main.peek() };
        next.map(|pending| (pending.at, &pending.event))
    }

    /// The next thing; `None` at rest.
    pub(crate) fn pop(&mut self) -> Option<Pending<E>> {
        if self.deadline_is_next() {
            return self.deadlines.pop();
        }
        let pending = self.main.pop()?;
        self.heartbeats -= usize::from(pending.class == Class::Heartbeat);
        Some(pending)
    }

    /// Takes out what is not to happen any more.
    pub(crate) fn retain(&mut self, mut keep: impl FnMut(&E) -> bool) {
        self.main.retain(|pending| keep(&pending.event));
        self.deadlines.retain(|pending| keep(&pending.event));
        self.heartbeats = self.main.iter().filter(|pending| pending.class == Class::Heartbeat).count();
    }

    /// Whether deadlines are pending.
    pub(crate) fn has_deadlines(&self) -> bool {
        !self.deadlines.is_empty()
    }

    fn deadline_is_next(&self) -> bool {
        let work = self.main.len() > self.heartbeats;
        work && self.deadlines.peek() > self.main.peek()
    }
}

#[cfg(test)]
mod tests {
    use super::{Class, Queue};
    use tablets::ids::Steady;

    fn drained(queue: &mut Queue<&'static str>) -> Vec<&'static str> {
        std::iter::from_fn(|| queue.pop().map(|pending| pending.event)).collect()
    }

    #[test]
    fn time_first_then_insertion() {
        let mut queue = Queue::new();
        for (at, name) in [(2, "c"), (1, "a"), (1, "b")] {
            queue.push(Steady(at), Class::Work, 0, name);
        }
        assert_eq!(drained(&mut queue), ["a", "b", "c"]);
    }

    #[test]
    fn deadlines_need_work_beside_them() {
        let mut queue = Queue::new();
        queue.push(Steady(1), Class::Deadline, 0, "deadline");
        queue.push(Steady(2), Class::Heartbeat, 0, "beat");
        assert_eq!(drained(&mut queue), ["beat"], "heartbeats do not let a deadline fire");
        queue.push(Steady(3), Class::Work, 0, "work");
        assert_eq!(drained(&mut queue), ["deadline", "work"]);
    }

    #[test]
    fn what_is_taken_out_keeps_nothing_going() {
        let mut queue = Queue::new();
        queue.push(Steady(1), Class::Deadline, 0, "deadline");
        queue.push(Steady(2), Class::Work, 0, "work");
        queue.retain(|event| *event != "work");
        assert_eq!(queue.pop().map(|pending| pending.event), None);
        assert!(queue.has_deadlines());
    }
}
