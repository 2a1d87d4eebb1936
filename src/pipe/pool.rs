//! The dedicated pipe pool: one client per (owner, tablet), for as long as the owner lives.
//!
//! The seed left it as a future enhancement; YDB later lost responses because a broken
//! pipe was announced to nobody (`pipe-per-message`, `pipe-owned-by-scan`). Here every
//! client maps back to its owner, so that a broken one always finds who must send again,
//! and all of an owner's clients close with it.

use crate::counters::{Aside, PipeCounters};
use crate::ids::{ClientId, TabletId};
use crate::message::Message;
use crate::pipe::RetryPolicy;
use crate::pipe::retry::doubling_us;
use crate::side_effects::SideEffects;
use std::collections::BTreeMap;

/// Hands out client ids of one incarnation.
#[derive(Clone, Debug, Default, Hash)]
pub struct ClientIds(u64);

impl ClientIds {
    /// An id that was not used before.
    pub fn issue(&mut self) -> ClientId {
        self.0 += 1;
        ClientId(self.0)
    }
}

/// A client of the pool is gone, and this is what to do about it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct LostPipe<O> {
    /// Whose client it was.
    pub owner: O,
    /// Where it led.
    pub tablet: TabletId,
    /// How long to wait before sending again, in microseconds.
    pub delay_us: u64,
}

#[derive(Clone, Copy, Debug, Default, Hash)]
struct Slot {
    client: Option<ClientId>,
    losses: u32,
    reconnects: u64,
}

/// The pool. `O` names the owner, say an operation.
///
/// * At most one client per (owner, tablet).
/// * `by_client` holds exactly the clients in `slots`.
#[derive(Clone, Debug, Hash)]
pub struct PipePool<O> {
    policy: RetryPolicy,
    slots: BTreeMap<(O, TabletId), Slot>,
    by_client: BTreeMap<ClientId, (O, TabletId)>,
    reconnects: Aside<u64>,
}

impl<O: Ord + Copy> PipePool<O> {
    /// An empty pool whose clients connect by `policy`.
    pub fn new(policy: RetryPolicy) -> Self {
        PipePool { policy, slots: BTreeMap::new(), by_client: BTreeMap::new(), reconnects: Aside(0) }
    }

    /// Sends over the owner's pipe to `tablet`, which is opened if need be.
    pub fn send<M: Message>(
        &mut self,
        owner: O,
        tablet: TabletId,
        message: &M,
        ids: &mut ClientIds,
        effects: &mut SideEffects,
    ) {
        let slot = self.slots.entry((owner, tablet)).or_default();
        let client = match slot.client {
            Some(client) => client,
            None => {
                let client = ids.issue();
                let again = u64::from(slot.losses > 0);
                slot.reconnects += again;
                *self.reconnects += again;
                slot.client = Some(client);
                self.by_client.insert(client, (owner, tablet));
                effects.open(client, tablet, self.policy);
                client
            }
        };
        effects.send(client, message);
    }

    /// Whose client this is.
    pub fn owner(&self, client: ClientId) -> Option<(O, TabletId)> {
        self.by_client.get(&client).copied()
    }

    /// Whether the owner has a client to `tablet` that is not known to be gone.
    pub fn is_open(&self, owner: O, tablet: TabletId) -> bool {
        self.slots.get(&(owner, tablet)).is_some_and(|slot| slot.client.is_some())
    }

    /// A client is gone. `None` if it is not the pool's, or not any more.
    pub fn destroyed(&mut self, client: ClientId) -> Option<LostPipe<O>> {
        let (owner, tablet) = self.by_client.remove(&client)?;
        let slot = self.slots.get_mut(&(owner, tablet)).expect("every client of the pool has its slot");
        assert_eq!(slot.client, Some(client), "a slot and its client point at each other");
        slot.client = None;
        let delay_us = doubling_us(self.policy.min_us, self.policy.max_us, slot.losses);
        slot.losses += 1;
        Some(LostPipe { owner, tablet, delay_us })
    }

    /// Something arrived over this client, so that the next loss starts the backoff anew.
    pub fn answered(&mut self, client: ClientId) {
        if let Some(key) = self.by_client.get(&client) {
            self.slots.get_mut(key).expect("every client of the pool has its slot").losses = 0;
        }
    }

    /// Closes all pipes of an owner.
    pub fn close_all(&mut self, owner: O, effects: &mut SideEffects) {
        let (from, to) = ((owner, TabletId(0)), (owner, TabletId(u64::MAX)));
        let keys: Vec<_> = self.slots.range(from..=to).map(|(key, _)| *key).collect();
        for key in keys {
            let slot = self.slots.remove(&key).expect("the key was just read");
            if let Some(client) = slot.client {
                self.by_client.remove(&client);
                effects.close(client);
            }
        }
    }

    /// Of all owners, those that are gone included.
    pub fn counters(&self) -> PipeCounters {
        PipeCounters { open: self.by_client.len() as u64, reconnects: *self.reconnects }
    }

    /// Of one owner, while it has pipes.
    pub fn counters_of(&self, owner: O) -> PipeCounters {
        let slots = self.slots.range((owner, TabletId(0))..=(owner, TabletId(u64::MAX)));
        slots.fold(PipeCounters::default(), |sum, (_, slot)| PipeCounters {
            open: sum.open + u64::from(slot.client.is_some()),
            reconnects: sum.reconnects + slot.reconnects,
        })
    }

    /// The owners that have pipes, open or lost.
    pub fn owners(&self) -> impl Iterator<Item = O> {
        self.slots.keys().map(|(owner, _)| *owner)
    }
}

#[cfg(test)]
mod tests {
    use super::{ClientIds, PipePool};
    use crate::ids::{ClientId, TabletId};
    use crate::message::SchemeShardMessage;
    use crate::pipe::RetryPolicy;
    use crate::side_effects::{Effect, SideEffects};

    const POLICY: RetryPolicy = RetryPolicy::TABLET;

    /// Sends to each tablet for owner 1, and to the first one for owner 2.
    fn pool(tablets: &[u64]) -> (PipePool<u32>, ClientIds, Vec<Effect>) {
        let (mut pool, mut ids, mut effects) = (PipePool::new(POLICY), ClientIds::default(), SideEffects::default());
        for (owner, tablet) in tablets.iter().map(|tablet| (1, *tablet)).chain([(2, tablets[0])]) {
            pool.send(owner, TabletId(tablet), &SchemeShardMessage::ListRestores, &mut ids, &mut effects);
        }
        (pool, ids, effects.into_effects())
    }

    fn opened(effects: &[Effect]) -> Vec<ClientId> {
        effects
            .iter()
            .filter_map(|effect| if let Effect::Open(client, ..) = effect { Some(*client) } else { None })
            .collect()
    }

    #[test]
    fn an_owner_has_one_client_for_a_tablet_and_closes_them_all() {
        let (mut pool, _, effects) = pool(&[7, 8, 7]);
        let clients = opened(&effects);
        assert_eq!(clients.len(), 3, "the second message to a tablet goes over the client of the first");
        assert_eq!(
            clients.iter().map(|client| pool.owner(*client)).collect::<Option<Vec<_>>>(),
            Some(vec![(1, TabletId(7)), (1, TabletId(8)), (2, TabletId(7))])
        );
        let mut effects = SideEffects::default();
        pool.close_all(1, &mut effects);
        assert_eq!(effects.into_effects(), [Effect::Close(clients[0]), Effect::Close(clients[1])]);
        assert_eq!(
            clients.iter().map(|client| pool.owner(*client).is_some()).collect::<Vec<_>>(),
            [false, false, true]
        );
        assert_eq!((pool.counters().open, pool.owners().collect::<Vec<_>>()), (1, vec![2]));
        assert!(pool.destroyed(clients[0]).is_none(), "what is closed is lost to nobody");
    }

    #[test]
    fn waits_double_until_somebody_answers() {
        let (mut pool, mut ids, effects) = pool(&[7]);
        let mut client = opened(&effects)[0];
        let mut lose = |pool: &mut PipePool<u32>, answered: bool| {
            if answered {
                pool.answered(client);
            }
            let lost = pool.destroyed(client).expect("it was the pool's");
            assert!(!pool.is_open(1, TabletId(7)));
            let mut effects = SideEffects::default();
            pool.send(1, TabletId(7), &SchemeShardMessage::ListRestores, &mut ids, &mut effects);
            client = opened(&effects.into_effects())[0];
            lost.delay_us
        };
        let first = lose(&mut pool, false);
        assert_eq!([lose(&mut pool, false), lose(&mut pool, false)], [2 * first, 4 * first]);
        assert_eq!(lose(&mut pool, true), first, "an answer begins anew");
        assert_eq!(pool.counters().reconnects, 4);
    }
}
