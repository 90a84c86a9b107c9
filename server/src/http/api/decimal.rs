//! Story points as programs read and write them: a number with up to two decimals.

use serde::{Deserialize, Serialize, Serializer};
use shared::values::Points;

/// Story points from a JSON number.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(try_from = "serde_json::Number")]
pub struct Decimal(pub Points);

impl TryFrom<serde_json::Number> for Decimal {
    type Error = String;

    fn try_from(number: serde_json::Number) -> Result<Self, String> {
        Points::parse(&number.to_string()).map(Self)
    }
}

impl Serialize for Decimal {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_f64(f64::from(self.0.hundredths()) / 100.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn points_are_numbers() {
        for (json, hundredths) in [("3", 300), ("0.5", 50), ("2.25", 225), ("100.0", 10_000)] {
            let read: Decimal = serde_json::from_str(json).unwrap();
            assert_eq!(read.0.hundredths(), hundredths, "{json}");
        }
        for json in ["-1", "0.125", "101", "1e300", "\"3\""] {
            assert!(serde_json::from_str::<Decimal>(json).is_err(), "{json}");
        }
    }
}
