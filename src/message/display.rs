//! How messages read in a trace: one line each, identities first.

use crate::message::{
    ChangeBody, ClientMessage, DataShardMessage, Message, Origin, Resolution, ScanRequest, ScanResponse, ScanStatus,
    SchemeShardMessage, ShardStep, Status, StepStatus,
};
use std::fmt::{Display, Formatter, Result};

/// `Display` as the variant's name, for enums without fields.
macro_rules! by_name {
    ($($ty:ty),+) => {$(
        impl Display for $ty {
            fn fmt(&self, f: &mut Formatter<'_>) -> Result {
                write!(f, "{self:?}")
            }
        }
    )+};
}
by_name!(Status, StepStatus, ScanStatus, crate::message::ExchangeStatus);

impl Display for SchemeShardMessage {
    fn fmt(&self, f: &mut Formatter<'_>) -> Result {
        f.write_str(self.kind())?;
        match self {
            SchemeShardMessage::Propose { tx_id, request } => write!(f, " {tx_id} {}", request.subject()),
            SchemeShardMessage::NotifyTxCompletion { tx_id } => write!(f, " {tx_id}"),
            SchemeShardMessage::DescribePath { path } => write!(f, " {path}"),
            SchemeShardMessage::GetBackup { backup } => write!(f, " {backup}"),
            SchemeShardMessage::GetRestore { restore } => write!(f, " {restore}"),
            SchemeShardMessage::ListRestores => Ok(()),
            SchemeShardMessage::ResolveTable { operation, path_id } => write!(f, " {operation} {path_id}"),
            SchemeShardMessage::StepAnswer(answer) => {
                write!(f, " {} seq={} {} {}", answer.operation, answer.seq, answer.tablet, answer.status)
            }
            SchemeShardMessage::RestoreMultipleIncrementalBackupsResponse(response)
            | SchemeShardMessage::BackupTableResponse(response) => write!(f, " {response}"),
        }
    }
}

impl Display for ScanRequest {
    fn fmt(&self, f: &mut Formatter<'_>) -> Result {
        write!(
            f,
            "{} inc={} sub={} attempt={} dst={}",
            self.tx_id, self.incremental_idx, self.sub_operation, self.attempt, self.dst_path_id
        )?;
        match self.start_order {
            Some(order) => write!(f, " after={order}"),
            None => Ok(()),
        }
    }
}

impl Display for ScanResponse {
    fn fmt(&self, f: &mut Formatter<'_>) -> Result {
        write!(
            f,
            "{} inc={} sub={} attempt={} {} {} rows={}",
            self.tx_id,
            self.incremental_idx,
            self.sub_operation,
            self.attempt,
            self.tablet_id,
            self.status,
            self.processed_rows
        )?;
        match self.issues.last() {
            Some(issue) => write!(f, " \"{}\"", issue.message),
            None => Ok(()),
        }
    }
}

impl Display for Origin {
    fn fmt(&self, f: &mut Formatter<'_>) -> Result {
        if self.is_index_feed() {
            return write!(f, "index from={}{} session={}", self.tablet, self.generation, self.session);
        }
        write!(
            f,
            "{} inc={} from={}{} session={}",
            self.operation, self.incremental_idx, self.tablet, self.generation, self.session
        )
    }
}

impl Display for DataShardMessage {
    fn fmt(&self, f: &mut Formatter<'_>) -> Result {
        f.write_str(self.kind())?;
        match self {
            DataShardMessage::Step { operation, seq, step } => {
                write!(f, " {operation} seq={seq}")?;
                step_details(step, f)
            }
            DataShardMessage::RestoreMultipleIncrementalBackups(request) | DataShardMessage::BackupTable(request) => {
                write!(f, " {request}")
            }
            DataShardMessage::Write { tx_id, ops, .. } => {
                write!(f, " {tx_id} rows={}", ops.len())?;
                match ops.first() {
                    Some(op) => write!(f, " first={}", op.key()),
                    None => Ok(()),
                }
            }
            DataShardMessage::ReadRange { range, .. } => write!(f, " {range}"),
            DataShardMessage::Resolved { operation, path_id, resolution } => match resolution {
                Resolution::Table { partitions, .. } => {
                    write!(f, " {operation} {path_id} shards={}", partitions.len())
                }
                Resolution::Gone => write!(f, " {operation} {path_id} gone"),
            },
            DataShardMessage::Handshake(handshake) => write!(f, " {}", handshake.origin),
            DataShardMessage::HandshakeAnswer { origin, tablet, status, last_record_order } => {
                write!(f, " {origin} {tablet} {status} last={last_record_order}")
            }
            DataShardMessage::ApplyRecords { origin, records } => {
                write!(f, " {origin} records={}", records.len())?;
                for record in records.iter().take(4) {
                    let sign = if record.body == ChangeBody::Erase { '-' } else { '+' };
                    write!(f, " {}:{sign}{}", record.order, record.key)?;
                }
                f.write_str(if records.len() > 4 { " ..." } else { "" })
            }
            DataShardMessage::RecordStatuses { origin, tablet, statuses } => {
                write!(f, " {origin} {tablet}")?;
                match statuses.last() {
                    Some((order, status)) => write!(f, " up_to={order} {status}"),
                    None => Ok(()),
                }
            }
            DataShardMessage::Image { operation, parent, .. } => write!(f, " {operation} of {parent}"),
            DataShardMessage::ImageTaken { operation, tablet } => write!(f, " {operation} by {tablet}"),
        }
    }
}

fn step_details(step: &ShardStep, f: &mut Formatter<'_>) -> Result {
    match step {
        ShardStep::Init(init) => write!(f, " {} {}", init.path_id, init.range),
        ShardStep::Alter(schema) => write!(f, " v{}", schema.version),
        ShardStep::Cut { open, .. } => write!(f, " open={open}"),
        ShardStep::Release { keep_from, .. } => write!(f, " keep_from={keep_from}"),
        ShardStep::Split { heirs } => heirs.iter().try_for_each(|heir| write!(f, " {}={}", heir.tablet, heir.range)),
        _ => Ok(()),
    }
}

impl Display for ClientMessage {
    fn fmt(&self, f: &mut Formatter<'_>) -> Result {
        f.write_str(self.kind())?;
        match self {
            ClientMessage::ProposeAnswer { tx_id, status, reason }
            | ClientMessage::WriteAnswer { tx_id, status, reason } => {
                write!(f, " {tx_id} {status}")?;
                if reason.is_empty() { Ok(()) } else { write!(f, " \"{reason}\"") }
            }
            ClientMessage::TxCompleted { tx_id } => write!(f, " {tx_id}"),
            ClientMessage::Description { path, status, .. } => write!(f, " {path} {status}"),
            ClientMessage::Backup { backup, view } => {
                write!(f, " {backup} {}", view.as_ref().map_or("unknown", |view| &view.state))
            }
            ClientMessage::Restore { restore, view } => {
                write!(f, " {restore} {}", view.as_ref().map_or("unknown", |view| &view.state))
            }
            ClientMessage::Restores { views } => write!(f, " {}", views.len()),
            ClientMessage::ReadAnswer { status, rows, .. } => write!(f, " {status} rows={}", rows.len()),
        }
    }
}
