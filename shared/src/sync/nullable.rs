//! A field that may be absent (stays), `null` (is cleared) or a value (is set): `Option<Option<T>>` in a patch.

use serde::{Deserialize, Deserializer, Serialize, Serializer};

/// Writes the inner value; an absent field is skipped by `skip_serializing_if`.
pub fn serialize<T: Serialize, S: Serializer>(
    value: &Option<Option<T>>,
    serializer: S,
) -> Result<S::Ok, S::Error> {
    value
        .as_ref()
        .and_then(Option::as_ref)
        .serialize(serializer)
}

/// A field that is there is set, be it to `null`.
pub fn deserialize<'de, T: Deserialize<'de>, D: Deserializer<'de>>(
    deserializer: D,
) -> Result<Option<Option<T>>, D::Error> {
    Option::<T>::deserialize(deserializer).map(Some)
}
