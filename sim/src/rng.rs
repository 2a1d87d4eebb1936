//! Where every number that looks random comes from.

/// How long things take, as ranges in microseconds, both ends included.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Latencies {
    /// A message from one end of a connection to the other.
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
