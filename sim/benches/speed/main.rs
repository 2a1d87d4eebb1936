//! How fast the simulator is: `cargo bench -p tabletsim`. See `docs/speed.md`.
//!
//! All that is compared is measured in the same rounds, one lap each, so a machine that is busy for
//! a while is so for everybody; the ratios are medians over the rounds. A word measures only what
//! has it in its name. Without `--bench`, as `cargo test --benches` has it, one round shows that
//! everything works.

#![expect(unreachable_pub, reason = "a bench is a crate of its own")]

mod by_hand;
mod contest;
mod players;
mod runs;

use by_hand::ByHand;
use contest::{Contest, lap};
use players::{Rules, game, office, rest};
use tabletsim::World;
use tabletsim::explore::Choice;
use tabletsim::fault::ActionKind;
use tabletsim::trace::Record;

/// How often each is measured.
const ROUNDS: usize = 15;
/// How often the ball is returned, and written down; how many workers wake up how often.
const RETURNS: u64 = 20_000;
const WRITES: u64 = 10_000;
const WORKERS: u64 = 64;
const WAKES: u64 = 500;
/// Runs of `tiny.sim` in a lap.
const TINY: u64 = 200;

fn main() {
    compare_records();
    let restore = runs::load("scenarios/restore.sim");
    let copy = runs::bytes_of_a_copy(&restore);
    let mut contest = Contest::default();
    enter_worlds(&mut contest);
    enter_runs(&mut contest);
    let (flags, names): (Vec<String>, Vec<String>) = std::env::args().skip(1).partition(|one| one.starts_with("--"));
    names.iter().for_each(|name| contest.limit(name));
    contest.hold(if flags.iter().any(|flag| flag == "--bench") { ROUNDS } else { 0 });
    print(&contest, copy);
}

/// The yardstick does the same work: it makes the records that the world makes, in steady play.
fn compare_records() {
    let shapes = |records: &[Record]| -> Vec<String> {
        let shape = |record: &Record| {
            let what = format!("{:?}", record.what);
            format!("{:?} {}", record.tablet, what.chars().take_while(|c| !c.is_ascii_digit()).collect::<String>())
        };
        records[records.len() - 40..].iter().map(shape).collect()
    };
    let same = |mut world: World, by_hand: ByHand| {
        rest(&mut world);
        let kept = by_hand.kept.unwrap_or_default();
        assert_eq!(shapes(world.trace().records()), shapes(&kept), "the yardstick does other work than the world");
    };
    let mut by_hand = ByHand::new(2, true);
    by_hand.game(50);
    same(game(Rules { returns: 50, writes: false }, true), by_hand);
    let mut by_hand = ByHand::new(1, true);
    by_hand.office(1, 50);
    same(office(1, 50, true), by_hand);
}

fn enter_worlds(contest: &mut Contest) {
    contest.enter("two actors, by hand", "delivery", || {
        let mut by_hand = ByHand::new(2, false);
        lap(|| {
            by_hand.game(RETURNS);
            RETURNS
        })
    });
    let play = |rules: Rules, record| {
        move || {
            let mut world = game(rules, record);
            lap(|| {
                rest(&mut world);
                rules.returns
            })
        }
    };
    contest.enter("two actors", "delivery", play(Rules { returns: RETURNS, writes: false }, false));
    contest.enter("two actors, records kept", "delivery", play(Rules { returns: RETURNS, writes: false }, true));
    contest.enter("64 workers, by hand", "wake-up", || {
        let mut by_hand = ByHand::new(WORKERS as usize, false);
        lap(|| {
            by_hand.office(WORKERS, WAKES);
            WORKERS * WAKES
        })
    });
    contest.enter("64 workers", "wake-up", || {
        let mut world = office(WORKERS, WAKES, false);
        lap(|| {
            rest(&mut world);
            WORKERS * WAKES
        })
    });
    contest.enter("tablet transactions", "commit", play(Rules { returns: WRITES, writes: true }, false));
}

fn enter_runs(contest: &mut Contest) {
    let large = runs::load("benches/speed/restore.sim");
    let mut ends = runs::set_up(&large, runs::ends(), false);
    contest.enter("restore, oracles of ends", "event", move || runs::events(&mut ends));
    let mut all = runs::set_up(&large, Vec::new(), false);
    contest.enter("restore, all oracles", "event", move || runs::events(&mut all));
    let mut kept = runs::set_up(&large, Vec::new(), true);
    contest.enter("restore, records kept", "event", move || runs::events(&mut kept));
    let tiny = runs::load("scenarios/tiny.sim");
    let mut ready = runs::set_up(&tiny, Vec::new(), false);
    contest.enter("tiny.sim", "run", move || runs::runs(&mut ready, TINY));
    contest.enter("tiny.sim, swept", "run", move || runs::sweep(&tiny, 1, Choice::default()));
    let some = || Choice { actions: [ActionKind::AbortScan, ActionKind::Refuse].into(), ..Choice::default() };
    let restore = runs::load("scenarios/restore.sim");
    let (one, two) = (restore.clone(), restore);
    contest.enter("restore.sim, swept", "run", move || runs::sweep(&one, 1, some()));
    contest.enter("restore.sim, swept by two", "run", move || runs::sweep(&two, 2, some()));
}

fn print(contest: &Contest, copy: Option<u64>) {
    println!("| what | median | fastest | slowest | per second |");
    println!("| --- | --- | --- | --- | --- |");
    for (contestant, [median, least, most]) in contest.medians() {
        let (name, unit, rate) = (contestant.name, contestant.unit, 1e9 / median);
        println!("| {name} | {median:.0} ns a {unit} | {least:.0} | {most:.0} | {rate:.0} |");
    }
    println!("\n| measure | found | aim |\n| --- | --- | --- |");
    let ratio = |name: &str, one: &str, other: &str, aim: &str| {
        let known = contest.has(&[one, other]);
        known.then(|| println!("| {name} | {:.2} × | {aim} |", contest.ratio(one, other)));
    };
    ratio("two actors to the same by hand", "two actors", "two actors, by hand", "≤ 6 ×");
    ratio("64 workers to the same by hand", "64 workers", "64 workers, by hand", "≤ 3 ×");
    let rate = |name: &str, of: &str, aim: &str| {
        contest.has(&[of]).then(|| println!("| {name} | {:.0} a second | {aim} |", 1e9 / contest.median(of)));
    };
    rate("events of a restore, oracles of ends", "restore, oracles of ends", "≥ 1,000,000");
    rate("events of a restore, all oracles", "restore, all oracles", "≥ 700,000");
    let row = |name: &str, of: &str| {
        let row = || contest.median_lap(of) / runs::ROWS as f64;
        contest.has(&[of]).then(|| println!("| {name} | {:.0} ns | ≤ 600 ns |", row()));
    };
    row("a row of it, oracles of ends", "restore, oracles of ends");
    row("a row of it, all oracles", "restore, all oracles");
    rate("runs of tiny.sim", "tiny.sim", "≥ 10,000");
    rate("runs of tiny.sim in a sweep", "tiny.sim, swept", "≥ 10,000");
    ratio("one job to two", "restore.sim, swept", "restore.sim, swept by two", "≥ 1.8 ×");
    ratio("records kept to not", "restore, records kept", "restore, all oracles", "");
    let bytes = |name: &str, bytes: Option<u64>| {
        println!("| {name} | {} |  |", bytes.map_or("?".to_owned(), |bytes| format!("{} KiB", bytes / 1024)));
    };
    bytes("a copy of restore.sim when its setup is over", copy);
    bytes("memory at its most", runs::resident("VmHWM"));
}
