//! Chance from one seed: `SplitMix64` (Steele, Lea, Flood), small and the same everywhere.

use uuid::Uuid;

/// The only source of chance in a simulation, and in tests that are to be repeated.
#[derive(Clone, Debug)]
pub struct Chance(u64);

impl Chance {
    /// All the chance of one seed.
    pub fn new(seed: u64) -> Self {
        Self(seed)
    }

    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let z = (self.0 ^ (self.0 >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        let z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^ (z >> 31)
    }

    /// A number below `end`, which is above 0.
    pub fn below(&mut self, end: u64) -> u64 {
        self.next() % end
    }

    /// A number from a range, both ends included.
    pub fn between(&mut self, from: u64, to: u64) -> u64 {
        from + self.below(to - from + 1)
    }

    /// True that many times in a hundred.
    pub fn percent(&mut self, percent: u64) -> bool {
        self.below(100) < percent
    }

    /// One of some things; nothing of nothing.
    pub fn pick<T: Clone>(&mut self, things: &[T]) -> Option<T> {
        let end = u64::try_from(things.len()).ok().filter(|end| *end > 0)?;
        let at = usize::try_from(self.below(end)).ok()?;
        things.get(at).cloned()
    }

    /// One of some things, each as likely as its weight says; not all weights are 0.
    pub fn weighted<T: Copy>(&mut self, things: &[(u64, T)]) -> T {
        let mut left = self.below(things.iter().map(|(weight, _)| weight).sum());
        for (weight, thing) in things {
            if left < *weight {
                return *thing;
            }
            left -= weight;
        }
        unreachable!("the number is below the sum of the weights")
    }

    /// An id of any kind.
    pub fn id<Id: From<Uuid>>(&mut self) -> Id {
        let (high, low) = (self.next(), self.next());
        Uuid::from_u64_pair(high, low).into()
    }
}
