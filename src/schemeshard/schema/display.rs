//! How SchemeShard's rows read in a trace: one line each.

use super::{
    BackupRow, CollectionRow, FinalStatus, IndexKey, IndexRow, LongIncrementalRestoreOp, OperationRow, PathRow,
    ProgressKey, ProgressRow, RequestRow, RestoreState, RestoreStateRow, ShardState, SplitRow, SysRow, TableRow,
};
use std::fmt;

impl fmt::Display for SysRow {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "path={} shard={} drop={}", self.last_path, self.last_shard, self.last_drop)
    }
}

impl fmt::Display for PathRow {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:?} {} {}", self.kind, self.name, self.state)?;
        self.holder.map_or(Ok(()), |holder| write!(f, " held by {holder}"))
    }
}

impl fmt::Display for TableRow {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "columns={} shards={}", self.schema.columns.len(), self.partitions.len())?;
        f.write_str(if self.incomplete { " incomplete" } else { "" })
    }
}

impl fmt::Display for IndexKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}/{}", self.table, self.index)
    }
}

impl fmt::Display for IndexRow {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "columns={} in {}", self.columns.len(), self.impl_table)
    }
}

impl fmt::Display for CollectionRow {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "tables={} seq={} stream={}", self.tables.len(), self.last_seq, self.last_stream)
    }
}

impl fmt::Display for BackupRow {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:?} of {} seq={} {:?}", self.kind, self.collection, self.seq, self.status)
    }
}

impl fmt::Display for OperationRow {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:?} {} {:?} round={}", self.kind, self.path, self.phase, self.round)
    }
}

impl fmt::Display for SplitRow {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let parents: Vec<String> = self.parents.iter().map(ToString::to_string).collect();
        let heirs: Vec<String> = self.heirs.iter().map(|heir| format!("{}={}", heir.tablet, heir.range)).collect();
        write!(f, "{} to {}{}", parents.join(" "), heirs.join(" "), if self.by_load { ", by load" } else { "" })
    }
}

impl fmt::Display for RequestRow {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.status)
    }
}

impl fmt::Display for LongIncrementalRestoreOp {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "of {} parts={} targets={}", self.backup_collection_path_id, self.chain.len(), self.targets.len())
    }
}

impl fmt::Display for RestoreState {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            RestoreState::Running => f.write_str("Running"),
            RestoreState::Finalizing(outcome) => write!(f, "Finalizing({outcome:?})"),
            RestoreState::Ended(outcome) => write!(f, "{outcome:?}"),
        }
    }
}

impl fmt::Display for FinalStatus {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            FinalStatus::Shard(status) => write!(f, "{status}"),
            status => write!(f, "{status:?}"),
        }
    }
}

impl fmt::Display for RestoreStateRow {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} incremental={}", self.state, self.incremental)
    }
}

impl fmt::Display for ProgressKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} inc={} sub={} {}", self.operation, self.incremental, self.sub_operation, self.shard)
    }
}

impl fmt::Display for ProgressRow {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.state {
            ShardState::Pending => f.write_str("Pending")?,
            ShardState::Dispatched => f.write_str("Dispatched")?,
            ShardState::Backoff(at) => {
                let why = self.verdict.map_or(String::new(), |verdict| format!("({verdict})"));
                write!(f, "Backoff{why} until {at}")?;
            }
            ShardState::Done(status) => write!(f, "Done({status})")?,
        }
        write!(f, " attempt={} rows={}", self.attempt, self.rows)
    }
}
