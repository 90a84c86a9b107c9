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

    /// The moment at which the clock shows this, the first of them where it does twice; where it never does, when it is put
    /// forward.
    pub fn at(&self, shown: Time) -> Time {
        let ahead = self.0.iter().map(|(_, ahead)| *ahead);
        let moments = ahead.map(|ahead| Time(shown.0 - i64::from(ahead) * 60_000));
        let moments: Vec<Time> = moments.collect();
        let exact = moments.iter().filter(|at| self.shown(**at) == shown);
        let later = moments.iter().filter(|at| self.shown(**at) > shown);
        exact.min().or(later.min()).copied().unwrap_or(shown)
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

    #[test]
    fn a_moment_is_found_by_what_the_clock_shows() {
        let hour = 3_600_000;
        // Put forward by an hour at 10, and back at 20.
        let zone = Zone(vec![
            (Time(0), 60),
            (Time(10 * hour), 120),
            (Time(20 * hour), 60),
        ]);
        for at in [0, 5, 9, 10, 15, 19, 25] {
            assert_eq!(
                zone.at(zone.shown(Time(at * hour))),
                Time(at * hour),
                "{at}"
            );
        }
        // Shown twice, and never.
        assert_eq!(zone.at(Time(21 * hour)), Time(19 * hour));
        assert!(zone.at(Time(11 * hour + 1)).0 >= 10 * hour);
        assert_eq!(Zone::default().at(Time(7)), Time(7));
    }
}
