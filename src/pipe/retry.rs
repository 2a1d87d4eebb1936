//! When a refused connect is tried again. YDB: `NTabletPipe::TClientRetryPolicy`.

/// How a pipe client retries to connect: at once the first time, then from `min_us`,
/// times two each, to `max_us`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct RetryPolicy {
    /// The second wait, in microseconds.
    pub min_us: u64,
    /// The longest wait, in microseconds.
    pub max_us: u64,
    /// How many retries before the client gives up; `None` is never.
    pub limit: Option<u32>,
}

impl RetryPolicy {
    /// Between tablets: 100 ms doubling to 30 s, for ever.
    pub const TABLET: RetryPolicy = RetryPolicy { min_us: 100_000, max_us: 30_000_000, limit: None };

    /// Of a change sender: 3 attempts, 10 ms doubling to 50 ms.
    pub const SENDER: RetryPolicy = RetryPolicy { min_us: 10_000, max_us: 50_000, limit: Some(3) };

    /// How long to wait before retry number `retry` (from 0), or `None` to give up.
    pub fn delay_us(&self, retry: u32) -> Option<u64> {
        if self.limit.is_some_and(|limit| retry >= limit) {
            return None;
        }
        Some(match retry {
            0 => 0,
            n => doubling_us(self.min_us, self.max_us, n - 1),
        })
    }
}

/// `min_us` doubled `times` times, at most `max_us`.
pub(crate) fn doubling_us(min_us: u64, max_us: u64, times: u32) -> u64 {
    min_us.saturating_mul(1_u64.checked_shl(times).unwrap_or(u64::MAX)).min(max_us)
}

#[cfg(test)]
mod tests {
    use super::RetryPolicy;

    #[test]
    fn first_at_once_then_doubling_then_enough() {
        let policy = RetryPolicy { min_us: 10, max_us: 35, limit: Some(5) };
        let delays: Vec<_> = (0..6).map(|retry| policy.delay_us(retry)).collect();
        assert_eq!(delays, [Some(0), Some(10), Some(20), Some(35), Some(35), None]);
        assert_eq!(RetryPolicy::TABLET.delay_us(200), Some(30_000_000), "no overflow far out");
    }
}
