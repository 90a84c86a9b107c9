//! Moments and days in words. Both first renders say the same: a day. What the clock knows comes after hydration.

mod now;
pub mod time_ago;
pub mod words;

pub use now::{Now, use_now};
pub use time_ago::TimeAgo;
pub use words::day_of;
