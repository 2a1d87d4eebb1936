//! A picture of the end of a run: one column for each who took part, time running down.
//!
//! It begins a little before the first fault and shows at most a page; what is left out in the
//! middle is said. Arrows are messages, a cross is where one was lost, a red line is a fault, and
//! a column changes its shade when a reboot begins another generation.

use super::html::escaped;
use crate::story::{Fact, Index, Story};
use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write;

/// Steps before the first fault that are shown.
const BEFORE: u64 = 6;
/// Rows, about.
const ROWS: usize = 60;
/// Rows around a fault or a loss, at least.
const LEAST: usize = 4;
/// Pixels of a row.
const ROW: usize = 20;
/// Pixels of a column, at least.
const COLUMN: usize = 180;
/// Pixels of all columns, at least.
const WIDTH: usize = 960;
/// Pixels of a character, about.
const SIGN: usize = 7;
/// Pixels left of the first column, where steps stand.
const LEFT: usize = 130;
/// Pixels above the first row.
const TOP: usize = 46;

/// The picture as an SVG element.
pub fn picture(story: &Story) -> String {
    let rows = rows(story);
    let places = rows.iter().enumerate().map(|(place, row)| (row.index, place)).collect();
    Picture { story, places, lanes: lanes(story, &rows), rows }.draw()
}

/// A fact that is shown.
struct Row {
    index: Index,
    /// How many that could have been shown are left out before it.
    left_out: usize,
}

struct Picture<'s> {
    story: &'s Story,
    /// What is shown, in order.
    rows: Vec<Row>,
    /// The row of each fact that is shown.
    places: BTreeMap<Index, usize>,
    /// The lanes that are shown.
    lanes: Vec<usize>,
}

/// What is shown: the story from before the first fault on; if it is long, only what is around the
/// faults and losses and before the end, which is where the run was found to be wrong.
fn rows(story: &Story) -> Vec<Row> {
    let first = story.faults.first().map_or(0, |fault| story.fact(fault.at).step.saturating_sub(BEFORE));
    let is_shown = |fact: &Fact| {
        fact.step >= first && (!fact.detail || fact.kind == "delivered") && !matches!(fact.kind, "input" | "receipt")
    };
    let all: Vec<Index> = (0..story.facts.len()).filter(|index| is_shown(story.fact(*index))).collect();
    let place = |index: Index| all.partition_point(|shown| *shown < index);
    let end = story.objections.first().map_or(all.len(), |at| (place(*at) + 1).min(all.len()));
    let lost = story.messages.iter().filter_map(|message| message.lost);
    let marks: BTreeSet<Index> = story.faults.iter().map(|fault| fault.at).chain(lost).collect();
    let share = if all.len() <= ROWS { all.len() } else { (ROWS / (marks.len() + 1)).max(LEAST) };
    let around = |mark: Index| place(mark).saturating_sub(share / 3)..place(mark) + share - share / 3;
    let parts = marks.into_iter().map(around).chain(std::iter::once(end.saturating_sub(share)..end));
    let shown: BTreeSet<usize> = parts.flatten().filter(|place| *place < all.len()).collect();
    let mut next = shown.first().copied().unwrap_or_default();
    let row = |place: usize| {
        let left_out = place - next;
        next = place + 1;
        Row { index: all[place], left_out }
    };
    shown.into_iter().map(row).collect()
}

/// Who took part in what is shown.
fn lanes(story: &Story, rows: &[Row]) -> Vec<usize> {
    let lanes: BTreeSet<usize> = rows.iter().filter_map(|row| story.fact(row.index).lane).collect();
    lanes.into_iter().collect()
}

impl Picture<'_> {
    fn draw(&self) -> String {
        let (width, height) = (LEFT + self.lanes.len() * self.column(), TOP + (self.rows.len() + 1) * ROW);
        let mut out = format!(
            "<svg class=\"run\" viewBox=\"0 0 {width} {height}\" width=\"{width}\" height=\"{height}\" role=\"img\" \
             aria-label=\"the run around its failure\">\n"
        );
        self.columns(&mut out, height);
        self.messages(&mut out);
        for (at, row) in self.rows.iter().enumerate() {
            let fact = self.story.fact(row.index);
            self.row(&mut out, at, fact, width);
            if row.left_out > 0 {
                let (y, left_out) = (y(at) - ROW as i64 / 2 - 6, row.left_out);
                put(&mut out, &format!("<line class=\"gap\" x1=\"0\" y1=\"{y}\" x2=\"{width}\" y2=\"{y}\"/>"));
                let said = format!("… {left_out} facts before step {} are left out", fact.step);
                text(&mut out, (LEFT as i64 + 40, y + 4), "faint", &said, self.beside());
            }
        }
        out + "</svg>\n"
    }

    /// Pixels of a column.
    fn column(&self) -> usize {
        COLUMN.max(WIDTH / self.lanes.len().max(1))
    }

    /// Characters of a text beside a column.
    fn beside(&self) -> usize {
        (self.column() - 20) / SIGN
    }

    fn x(&self, lane: usize) -> Option<i64> {
        let place = self.lanes.iter().position(|shown| *shown == lane)?;
        Some((LEFT + place * self.column() + 20) as i64)
    }

    /// Names and lines of life, each generation in its shade.
    fn columns(&self, out: &mut String, height: usize) {
        for lane in &self.lanes {
            let Some(x) = self.x(*lane) else { continue };
            let of = &self.story.lanes[*lane];
            text(out, (x - 8, 18), "name", &of.name, self.beside());
            let what = of.holds.as_deref().or(of.kind).unwrap_or("client");
            text(out, (x - 8, 34), "faint", &ending(what, self.beside()), self.beside());
            put(out, &format!("<line class=\"life\" x1=\"{x}\" y1=\"{TOP}\" x2=\"{x}\" y2=\"{height}\"/>"));
            for incarnation in self.story.incarnations.iter().filter(|incarnation| incarnation.lane == *lane) {
                let from = self.first_row_after(incarnation.started).map_or(height as i64, |row| y(row) - 8);
                let to = incarnation.stopped.and_then(|at| self.first_row_after(at)).map_or(height as i64, y);
                let (length, shade) = ((to - from).max(0), incarnation.generation % 2);
                let title = format!("{} generation {}", of.name, incarnation.generation);
                put(
                    out,
                    &format!(
                        "<rect class=\"alive{shade}\" x=\"{}\" y=\"{from}\" width=\"10\" height=\"{length}\"><title>{title}</title></rect>",
                        x - 5
                    ),
                );
            }
        }
    }

    fn first_row_after(&self, index: Index) -> Option<usize> {
        self.places.range(index..).next().map(|(_, row)| *row)
    }

    /// Arrows from where a message was sent to where it ends.
    fn messages(&self, out: &mut String) {
        for message in &self.story.messages {
            let (Some(from), Some(to)) = (self.x(message.from), self.x(message.to)) else { continue };
            let sent = self.places.get(&message.sent).copied();
            let end = message.lost.or(message.delivered.first().copied());
            let ended = end.and_then(|end| self.places.get(&end).copied());
            let class = if message.lost.is_some() { "lost" } else { "arrow" };
            let (y1, y2) = match (sent, ended) {
                (Some(sent), Some(ended)) => (y(sent), y(ended)),
                (None, Some(ended)) => (y(ended) - ROW as i64, y(ended)),
                (Some(sent), None) => (y(sent), y(sent) + ROW as i64),
                (None, None) => continue,
            };
            let title = escaped(&message.text);
            put(
                out,
                &format!(
                    "<line class=\"{class}\" x1=\"{from}\" y1=\"{y1}\" x2=\"{to}\" y2=\"{y2}\"><title>{title}</title></line>"
                ),
            );
            let side = if to > from { -1 } else { 1 };
            match (message.lost, ended) {
                (Some(_), _) => {
                    let (x, y) = (to + side * 24, y2 - (y2 - y1) * 24 / (to - from).abs().max(24));
                    put(out, &format!("<path class=\"cross\" d=\"M{} {}l12 12m0 -12l-12 12\"/>", x - 6, y - 6));
                }
                (None, Some(_)) => {
                    let base = to + side * 12;
                    put(
                        out,
                        &format!(
                            "<path class=\"head\" d=\"M{} {y2}L{base} {}L{base} {}Z\"/>",
                            to + side * 5,
                            y2 - 5,
                            y2 + 5
                        ),
                    );
                }
                (None, None) => {}
            }
        }
    }

    fn row(&self, out: &mut String, row: usize, fact: &Fact, width: usize) {
        let y = y(row);
        let before = row.checked_sub(1).map(|before| self.story.fact(self.rows[before].index).step);
        if before != Some(fact.step) {
            text(out, (4, y + 4), "step", &format!("{} · {}", fact.step, seconds(fact.at_us)), LEFT / 5);
        }
        let said = fact.texts.join("; ");
        match fact.lane.and_then(|lane| self.x(lane)) {
            _ if fact.kind == "delivered" => {}
            Some(x) => {
                let class = if fact.mark == crate::trace::Mark::Fault { "bad" } else { "said" };
                text(out, (x + 10, y - 4), class, &format!("{} {said}", fact.mark.sign()), self.beside());
            }
            None => {
                let class = if matches!(fact.kind, "fault" | "objected") { "fault" } else { "note" };
                let (left, right) = (LEFT - 10, width - 4);
                put(out, &format!("<line class=\"{class}\" x1=\"{left}\" y1=\"{y}\" x2=\"{right}\" y2=\"{y}\"/>"));
                text(
                    out,
                    (LEFT as i64 + 40, y - 4),
                    class,
                    &format!("{} {said}", fact.mark.sign()),
                    (width - LEFT - 40) / SIGN,
                );
            }
        }
    }
}

fn y(row: usize) -> i64 {
    (TOP + (row + 1) * ROW) as i64
}

fn seconds(us: u64) -> String {
    format!("{}.{:06} s", us / 1_000_000, us % 1_000_000)
}

fn put(out: &mut String, element: &str) {
    writeln!(out, "{element}").expect("writing to a string does not fail");
}

/// The end of a text that is longer than so many characters: of a path, what tells it from others.
fn ending(text: &str, most: usize) -> String {
    match text.chars().count().checked_sub(most) {
        None | Some(0) => text.to_owned(),
        Some(over) => std::iter::once('…').chain(text.chars().skip(over + 1)).collect(),
    }
}

/// A text with at most so many characters; the whole of it shows when the pointer rests on it.
fn text(out: &mut String, (x, y): (i64, i64), class: &str, said: &str, most: usize) {
    let said = said.trim();
    let short: String = match said.chars().count() <= most {
        true => said.to_owned(),
        false => said.chars().take(most - 1).chain(['…']).collect(),
    };
    let title = if short == said { String::new() } else { format!("<title>{}</title>", escaped(said)) };
    put(out, &format!("<text class=\"{class}\" x=\"{x}\" y=\"{y}\">{}{title}</text>", escaped(&short)));
}
