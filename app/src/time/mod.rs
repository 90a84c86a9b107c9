//! Moments and days in words. Both first renders say the same: a day, or a time as the person's profile wants it.
//! What the clock knows comes after hydration.

pub mod moment;
mod now;
pub mod time_ago;
pub mod words;
mod zone;

pub use moment::Moment;
pub use now::{Now, use_now};
pub use time_ago::TimeAgo;
pub use words::day_of;
pub use zone::Zone;
