//! Plain lines that say which step of how many runs, and how long each took.

use std::time::{Duration, Instant};

pub(crate) struct Steps {
    total: usize,
    begun: usize,
    current: Option<(String, Instant)>,
    start: Instant,
}

impl Steps {
    pub(crate) fn new(total: usize) -> Self {
        Self {
            total,
            begun: 0,
            current: None,
            start: Instant::now(),
        }
    }

    /// Ends the step before and announces the next.
    pub(crate) fn begin(&mut self, name: impl Into<String>) {
        self.end_current();
        let name = name.into();
        self.begun += 1;
        println!("[{}/{}] {name} ...", self.begun, self.total);
        self.current = Some((name, Instant::now()));
    }

    /// Ends the last step and says what all took together.
    pub(crate) fn finish(mut self) {
        self.end_current();
        println!("done in {}", elapsed(self.start.elapsed()));
    }

    fn end_current(&mut self) {
        if let Some((name, since)) = self.current.take() {
            let took = elapsed(since.elapsed());
            println!("[{}/{}] {name}: {took}", self.begun, self.total);
        }
    }
}

/// `0.4 s`, `12.3 s` or `4 min 05 s`.
pub(crate) fn elapsed(time: Duration) -> String {
    let seconds = time.as_secs();
    if seconds < 60 {
        format!("{:.1} s", time.as_secs_f64())
    } else {
        format!("{} min {:02} s", seconds / 60, seconds % 60)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_time_is_written_as_people_say_it() {
        assert_eq!(elapsed(Duration::from_millis(440)), "0.4 s");
        assert_eq!(elapsed(Duration::from_millis(12_340)), "12.3 s");
        assert_eq!(elapsed(Duration::from_secs(245)), "4 min 05 s");
    }
}
