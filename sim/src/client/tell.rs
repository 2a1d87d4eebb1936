//! Answers as people read them: one line, one fact.

use super::task::Ending;
use tablets::message::{BackupView, IndexView, Issue, PathDescription, RestoreView, Status};
use tablets::schemeshard::FinalStatus;

/// How a backup ended.
pub(super) fn backup_ending(view: Option<&BackupView>) -> Ending {
    let Some(view) = view else { return Ending::refused(Status::NotFound, "the backup is not known") };
    let mut ending = Ending::good(Vec::new());
    if !view.completed {
        ending.refusal = Some(format!("the backup ended {}{}", view.state, issues(&view.issues)));
    }
    ending
}

/// How a restore ended.
pub(super) fn restore_ending(view: Option<&RestoreView>) -> Ending {
    let Some(view) = view else { return Ending::refused(Status::NotFound, "the restore is not known") };
    let mut ending = Ending::good(Vec::new());
    ending.state = Some(view.state.clone());
    if view.state != "Completed" {
        ending.refusal = Some(format!("the restore ended {}{}{}", view.state, code(view), issues(&view.issues)));
    }
    ending
}

/// A backup as a line.
pub(super) fn backup(name: &str, view: &BackupView) -> String {
    format!("backup {name}: {}{}", view.state, issues(&view.issues))
}

/// A restore as a line.
pub(super) fn restore(name: &str, view: &RestoreView) -> String {
    let last = view.incrementals.saturating_sub(1);
    let RestoreView { state, percent, incremental, shards, rows, bytes, .. } = view;
    let shards = format!("{}/{}", shards.done, shards.expected);
    format!(
        "restore {name}: {state}{} {percent}% increment={incremental}/{last} shards={shards} rows={rows} bytes={bytes}{}{}",
        code(view),
        under_way(view),
        issues(&view.issues)
    )
}

/// What is there only while a restore goes on, or went wrong.
fn under_way(view: &RestoreView) -> String {
    let (tables, pipes) = (&view.sub_operations, &view.pipes);
    let numbers = [
        ("failed", u64::from(view.shards.failed)),
        ("attempts", if view.terminal { 0 } else { view.attempts.into() }),
        ("tables_pending", tables.pending.into()),
        ("tables_dispatched", tables.dispatched.into()),
        ("tables_in_backoff", tables.backoff.into()),
        ("tables_done", tables.done.into()),
        ("pipes", pipes.open),
        ("reconnects", pipes.reconnects),
    ];
    let there = numbers.iter().filter(|(_, number)| *number > 0);
    let numbers: String = there.map(|(name, number)| format!(" {name}={number}")).collect();
    numbers + &view.next_retry.map_or(String::new(), |at| format!(" next_retry={at}"))
}

/// A path as lines.
pub(super) fn path(description: &PathDescription) -> Vec<String> {
    let holder = description.holder.map_or(String::new(), |holder| format!(" held by {holder}"));
    let mut lines = vec![format!("{} {} {}{holder}", description.path, description.path_id, description.state)];
    if let Some(table) = &description.table {
        let columns = table.schema.columns.iter().map(|column| format!("{}:{}", column.name, column.ty));
        let key: Vec<&str> = table.schema.key_columns().map(|column| column.name.as_str()).collect();
        let incomplete = if table.incomplete { " incomplete" } else { "" };
        lines.push(format!("  {} key={}{incomplete}", columns.collect::<Vec<_>>().join(" "), key.join(",")));
        let index = |index: &IndexView| format!("  index {}: {}", index.name, index.columns.join(","));
        lines.extend(table.indexes.iter().map(index));
        lines.extend(table.partitions.iter().map(|partition| format!("  {} {}", partition.tablet, partition.range)));
    }
    if let Some(domain) = &description.domain {
        lines.push(format!("  paths={} stale_responses_dropped={}", domain.paths, domain.stale_responses_dropped));
        lines.extend(domain.locked.iter().map(|(holder, paths)| format!("  {holder} holds {paths} paths")));
    }
    lines.extend(description.children.iter().map(|child| format!("  {child}")));
    lines
}

/// ` (Timeout)`, of a restore that failed.
fn code(view: &RestoreView) -> String {
    match view.status {
        Some(status) if !matches!(status, FinalStatus::Success | FinalStatus::Cancelled) => format!(" ({status})"),
        _ => String::new(),
    }
}

fn issues(issues: &[Issue]) -> String {
    if issues.is_empty() {
        return String::new();
    }
    let sentences: Vec<&str> = issues.iter().map(|issue| issue.message.as_str()).collect();
    format!(": {}", sentences.join("; "))
}
