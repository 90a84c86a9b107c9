//! Between columns and values: what was stored was valid once, so a value that no longer reads is a fault to report.

use anyhow::{Context as _, anyhow};
use shared::values::{Date, Minutes, Points};

/// A row and the change that last touched it.
#[derive(Clone, Debug)]
pub struct Stored<R> {
    /// The sequence number.
    pub v: u64,
    /// The row.
    pub row: R,
}

/// A checked text.
pub fn text<T: TryFrom<String, Error = String>>(column: String) -> anyhow::Result<T> {
    T::try_from(column).map_err(|error| anyhow!("reading a stored text: {error}"))
}

/// One of a fixed set of words.
pub fn word<T>(column: &str, parse: impl Fn(&str) -> Option<T>) -> anyhow::Result<T> {
    parse(column).with_context(|| format!("reading a stored word: {column}"))
}

/// A column that may be null.
pub fn optional<C, T>(
    column: Option<C>,
    read: impl Fn(C) -> anyhow::Result<T>,
) -> anyhow::Result<Option<T>> {
    column.map(read).transpose()
}

/// A count.
pub fn small(column: i64) -> anyhow::Result<u32> {
    u32::try_from(column).context("reading a stored count")
}

/// A sequence number.
pub fn version(column: i64) -> anyhow::Result<u64> {
    u64::try_from(column).context("reading a stored sequence number")
}

/// A day, stored as days since 1970-01-01.
pub fn date(column: i64) -> anyhow::Result<Date> {
    let days = i32::try_from(column).ok().and_then(Date::from_days);
    days.with_context(|| format!("reading a stored day: {column}"))
}

/// The column of a day.
pub fn day(date: Date) -> i64 {
    date.days().into()
}

/// Story points.
pub fn points(column: i64) -> anyhow::Result<Points> {
    Points::from_hundredths(small(column)?).map_err(|error| anyhow!(error))
}

/// An estimate.
pub fn minutes(column: i64) -> anyhow::Result<Minutes> {
    Minutes::new(small(column)?).map_err(|error| anyhow!(error))
}
