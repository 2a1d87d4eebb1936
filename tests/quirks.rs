//! Every quirk is found by trying every single fault, and its own oracle objects.

mod common;

use common::{all_faults, go, load};
use tablets::quirk::{Quirk, Quirks};
use tabletsim::run::Verdict;

#[test]
fn explore() {
    for quirk in Quirk::ALL {
        let quirks = Quirks::NONE.with(*quirk);
        for name in ["tiny.sim", "small.sim", "two_collections.sim", "restore.sim"] {
            let scenario = load(name);
            let mut faults = vec![vec![]];
            faults.extend(all_faults(&scenario).into_iter().map(|f| vec![f]));
            let mut found = std::collections::BTreeMap::<String, (usize, String)>::new();
            for f in &faults {
                let o = go(&scenario, f.clone(), quirks, false);
                if o.verdict != Verdict::Ok {
                    let who = o.objections.first().map_or(o.verdict.to_string(), |o| o.oracle.to_owned());
                    let e = found.entry(who).or_insert((0, f.first().map_or("none".into(), |f| f.to_string())));
                    e.0 += 1;
                }
            }
            println!("{quirk} ({}) {name}: {} runs {found:?}", quirk.oracle(), faults.len());
        }
    }
}
