//! Which scans of a source shard are heard: each is one session of the change exchange.

use crate::trace::Mail;
use std::collections::BTreeMap;
use tablets::ids::{Generation, OperationId, TabletId};
use tablets::message::{DataShardMessage, Origin};

/// The sessions of each incarnation, by operation and increment. A shard is of one table, so it
/// has one scan in each increment; a newer one ends it, and from then on it is silent.
#[derive(Clone, Debug, Default, Hash)]
pub(super) struct Sessions {
    newest: BTreeMap<(TabletId, Generation, OperationId, u32), u64>,
    /// Whether a scan has ever taken the place of another.
    replaced: bool,
}

impl Sessions {
    /// A change sender speaks; an older one than the newest does not.
    pub(super) fn sent(&mut self, mail: &Mail) -> Option<(String, Vec<String>, Option<TabletId>)> {
        if mail.parcel.kind == "ApplyRecords" && !self.replaced {
            return None;
        }
        let origin = match mail.parcel.open() {
            Ok(DataShardMessage::Handshake(handshake)) => handshake.origin,
            Ok(DataShardMessage::ApplyRecords { origin, .. }) => origin,
            Ok(_) | Err(_) => return None,
        };
        let Origin { tablet, generation, session, operation, incremental_idx } = origin;
        if origin.is_index_feed() {
            return None;
        }
        let key = (tablet, generation, operation, incremental_idx);
        let newest = self.newest.entry(key).or_insert(session);
        let known = *newest;
        if session > known {
            *newest = session;
            self.replaced = true;
        }
        (session < known).then(|| {
            let sentence = format!("{tablet}{generation} runs two scans of increment {incremental_idx} of {operation}");
            let details = vec![
                format!("the newest has session {known}"),
                format!("session {session} sends {} to {}", mail.parcel.kind, mail.to),
            ];
            (sentence, details, Some(tablet))
        })
    }
}

#[cfg(test)]
mod tests {
    use super::Sessions;
    use crate::trace::Mail;
    use crate::world::Endpoint;
    use tablets::ids::{Generation, OperationId, PathId, TabletId};
    use tablets::message::{DataShardMessage, Handshake, Message, Origin};

    fn origin(generation: u32, session: u64, incremental_idx: u32) -> Origin {
        let (tablet, generation) = (TabletId(5), Generation(generation));
        Origin { tablet, generation, session, operation: OperationId(9), incremental_idx }
    }

    fn mail(message: &DataShardMessage) -> Mail {
        let (from, to) = (Endpoint::Tablet(TabletId(5)), Endpoint::Tablet(TabletId(6)));
        Mail { connection: 1, from, to, reply: false, n: 1, parcel: message.parcel() }
    }

    fn handshake(origin: Origin) -> Mail {
        mail(&DataShardMessage::Handshake(Handshake { origin, path_id: PathId(3), schema_version: 1 }))
    }

    fn records(origin: Origin) -> Mail {
        mail(&DataShardMessage::ApplyRecords { origin, records: Vec::new() })
    }

    #[test]
    fn a_scan_that_was_replaced_is_silent() {
        let mut sessions = Sessions::default();
        let well = [handshake(origin(1, 1, 0)), records(origin(1, 1, 0)), handshake(origin(1, 2, 0))];
        for mail in well.iter().chain(&[records(origin(1, 2, 0)), handshake(origin(1, 3, 1)), records(origin(1, 2, 0))])
        {
            assert!(sessions.sent(mail).is_none(), "one scan after another, and increments are told apart");
        }
        assert!(sessions.sent(&handshake(origin(2, 1, 0))).is_none(), "a new incarnation counts anew");
        let (sentence, ..) = sessions.sent(&records(origin(1, 1, 0))).expect("the first scan was replaced");
        assert_eq!(sentence, "t5g1 runs two scans of increment 0 of op9");
    }
}
