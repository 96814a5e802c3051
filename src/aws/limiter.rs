//! How fast requests may go to one account: so many in flight, and so many a second for each operation.
//!
//! AWS publishes no rates for IAM. An operation starts at a rate that is known to be safe, goes at half of it for a
//! minute whenever AWS asks to slow down, and then finds its way back in small steps.

use super::documents::Operation;
use std::collections::BTreeMap;
use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};
use tokio::sync::{Semaphore, SemaphorePermit};

/// Requests a second for most operations.
const USUAL_RATE: f64 = 15.0;
/// How long an operation stays slow after AWS asked for it.
const PENALTY: Duration = Duration::from_secs(60);
/// The slowest rate: one request in two seconds.
const SLOWEST: f64 = 0.5;
/// How much of its full rate an operation wins back with each success after the penalty.
const RECOVERY: f64 = 0.02;

/// The limits of one account.
#[derive(Debug)]
pub struct Limiter {
    in_flight: Semaphore,
    /// Instead of the usual rates; zero or less for none.
    rate: Option<f64>,
    buckets: Mutex<BTreeMap<Operation, Bucket>>,
}

/// Permission to have one request in flight, given back when dropped.
#[derive(Debug)]
pub struct Permit<'a>(#[expect(dead_code, reason = "held for its drop")] Option<SemaphorePermit<'a>>);

/// A bucket that fills with tokens at a rate and holds those of one second.
#[derive(Debug, Clone, Copy)]
struct Bucket {
    full_rate: f64,
    rate: f64,
    tokens: f64,
    filled: Instant,
    slow_until: Option<Instant>,
}

impl Bucket {
    fn new(full_rate: f64, now: Instant) -> Self {
        let tokens = if full_rate.is_finite() { full_rate } else { 0.0 };
        Self { full_rate, rate: full_rate, tokens, filled: now, slow_until: None }
    }

    /// Takes a token and returns how long to wait until it is there.
    fn take(&mut self, now: Instant) -> Duration {
        if self.rate.is_infinite() {
            return Duration::ZERO;
        }
        let gained = now.saturating_duration_since(self.filled).as_secs_f64() * self.rate;
        self.tokens = (self.tokens + gained).min(self.rate.max(1.0)) - 1.0;
        self.filled = now;
        if self.tokens >= 0.0 { Duration::ZERO } else { Duration::from_secs_f64(-self.tokens / self.rate) }
    }

    fn throttle(&mut self, now: Instant) {
        // Requests that were already on their way when the first one was refused say nothing new.
        let just_now = self.slow_until.is_some_and(|until| until > now + PENALTY - Duration::from_secs(1));
        if !just_now {
            let rate = if self.rate.is_infinite() { USUAL_RATE } else { self.rate };
            self.rate = (rate / 2.0).max(SLOWEST);
            self.tokens = self.tokens.min(0.0);
            self.filled = now;
        }
        self.slow_until = Some(now + PENALTY);
    }

    fn succeed(&mut self, now: Instant) {
        let Some(until) = self.slow_until else { return };
        if now < until {
            return;
        }
        let target = if self.full_rate.is_infinite() { USUAL_RATE } else { self.full_rate };
        self.rate += target * RECOVERY;
        if self.rate >= target {
            self.rate = self.full_rate;
            self.slow_until = None;
        }
    }
}

impl Limiter {
    /// Makes the limits: requests in flight, and a rate for all operations instead of the usual ones (zero: none).
    pub fn new(in_flight: usize, rate: Option<f64>) -> Self {
        Self { in_flight: Semaphore::new(in_flight.max(1)), rate, buckets: Mutex::default() }
    }

    fn full_rate(&self, operation: Operation) -> f64 {
        match self.rate {
            Some(rate) if rate > 0.0 => rate,
            Some(_) => f64::INFINITY,
            None if operation == Operation::GetPolicyVersion => 35.0,
            // One call for each region, and EC2's limits are far higher than IAM's.
            None if operation.service() != "iam" => 2.0 * USUAL_RATE,
            None => USUAL_RATE,
        }
    }

    fn with_bucket<T>(&self, operation: Operation, change: impl FnOnce(&mut Bucket, Instant) -> T) -> T {
        let now = Instant::now();
        let mut buckets = self.buckets.lock().unwrap_or_else(PoisonError::into_inner);
        change(buckets.entry(operation).or_insert_with(|| Bucket::new(self.full_rate(operation), now)), now)
    }

    /// Waits until a request may go.
    pub async fn acquire(&self, operation: Operation) -> Permit<'_> {
        let wait = self.with_bucket(operation, Bucket::take);
        if !wait.is_zero() {
            tokio::time::sleep(wait).await;
        }
        // The semaphore is never closed, so this cannot fail.
        Permit(self.in_flight.acquire().await.ok())
    }

    /// Notes that AWS asked to slow down.
    pub fn throttled(&self, operation: Operation) {
        self.with_bucket(operation, Bucket::throttle);
    }

    /// Notes that a request was answered.
    pub fn succeeded(&self, operation: Operation) {
        self.with_bucket(operation, Bucket::succeed);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_second_of_requests_may_go_at_once_and_then_one_after_the_other() {
        let start = Instant::now();
        let mut bucket = Bucket::new(10.0, start);
        for _ in 0..10 {
            assert_eq!(bucket.take(start), Duration::ZERO);
        }
        assert_eq!(bucket.take(start), Duration::from_millis(100));
        assert_eq!(bucket.take(start), Duration::from_millis(200));
        assert_eq!(bucket.take(start + Duration::from_secs(1)), Duration::ZERO);
    }

    #[test]
    fn throttling_halves_the_rate_once_for_a_burst() {
        let start = Instant::now();
        let mut bucket = Bucket::new(16.0, start);
        bucket.throttle(start);
        bucket.throttle(start + Duration::from_millis(10));
        assert_eq!(bucket.rate, 8.0);
        bucket.throttle(start + Duration::from_secs(5));
        assert_eq!(bucket.rate, 4.0);
        for second in 6..100 {
            bucket.throttle(start + Duration::from_secs(2 * second));
        }
        assert_eq!(bucket.rate, SLOWEST);
    }

    #[test]
    fn the_rate_comes_back_in_small_steps_after_a_minute() {
        let start = Instant::now();
        let mut bucket = Bucket::new(10.0, start);
        bucket.throttle(start);
        bucket.succeed(start + Duration::from_secs(59));
        assert_eq!(bucket.rate, 5.0);
        let later = start + Duration::from_secs(61);
        bucket.succeed(later);
        assert!((bucket.rate - 5.2).abs() < 1e-9);
        for _ in 0..30 {
            bucket.succeed(later);
        }
        assert_eq!(bucket.rate, 10.0);
        assert_eq!(bucket.slow_until, None);
    }

    #[test]
    fn no_limit_lasts_until_aws_asks_to_slow_down() {
        let limiter = Limiter::new(10, Some(0.0));
        for _ in 0..1000 {
            assert_eq!(limiter.with_bucket(Operation::ListUsers, Bucket::take), Duration::ZERO);
        }
        limiter.throttled(Operation::ListUsers);
        assert_eq!(limiter.with_bucket(Operation::ListUsers, |b, _| b.rate), USUAL_RATE / 2.0);
        assert_eq!(Limiter::new(10, None).full_rate(Operation::GetPolicyVersion), 35.0);
        assert_eq!(Limiter::new(10, None).full_rate(Operation::ListAccessKeys), 15.0);
    }
}
