//! Counters in columns: a table for each group and set of labels.
//!
//! Lines and columns of nothing but zeros are left out. A table that is narrower when turned
//! over is turned over.

use std::collections::BTreeMap;
use tablets::counters::{Counter, Family, Labels, Shape};

type Grid = Vec<Vec<String>>;

/// The counters as lines, a blank one between tables.
pub fn tables(counters: &[Counter]) -> Vec<String> {
    let mut lines = Vec::new();
    for (title, grid) in grids(counters) {
        if !lines.is_empty() {
            lines.push(String::new());
        }
        lines.push(title.to_owned());
        let turned = turn(&grid);
        lines.extend(aligned(if width(&turned) < width(&grid) { &turned } else { &grid }));
    }
    lines
}

/// Tables in order of appearance, each with its group's name; those with nothing to say are left out.
fn grids(counters: &[Counter]) -> Vec<(&'static str, Grid)> {
    let mut order: Vec<(&'static str, Vec<&'static str>)> = Vec::new();
    let mut members: BTreeMap<usize, Vec<&Counter>> = BTreeMap::new();
    for counter in counters.iter().filter(|counter| counter.value > 0) {
        let kind = (counter.family.group, counter.labels.iter().map(|(name, _)| *name).collect());
        let place = order.iter().position(|known| *known == kind).unwrap_or_else(|| {
            order.push(kind);
            order.len() - 1
        });
        members.entry(place).or_default().push(counter);
    }
    members.iter().map(|(place, members)| (order[*place].0, grid(&order[*place].1, members))).collect()
}

fn grid(labels: &[&'static str], counters: &[&Counter]) -> Grid {
    let mut families: Vec<Family> = Vec::new();
    let mut rows: Vec<(&Labels, BTreeMap<Family, String>)> = Vec::new();
    for counter in counters {
        if rows.last().is_none_or(|(labels, _)| *labels != &counter.labels) {
            rows.push((&counter.labels, BTreeMap::new()));
        }
        if counter.family.shape != Shape::Info && !families.contains(&counter.family) {
            families.push(counter.family);
        }
        let value = counter.family.text(counter.value).unwrap_or_default();
        rows.last_mut().expect("a row was just pushed").1.insert(counter.family, value);
    }
    let head = labels.iter().chain(families.iter().map(|family| &family.name)).map(|name| (*name).to_owned());
    let row = |(labels, values): &(&Labels, BTreeMap<Family, String>)| {
        let values = families.iter().map(|family| values.get(family).cloned().unwrap_or_else(|| "0".to_owned()));
        labels.iter().map(|(_, value)| value.clone()).chain(values).collect()
    };
    std::iter::once(head.collect()).chain(rows.iter().map(row)).collect()
}

fn turn(grid: &Grid) -> Grid {
    let columns = grid.first().map_or(0, Vec::len);
    (0..columns).map(|at| grid.iter().map(|row| row[at].clone()).collect()).collect()
}

fn widths(grid: &Grid) -> Vec<usize> {
    turn(grid).iter().map(|column| column.iter().map(|cell| cell.chars().count()).max().unwrap_or(0)).collect()
}

fn width(grid: &Grid) -> usize {
    widths(grid).iter().map(|width| width + 2).sum()
}

/// Lines of cells under each other: numbers to the right, words to the left.
fn aligned(grid: &Grid) -> Vec<String> {
    let widths = widths(grid);
    let number = |column: usize| {
        let mut cells = grid.iter().skip(1).map(|row| &row[column]).peekable();
        cells.peek().is_some() && cells.all(|cell| cell.chars().all(|c| c.is_ascii_digit() || c == '.'))
    };
    let right: Vec<bool> = (0..widths.len()).map(number).collect();
    let line = |row: &Vec<String>| {
        let cells = row.iter().enumerate().map(|(at, cell)| {
            let width = widths[at];
            if right[at] { format!("{cell:>width$}") } else { format!("{cell:<width$}") }
        });
        format!("  {}", cells.collect::<Vec<_>>().join("  ")).trim_end().to_owned()
    };
    grid.iter().map(line).collect()
}
