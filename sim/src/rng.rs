//! Where every number that looks random comes from.
//!
//! There is no shared generator. A number is drawn from an *identity*: the seed, the name
//! of a stream (one per concern) and whatever makes the thing itself, such as the pipe, the
//! kind and the bytes of a message and how often that same message was sent on this
//! connection. So a fault less in a schedule, or a message more, leaves the others alone.
//!
//! Left out: latencies with long tails; ranges are uniform.

use rand::{RngExt, SeedableRng};
use rand_xoshiro::Xoshiro256PlusPlus;
use std::fmt;
use xxhash_rust::xxh3::xxh3_64_with_seed;

/// How long things take, as ranges in microseconds, both ends included.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Latencies {
    /// A message from one end of a connection to the other, and the news that one has broken.
    pub message_us: (u64, u64),
    /// A log write, a snapshot, or a question whether the generation is the newest.
    pub log_us: (u64, u64),
    /// Each way of a connect.
    pub connect_us: (u64, u64),
    /// From the start of an incarnation until it has read its disk.
    pub boot_us: (u64, u64),
    /// How long a rebooted tablet is down, unless the fault says it.
    pub down_us: u64,
}

impl fmt::Display for Latencies {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Latencies { message_us, log_us, connect_us, boot_us, down_us } = self;
        for (name, (least, most)) in
            [("message", message_us), ("log", log_us), ("connect", connect_us), ("boot", boot_us)]
        {
            write!(f, "{name}={least}..{most}us ")?;
        }
        write!(f, "down={down_us}us")
    }
}

impl Default for Latencies {
    fn default() -> Self {
        Latencies {
            message_us: (50, 500),
            log_us: (100, 400),
            connect_us: (100, 300),
            boot_us: (1_000, 3_000),
            down_us: 10_000,
        }
    }
}

/// An identity under construction; the order of its parts matters.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Stream(u64);

impl Stream {
    /// The stream of one concern in the run with this seed.
    pub fn new(seed: u64, name: &str) -> Stream {
        Stream(seed).text(name)
    }

    /// With a number.
    #[must_use]
    pub fn number(self, number: u64) -> Stream {
        self.bytes(&number.to_le_bytes())
    }

    /// With a text.
    #[must_use]
    pub fn text(self, text: &str) -> Stream {
        self.bytes(text.as_bytes())
    }

    /// With bytes.
    #[must_use]
    pub fn bytes(self, bytes: &[u8]) -> Stream {
        Stream(xxh3_64_with_seed(bytes, self.0))
    }

    /// The identity as a number.
    pub fn identity(self) -> u64 {
        self.0
    }

    /// The number of this identity, from `low` to `high`.
    pub fn draw(self, (low, high): (u64, u64)) -> u64 {
        self.generator().random_range(low..=high.max(low))
    }

    /// A generator of its own, for who needs many numbers.
    pub fn generator(self) -> Xoshiro256PlusPlus {
        Xoshiro256PlusPlus::seed_from_u64(self.0)
    }
}
