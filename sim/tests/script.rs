//! The script language: every verb's example reads, prints and reads again as the same
//! statement; every kind of mistake is found at its place.

use proptest::prelude::*;
use std::path::Path;
use tabletsim::scenario::{Scenario, Statement, VERBS};

/// What the verbs' examples lean on.
const PRELUDE: &str = "\
table /Root/orders id:Uint64 item:Utf8 paid:Bool key=id split=10,20
collection daily /Root/orders incremental
backup daily as=b
restore daily as=r
";

fn folder() -> &'static Path {
    Path::new(concat!(env!("CARGO_MANIFEST_DIR"), "/tests/data"))
}

fn read(text: &str) -> Result<Scenario, String> {
    Scenario::parse("test.sim", text, folder()).map_err(|error| error.to_string())
}

/// What is wrong with `line` after the prelude; columns are those of the line.
fn flaw(line: &str) -> String {
    let error = read(&format!("{PRELUDE}{line}\n")).expect_err(line);
    error.strip_prefix("test.sim:5:").unwrap_or(&error).to_owned()
}

#[test]
fn every_example_reads_and_prints_as_itself() {
    for verb in VERBS {
        let before = if verb.name == "cluster" { "" } else { PRELUDE };
        let scenario = read(&format!("{before}{}\n", verb.example)).expect(verb.example);
        let item = scenario.items.last().expect("the example is a statement");
        let again = read(&format!("{before}{item}\n")).expect("what is printed can be read");
        assert_eq!(again.items.last(), Some(item), "{item}");
    }
}

#[test]
fn mistakes_are_found_at_their_place() {
    for (line, expected) in [
        ("upsrt /Root/orders id=1", "1: there is no verb 'upsrt'; did you mean 'upsert'?"),
        ("read /Root/ordres", "6: there is no table '/Root/ordres'; did you mean '/Root/orders'?"),
        ("upsert /Root/orders id=1 itm=a", "26: there is no column of /Root/orders 'itm'; did you mean 'item'?"),
        ("upsert /Root/orders id=x", "21: column 'id': 'x' is not a Uint64"),
        ("upsert /Root/orders id=-1", "21: column 'id': -1 is out of range for Uint64 (0 to 18446744073709551615)"),
        ("upsert /Root/orders item=a", "21: expected key column 'id'"),
        ("upsert /Root/orders id=NULL", "21: key column 'id' takes no NULL"),
        ("upsert /Root/orders id=1 id=2", "26: column 'id' is given twice"),
        ("erase /Root/orders id=1 item=a", "1: expected key columns only"),
        ("table /Root/orders k:Uint64 key=k", "7: table '/Root/orders' is declared twice"),
        ("table /Root/t k:Unt64 key=k", "15: there is no column type 'Unt64'; did you mean 'Uint64'?"),
        ("table /Root/t k:Uint64 k:Bool key=k", "24: column 'k' is declared twice"),
        ("table /Root/t k:Uint64 key=q", "24: there is no column 'q'; known: k"),
        (
            "table /Root/t k:Uint64 key=k split=20,10",
            "30: expected growing split points, '10' is not above the one before it",
        ),
        ("table t k:Uint64 key=k", "7: expected a path such as /Root/orders, found 't'"),
        ("collection daily /Root/orders", "12: collection 'daily' is declared twice"),
        ("collection weekly /Root/orders /Root/orders", "32: table '/Root/orders' is given twice"),
        ("restore dayly", "9: there is no collection 'dayly'; did you mean 'daily'?"),
        ("restore daily as=r", "15: the name 'r' is given twice"),
        ("cancel b", "8: there is no restore 'b'; known: r (operations are named with as=)"),
        ("setting scan_batch_row=2", "9: there is no setting 'scan_batch_row'; did you mean 'scan_batch_rows'?"),
        ("setting scan_batch_rows=0", "9: scan_batch_rows takes 1 to 9223372036854775807, not 0"),
        ("rows /Root/orders count=ten", "19: expected a number of rows, found 'ten'"),
        (
            "rows /Root/orders count=1 form=2",
            "27: there is no argument of rows 'form'; did you mean 'from'? (usage: rows PATH count=N [seed=N] [keys=sequential|uniform] [from=N] [to=N] [values=random|number] [nulls=SHARE] [batch=N])",
        ),
        ("sleep 5", "7: expected a duration such as 5s, 2ms or 100us, found '5'"),
        ("expect-restore r state=Complete", "18: there is no state of a restore 'Complete'; did you mean 'Completed'?"),
        ("!zone begin", "1: 'zone' is no request, so it cannot be marked with a tag or !"),
        ("[later] read /Root/orders", "1: there is no tag 'later'; known: async, maybe, tx=NAME"),
        ("zone end", "6: expected 'zone begin' before this, and only one 'zone end'"),
        ("cluster nodes=3", "1: 'cluster' has to be the first statement"),
        ("load /Root/orders missing.csv", &format!("{}/missing.csv: there is no such file", folder().display())),
        (
            "load /Root/orders bad.csv",
            &format!("{}/bad.csv:3:4: column 'paid': 'maybe' is not a Bool", folder().display()),
        ),
        ("---", "1: expected a statement: a scenario has no output after '---', use 'expect' instead"),
    ] {
        assert_eq!(flaw(line), expected, "{line}");
    }
}

#[test]
fn a_dropped_table_is_gone_until_it_is_restored() {
    assert_eq!(
        flaw("drop-table /Root/orders\nread /Root/orders"),
        "test.sim:6:6: table '/Root/orders' is dropped by line 5"
    );
    assert!(read(&format!("{PRELUDE}drop-table /Root/orders\n!read /Root/orders\n")).is_ok());
    assert!(read(&format!("{PRELUDE}drop-table /Root/orders\nrestore daily\nread /Root/orders\n")).is_ok());
}

#[test]
fn a_refused_statement_teaches_nothing() {
    let text = "!table /Root/t k:Uint64 key=k\nread /Root/t\n";
    assert!(read(text).is_err(), "the table was not made");
}

#[test]
fn statements_of_one_name_have_one_identity() {
    let text = format!("{PRELUDE}[tx=one] mkdir /Root/a\n[async maybe tx=one] mkdir /Root/b\nmkdir /Root/c\n");
    let scenario = read(&text).expect("tags may name a request");
    let [.., first, again, other] = scenario.items.as_slice() else { panic!("there are three") };
    assert_eq!((first.request, again.request, other.request), (first.tx_id, first.tx_id, other.tx_id));
    assert_eq!(again.to_string(), "[async maybe tx=one] mkdir /Root/b");
    assert_eq!(flaw("[tx=] mkdir /Root/a"), "1: expected a name after tx=");
}

#[test]
fn an_altered_table_has_its_columns_until_an_older_one_is_restored() {
    let altered = "alter /Root/orders add w:Uint32\nupsert /Root/orders id=1 w=2\n";
    assert!(read(&format!("{PRELUDE}{altered}")).is_ok());
    assert!(
        read(&format!("{PRELUDE}{altered}drop-table /Root/orders\nrestore daily\nupsert /Root/orders id=1 w=2\n"))
            .is_err()
    );
    assert_eq!(flaw("alter /Root/orders add item:Utf8"), "24: column 'item' is declared twice");
}

proptest! {
    #[test]
    fn any_text_survives_printing(id in any::<u64>(), item in any::<String>(), paid in any::<bool>()) {
        prop_assume!(item != "NULL");
        let text = format!("{PRELUDE}upsert /Root/orders id={id} item={item:?} paid={paid}\n");
        let scenario = read(&text).expect("a value may be any text");
        let item = scenario.items.last().expect("it is a statement");
        let Statement::Upsert { .. } = &item.statement else { panic!("an upsert") };
        let again = read(&format!("{PRELUDE}{item}\n")).expect("what is printed can be read");
        prop_assert_eq!(again.items.last(), Some(item));
    }

    #[test]
    fn no_text_breaks_the_parser(text in any::<String>()) {
        let _ = read(&text);
    }
}
