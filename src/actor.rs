//! All of our actix: a tablet's incarnation as an actor with a mailbox.
//!
//! No runtime runs these actors. The host owns the actor's future, sends one delivery to
//! its address and polls that one future with a waker that does nothing, so exactly one
//! message is in flight and the order is the host's.
//!
//! Traps, and what is done about them: dropping a future that was never polled runs
//! `started`, so the life-cycle callbacks stay empty and boot is a delivery; one poll
//! handles the whole mailbox, so there is one delivery a poll; a send to a dead actor is
//! silent, so [`Mailbox::deliver`] checks; after a panic the future would go on with torn
//! state, so it is dropped.
//!
//! Left out: arbiters, actix timers, streams, supervisors.

use crate::counters::Counter;
use crate::executor::{Delivery, Executor, Port};
use crate::message::Kind;
use crate::tablet::Tablet;
use actix::dev::ContextFut;
use actix::{Actor, Addr, Context, Handler};
use std::any::Any;
use std::future::Future;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::pin::Pin;
use std::sync::mpsc;
use std::task::{self, Waker};

/// The actor: an incarnation and its way out.
struct TabletActor<T: Tablet, P: Port + Unpin + 'static> {
    executor: Executor<T>,
    port: P,
}

impl<T: Tablet, P: Port + Unpin + 'static> Unpin for TabletActor<T, P> {}

impl<T: Tablet, P: Port + Unpin + 'static> Actor for TabletActor<T, P> {
    type Context = Context<Self>;
}

/// One delivery, as an actix message.
struct Deliver(Delivery);

impl actix::Message for Deliver {
    type Result = ();
}

impl<T: Tablet, P: Port + Unpin + 'static> Handler<Deliver> for TabletActor<T, P> {
    type Result = ();

    fn handle(&mut self, Deliver(delivery): Deliver, _: &mut Context<Self>) {
        self.executor.deliver(delivery, &mut self.port);
    }
}

/// Something to run on an incarnation.
type Glance<T> = Box<dyn FnOnce(&Executor<T>) + Send>;
/// The future that runs an actor.
type Running<T, P> = ContextFut<TabletActor<T, P>, Context<TabletActor<T, P>>>;

/// A look inside, as an actix message: runs on the actor, changes nothing.
struct Look<T: Tablet>(Glance<T>);

impl<T: Tablet> actix::Message for Look<T> {
    type Result = ();
}

impl<T: Tablet, P: Port + Unpin + 'static> Handler<Look<T>> for TabletActor<T, P> {
    type Result = ();

    fn handle(&mut self, Look(look): Look<T>, _: &mut Context<Self>) {
        look(&self.executor);
    }
}

/// Why a delivery did not go well.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum Failure {
    /// The tablet panicked, with this sentence. Its state is torn; host it no more.
    Panicked(String),
    /// The actor does not exist any more.
    Dead,
}

/// A hosted tablet of some type, as its host sees it.
pub trait Hosted {
    /// The tablet type's name.
    fn kind(&self) -> Kind;

    /// Delivers one thing and lets the actor handle it to the end.
    ///
    /// # Errors
    /// The tablet panicked, now or before.
    fn deliver(&mut self, delivery: Delivery) -> Result<(), Failure>;

    /// A copy of the incarnation (an `Executor<T>`), to look at or to host again. `None` if it is dead.
    fn copy(&mut self) -> Option<Box<dyn Any + Send>>;

    /// What the incarnation has counted; nothing if it is dead.
    fn counters(&mut self) -> Vec<Counter>;

    /// Its tables as executed (a `T::Schema`), for as long as they are looked at. `None` if it is dead.
    fn tables(&mut self) -> Option<Box<dyn Any + Send>>;
}

/// A tablet's actor together with the future that runs it.
pub struct Mailbox<T: Tablet, P: Port + Unpin + 'static> {
    address: Addr<TabletActor<T, P>>,
    future: Option<Pin<Box<Running<T, P>>>>,
}

impl<T: Tablet, P: Port + Unpin + 'static> Mailbox<T, P> {
    /// Starts hosting an incarnation.
    pub fn new(executor: Executor<T>, port: P) -> Self {
        let future = Context::new().into_future(TabletActor { executor, port });
        Mailbox { address: future.address(), future: Some(Box::pin(future)) }
    }

    fn poll(&mut self) -> Result<(), Failure> {
        let Some(future) = self.future.as_mut() else {
            return Err(Failure::Dead);
        };
        let mut context = task::Context::from_waker(Waker::noop());
        let polled = catch_unwind(AssertUnwindSafe(|| future.as_mut().poll(&mut context)));
        match polled {
            Ok(task::Poll::Pending) => Ok(()),
            Ok(task::Poll::Ready(())) => Err(self.bury(Failure::Dead)),
            Err(panic) => Err(self.bury(Failure::Panicked(sentence(panic.as_ref())))),
        }
    }

    /// A panicked future must not be polled again, and dropping it polls it: so it is leaked
    /// into a drop that cannot unwind further.
    fn bury(&mut self, failure: Failure) -> Failure {
        let future = self.future.take();
        let _ = catch_unwind(AssertUnwindSafe(|| drop(future)));
        failure
    }

    /// Runs `look` on the incarnation and returns what it returns; `None` if the actor is dead.
    pub fn look<R: Send + 'static>(&mut self, look: impl FnOnce(&Executor<T>) -> R + Send + 'static) -> Option<R> {
        let (sender, receiver) = mpsc::channel();
        self.address.do_send(Look(Box::new(move |executor| {
            sender.send(look(executor)).expect("the receiver waits in the same function");
        })));
        self.poll().ok()?;
        receiver.try_recv().ok()
    }
}

impl<T: Tablet, P: Port + Unpin + 'static> Hosted for Mailbox<T, P> {
    fn kind(&self) -> Kind {
        T::KIND
    }

    fn deliver(&mut self, delivery: Delivery) -> Result<(), Failure> {
        self.address.do_send(Deliver(delivery));
        self.poll()
    }

    fn copy(&mut self) -> Option<Box<dyn Any + Send>> {
        self.look(|executor| Box::new(executor.clone()) as Box<dyn Any + Send>)
    }

    fn counters(&mut self) -> Vec<Counter> {
        self.look(Executor::counters).unwrap_or_default()
    }

    fn tables(&mut self) -> Option<Box<dyn Any + Send>> {
        self.look(|executor| Box::new(executor.tables().clone()) as Box<dyn Any + Send>)
    }
}

fn sentence(panic: &(dyn Any + Send)) -> String {
    let text = panic.downcast_ref::<String>().cloned();
    text.or_else(|| panic.downcast_ref::<&str>().map(|text| (*text).to_owned()))
        .unwrap_or_else(|| "a panic without a sentence".to_owned())
}
