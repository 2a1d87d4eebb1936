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
use std::cell::RefCell;
use std::future::Future;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::pin::Pin;
use std::rc::Rc;
use std::task::{self, Waker};

/// The actor: an incarnation, which its mailbox lets the host look at, and its way out.
struct TabletActor<T: Tablet, P: Port + Unpin + 'static> {
    executor: Rc<RefCell<Executor<T>>>,
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
        self.executor.borrow_mut().deliver(delivery, &mut self.port);
    }
}

/// The future that runs an actor.
type Running<T, P> = ContextFut<TabletActor<T, P>, Context<TabletActor<T, P>>>;

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

    /// Shows the incarnation (an `Executor<T>`), which does not change; nothing is seen if it is dead.
    fn show(&self, look: &mut dyn FnMut(&dyn Any));

    /// What the incarnation has counted; nothing if it is dead.
    fn counters(&self) -> Vec<Counter>;
}

/// A tablet's actor together with the future that runs it.
pub struct Mailbox<T: Tablet, P: Port + Unpin + 'static> {
    executor: Rc<RefCell<Executor<T>>>,
    address: Addr<TabletActor<T, P>>,
    future: Option<Pin<Box<Running<T, P>>>>,
}

impl<T: Tablet, P: Port + Unpin + 'static> Mailbox<T, P> {
    /// Starts hosting an incarnation.
    pub fn new(executor: Executor<T>, port: P) -> Self {
        let executor = Rc::new(RefCell::new(executor));
        let future = Context::new().into_future(TabletActor { executor: Rc::clone(&executor), port });
        Mailbox { executor, address: future.address(), future: Some(Box::pin(future)) }
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
}

impl<T: Tablet, P: Port + Unpin + 'static> Hosted for Mailbox<T, P> {
    fn kind(&self) -> Kind {
        T::KIND
    }

    fn deliver(&mut self, delivery: Delivery) -> Result<(), Failure> {
        self.address.do_send(Deliver(delivery));
        self.poll()
    }

    fn show(&self, look: &mut dyn FnMut(&dyn Any)) {
        if self.future.is_some() {
            look(&*self.executor.borrow());
        }
    }

    fn counters(&self) -> Vec<Counter> {
        look_at(self, Executor::<T>::counters).unwrap_or_default()
    }
}

/// Runs `look` on an incarnation and returns what it returns; `None` if the actor is dead, or hosts
/// a tablet of another type.
pub fn look_at<T: Tablet, R>(hosted: &dyn Hosted, look: impl FnOnce(&Executor<T>) -> R) -> Option<R> {
    let (mut look, mut seen) = (Some(look), None);
    hosted.show(&mut |executor| {
        if let (Some(executor), Some(look)) = (executor.downcast_ref(), look.take()) {
            seen = Some(look(executor));
        }
    });
    seen
}

fn sentence(panic: &(dyn Any + Send)) -> String {
    let text = panic.downcast_ref::<String>().cloned();
    text.or_else(|| panic.downcast_ref::<&str>().map(|text| (*text).to_owned()))
        .unwrap_or_else(|| "a panic without a sentence".to_owned())
}
