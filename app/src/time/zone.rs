use serde::{Deserialize, Serialize};
use shared::values::Time;

/// How somebody's clock differs from UTC. The server works it out, so that its first render and the browser's say the same,
/// and no browser needs a table of time zones.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Zone(
    /// Since when it is how many minutes ahead, in order; before the first like the first.
    pub Vec<(Time, i32)>,
);

impl Zone {
    /// What the clock shows at a moment, as if it were UTC.
    pub fn shown(&self, at: Time) -> Time {
        let since = self.0.iter().rev().find(|(since, _)| *since <= at);
        let ahead = since.or(self.0.first()).map_or(0, |(_, ahead)| *ahead);
        Time(at.0 + i64::from(ahead) * 60_000)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_clock_is_put_forward_and_back() {
        let zone = Zone(vec![(Time(100), 60), (Time(200), 120)]);
        let ahead = |at| zone.shown(Time(at)).0 - at;
        assert_eq!(
            [ahead(0), ahead(199), ahead(200), ahead(900)],
            [3_600_000, 3_600_000, 7_200_000, 7_200_000]
        );
        assert_eq!(Zone::default().shown(Time(7)), Time(7));
    }
}
