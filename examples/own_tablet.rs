//! A tablet of your own, swept: every fault at every point of what its client does.
//!
//! The simulator knows no tablet. This one, an account with one number in its tables (`common`), is
//! neither SchemeShard nor DataShard; the world hosts it like any other, faults strike it like any
//! other, and what must hold is a line of this program: who was told three times that ten were
//! added has thirty.
//!
//! Run it: `cargo run --example own_tablet`.

mod common;

use common::{AccountMessage, balance, request, world};
use tabletsim::World;
use tabletsim::fault::{ActionKind, Fault, Schedule};

/// The client's deposits, each sent again until it is answered.
const DEPOSITS: u64 = 3;
const AMOUNT: i64 = 10;
const RESENDS: u32 = 20;

/// What one kind of request makes of a deposit.
type Kind = fn(u64) -> AccountMessage;

/// A run under these faults, and what is wrong at its end.
fn deposit(kind: Kind, faults: &Schedule) -> (World, Option<String>) {
    let mut world = world(&faults.to_string());
    let answered = (1..=DEPOSITS).filter(|id| request(&mut world, &kind(*id), RESENDS).is_some()).count() as i64;
    let found = balance(&mut world);
    let wrong = found != answered * AMOUNT || answered != DEPOSITS as i64;
    (world, wrong.then(|| format!("{answered} deposits of {AMOUNT} were confirmed, and the balance is {found}")))
}

/// Every single fault of these kinds at every point of a run without faults.
fn faults(kind: Kind) -> Vec<Fault> {
    let kinds = [ActionKind::Reboot, ActionKind::Reset, ActionKind::Refuse, ActionKind::Fail];
    let (clean, _) = deposit(kind, &Schedule::default());
    let at = |point: tabletsim::fault::Point| kinds.into_iter().flat_map(move |kind| point.faults(kind));
    clean.points().into_iter().flat_map(at).collect()
}

/// What the sweep of one kind of request has found.
fn sweep(name: &str, kind: Kind) -> String {
    let faults = faults(kind);
    let wrong = |fault: &Fault| Some((fault.clone(), deposit(kind, &Schedule(vec![fault.clone()])).1?));
    let found: Vec<(Fault, String)> = faults.iter().filter_map(wrong).collect();
    let mut out = format!("{name}: {} faults, {} of them do harm\n", faults.len(), found.len());
    if let Some((fault, what)) = found.first() {
        out += &format!("  {fault}\n  {what}\n");
    }
    out
}

/// The program's output.
pub fn report() -> String {
    sweep("adds whenever it is asked", |_| AccountMessage::Add(AMOUNT))
        + &sweep("remembers in memory what it did", |id| AccountMessage::AddNoted(id, AMOUNT))
        + &sweep("remembers in its tables what it did", |id| AccountMessage::AddOnce(id, AMOUNT))
}

fn main() {
    print!("{}", report());
}
