//! What was tried where: a table for each sort of point, and its holes.

use super::html::{Html, escaped};
use crate::explore::{Coverage, Report, Table};
use std::collections::BTreeSet;

/// All tables, first by type of transaction and message, then tablet by tablet.
pub(super) fn all(out: &mut Html, report: &Report) {
    let Coverage { transactions, messages, others } = &report.coverage;
    let tables = [
        ("Transactions, by cut and fault", "transaction", transactions),
        ("Messages and connects, by fault", "message", messages),
        ("Other points", "point", others),
    ];
    out.tag(
        "p",
        "A number says how many runs had this fault at this point; a hatched cell is a hole: nothing was tried there. \
         Not every hole is an omission: a transaction that only reads has no cuts exec and durable, and only a request \
         for a scan can be followed by an aborted one.",
    );
    for (title, row, table) in tables.into_iter().filter(|(.., table)| !table.is_empty()) {
        matrix(out, title, row, "runs", &Coverage::by_kind(table));
    }
    let outside: BTreeSet<&str> = report.header.outside.iter().filter_map(|row| Some(row.split_once(' ')?.1)).collect();
    let inside = Coverage::by_kind(transactions);
    let never: Vec<&str> = outside.into_iter().filter(|kind| !inside.contains_key(*kind)).collect();
    if !never.is_empty() {
        let never = never.join(", ");
        out.tag("p", &format!("Seen in the run, but never where faults may strike: {never}."));
    }
    out.raw("<details><summary>The same, tablet by tablet and pipe by pipe</summary>\n");
    for (title, row, table) in tables.into_iter().filter(|(.., table)| !table.is_empty()) {
        matrix(out, title, row, "runs", table);
    }
    out.raw("</details>\n");
}

/// A table, with what its rows are and what its numbers count.
pub(super) fn matrix(out: &mut Html, title: &str, row: &str, unit: &str, table: &Table) {
    let columns: BTreeSet<&String> = table.values().flat_map(|cells| cells.keys()).collect();
    let holes: usize = table.values().map(|cells| columns.len() - cells.len()).sum();
    let holes = match holes {
        0 => "no hole".to_owned(),
        1 => "1 hole".to_owned(),
        holes => format!("{holes} holes"),
    };
    let most = table.values().flat_map(|cells| cells.values()).copied().max().unwrap_or(1);
    out.raw("<div class=\"wide\"><table class=\"matrix\">\n");
    out.raw(&format!("<caption>{}: {holes}</caption>\n<thead><tr><th>{row}</th>", escaped(title)));
    for column in &columns {
        out.raw(&format!("<th class=\"slant\"><span>{}</span></th>", escaped(column)));
    }
    out.raw("</tr></thead>\n<tbody>\n");
    for (name, cells) in table {
        out.raw(&format!("<tr><th>{}</th>", escaped(name)));
        for column in &columns {
            out.raw(&cell((name, column), cells.get(*column).copied(), unit, most));
        }
        out.raw("</tr>\n");
    }
    out.raw("</tbody></table></div>\n");
}

fn cell((row, column): (&str, &str), count: Option<u64>, unit: &str, most: u64) -> String {
    let place = escaped(&format!("{row}, {column}"));
    match count {
        Some(count) => {
            // Few runs are well covered already, so the shade grows with the logarithm.
            let shade = 4 * u64::from(count.ilog2() + 1) / u64::from(most.max(2).ilog2() + 1);
            format!("<td class=\"tried{}\" title=\"{place}: {count} {unit}\">{count}</td>", shade.clamp(1, 4))
        }
        None => format!("<td class=\"hole\" title=\"{place}: nothing was tried\">·</td>"),
    }
}
