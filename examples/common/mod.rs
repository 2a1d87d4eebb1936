//! The account of lessons 1 to 4: a tablet of our own, neither SchemeShard nor DataShard.
//!
//! It has one durable number. `Add` changes it; `AddOnce` also writes down the request's id,
//! so that the same request again finds that it was done. `AddNoted` only keeps the id in mind.

#![allow(unreachable_pub, dead_code, reason = "each lesson is a program of its own and uses a part of this")]

use serde::{Deserialize, Serialize};
use std::collections::BTreeSet;
use std::fmt;
use tablets::ids::{OperationId, ServerId, TabletId};
use tablets::local_db::{Only, Txn};
use tablets::message::{Kind, Message, Never};
use tablets::side_effects::SideEffects;
use tablets::tablet::{BootInfo, Event, Tablet, Transaction, TxType, Via, Wait};
use tabletsim::fault::Schedule;
use tabletsim::world::{EdgeEvent, EdgeId, Step, World, WorldOptions};

tablets::local_db! {
    /// The account's tables.
    AccountTables {
        /// The balance.
        1 Balance(balance): Only => i64,
        /// Requests that were done.
        2 Done(done): u64 => i64,
    }
}

/// Requests and answers.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub enum AccountMessage {
    /// Adds an amount, whoever asks, as often as it is asked.
    Add(i64),
    /// Adds an amount once for this id.
    AddOnce(u64, i64),
    /// Adds an amount once for this id, as far as this incarnation remembers.
    AddNoted(u64, i64),
    /// The new balance.
    Added(i64),
}

impl Message for AccountMessage {
    fn kind(&self) -> Kind {
        match self {
            AccountMessage::Add(_) => "Add",
            AccountMessage::AddOnce(..) => "AddOnce",
            AccountMessage::AddNoted(..) => "AddNoted",
            AccountMessage::Added(_) => "Added",
        }
    }
}

impl fmt::Display for AccountMessage {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            AccountMessage::Add(amount) => write!(f, "Add {amount}"),
            AccountMessage::AddOnce(id, amount) => write!(f, "AddOnce id={id} {amount}"),
            AccountMessage::AddNoted(id, amount) => write!(f, "AddNoted id={id} {amount}"),
            AccountMessage::Added(balance) => write!(f, "Added, balance {balance}"),
        }
    }
}

/// The tablet; all it knows is in its tables, but for the ids that it only keeps in mind.
#[derive(Clone, Debug, Default, Hash)]
pub struct Account {
    noted: BTreeSet<u64>,
}

impl Tablet for Account {
    const KIND: Kind = "Account";
    type Schema = AccountTables;
    type Message = AccountMessage;
    type Private = Never;
    type Config = ();
    type Tx = Add;
    type Derived = ();

    fn boot(_: BootInfo, (): &(), _: &AccountTables) -> (Self, Vec<Add>) {
        (Account::default(), Vec::new())
    }

    fn receive(&self, event: Event<Self>) -> Option<Add> {
        let Event::Message(Via::Server(server), message) = event else { return None };
        let (id, amount) = match message {
            AccountMessage::Add(amount) => (Id::None, amount),
            AccountMessage::AddOnce(id, amount) => (Id::Durable(id), amount),
            AccountMessage::AddNoted(id, amount) => (Id::InMind(id), amount),
            AccountMessage::Added(_) => return None,
        };
        Some(Add { server, id, amount, balance: 0 })
    }

    fn derived(&self) {}

    fn waits(&self, _: &AccountTables) -> Vec<Wait> {
        Vec::new()
    }
}

/// Who remembers that a request was done.
#[derive(Clone, Copy, Debug, Hash)]
enum Id {
    None,
    InMind(u64),
    Durable(u64),
}

/// Its only transaction.
#[derive(Clone, Debug, Hash)]
pub struct Add {
    server: ServerId,
    id: Id,
    amount: i64,
    balance: i64,
}

impl Transaction for Add {
    type Tablet = Account;

    fn tx_type(&self) -> TxType {
        TxType { number: 1, name: "Add" }
    }

    fn operation(&self) -> Option<OperationId> {
        None
    }

    fn execute(&mut self, account: &mut Account, txn: &mut Txn<'_, AccountTables>) {
        self.balance = txn.get::<Balance>(&Only).copied().unwrap_or(0);
        let done = match self.id {
            Id::None => false,
            Id::InMind(id) => !account.noted.insert(id),
            Id::Durable(id) => txn.get::<Done>(&id).is_some(),
        };
        if done {
            return;
        }
        self.balance += self.amount;
        txn.put::<Balance>(Only, self.balance);
        if let Id::Durable(id) = self.id {
            txn.put::<Done>(id, self.balance);
        }
    }

    fn complete(self, _: &mut Account, effects: &mut SideEffects) {
        effects.reply(self.server, &AccountMessage::Added(self.balance));
    }
}

/// The account's tablet id.
pub const ACCOUNT: TabletId = TabletId(7);
/// The client.
pub const CLIENT: EdgeId = EdgeId(1);

/// A world with one account, under these faults.
pub fn world(faults: &str) -> World {
    let schedule: Schedule = faults.parse().expect("the lesson's faults are well written");
    let mut world = World::new(WorldOptions { schedule, record: true, ..WorldOptions::default() });
    world.add_type::<Account>(());
    world.create_tablet(ACCOUNT, Account::KIND);
    world
}

/// What a client sees of one request, if it sends again whenever its pipe is lost, at most so often.
pub fn request(world: &mut World, message: &AccountMessage, resends: u32) -> Option<i64> {
    world.edge_send(CLIENT, ACCOUNT, message.parcel());
    let mut left = resends;
    loop {
        match world.step() {
            Step::Edge(_, EdgeEvent::Answer { parcel, .. }) => match parcel.open() {
                Ok(AccountMessage::Added(balance)) => return Some(balance),
                _ => return None,
            },
            Step::Edge(_, EdgeEvent::PipeLost { .. }) if left > 0 => {
                left -= 1;
                world.edge_send(CLIENT, ACCOUNT, message.parcel());
            }
            Step::AtRest { .. } => return None,
            _ => {}
        }
    }
}

/// Lets everything come to rest and reads the durable balance from the account's disk.
pub fn balance(world: &mut World) -> i64 {
    while !matches!(world.step(), Step::AtRest { .. }) {}
    let tables = world.durable::<Account>(ACCOUNT).expect("the account exists");
    tables.balance.get(&Only).copied().unwrap_or(0)
}
