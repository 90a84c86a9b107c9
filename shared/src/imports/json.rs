//! Reading a JSON file from outside: strict about limits, patient about everything else, and clear about what is wrong.
//!
//! **Invariant:** no input makes it panic, recurse without bound or take memory out of proportion to [`BYTES_MAX`].

use crate::codes::{Code, Rejected};
use serde::de::{DeserializeOwned, Deserializer, IgnoredAny, MapAccess, SeqAccess, Visitor};
use serde::{Deserialize, Serialize};
use std::borrow::Cow;
use std::fmt;
use std::marker::PhantomData;

/// The largest file.
pub const BYTES_MAX: usize = 64 * 1024 * 1024;
/// The most values in a file. Real exports have one in thirty bytes or more, hostile ones one in two.
const VALUES_MAX: usize = 3_000_000;
/// The longest part of a parser's message that is shown: it may quote the file.
const REASON_CHARS_MAX: usize = 200;

/// What kind of file is expected, for the messages.
pub(super) struct Format {
    /// What it is called, such as `Trello board export`.
    pub(super) noun: &'static str,
    /// How to get one, as a sentence.
    pub(super) how: &'static str,
}

impl Format {
    /// The refusal with that reason and the way to a better file.
    pub(super) fn refuse(&self, reason: impl fmt::Display) -> Rejected {
        Rejected::new(Code::ImportInvalid, format!("{reason} {}", self.how))
    }

    fn explain(&self, error: &serde_json::Error, text: &str) -> Rejected {
        let place = format!("line {}, column {}", error.line(), error.column());
        let reason: String = error.to_string().chars().take(REASON_CHARS_MAX).collect();
        // A number that is cut off is no number, before it is known that the file has ended.
        let ends_in_a_number = text.ends_with(['.', 'e', 'E', '+', '-']);
        match error.classify() {
            serde_json::error::Category::Eof => self.refuse(cut_off(&place)),
            serde_json::error::Category::Syntax if ends_in_a_number => self.refuse(cut_off(&place)),
            serde_json::error::Category::Data => {
                self.refuse(format_args!("This is not a {}: {reason}.", self.noun))
            }
            serde_json::error::Category::Syntax | serde_json::error::Category::Io => {
                self.refuse(format_args!("The file is not valid JSON: {reason}."))
            }
        }
    }
}

fn cut_off(place: &str) -> String {
    format!("The file ends in the middle ({place}); it was probably cut off. Export it again.")
}

/// Reads one JSON object; answers it and how many broken characters had to be mended to read it.
pub(super) fn read<T: DeserializeOwned>(
    bytes: &[u8],
    format: &Format,
) -> Result<(T, usize), Rejected> {
    if bytes.len() > BYTES_MAX {
        let (has, most) = (bytes.len().div_ceil(1 << 20), BYTES_MAX >> 20);
        let text = format!("The file has {has} MB; an import takes at most {most} MB.");
        return Err(Rejected::new(Code::ImportInvalid, text));
    }
    let text = decode(bytes, format)?;
    let text = text.trim_start_matches('\u{feff}');
    match text.trim_start().chars().next() {
        None => return Err(format.refuse("The file is empty.")),
        Some('{') => {}
        Some('[') => {
            let text = format!("This is not a {}: it is a list, not a board.", format.noun);
            return Err(format.refuse(text));
        }
        Some('<') => return Err(format.refuse("The file is a web page, not an export.")),
        Some(_) => return Err(format.refuse("The file is not JSON.")),
    }
    if values_in(text) > VALUES_MAX {
        return Err(format.refuse(format_args!(
            "The file has more than {VALUES_MAX} values, which is more than an import takes."
        )));
    }
    let error = match serde_json::from_str(text) {
        Ok(value) => return Ok((value, 0)),
        Err(error) => error,
    };
    if let Some((text, mended)) = mended(text)
        && let Ok(value) = serde_json::from_str(&text)
    {
        return Ok((value, mended));
    }
    Err(format.explain(&error, text))
}

fn decode<'a>(bytes: &'a [u8], format: &Format) -> Result<Cow<'a, str>, Rejected> {
    let utf16 = |read: fn([u8; 2]) -> u16| {
        let units = bytes
            .chunks_exact(2)
            .skip(1)
            .map(|pair| read([pair[0], pair[1]]));
        char::decode_utf16(units)
            .map(|c| c.unwrap_or(char::REPLACEMENT_CHARACTER))
            .collect::<String>()
    };
    match bytes {
        [b'P', b'K', 3, 4, ..] => {
            return Err(format.refuse("The file is a ZIP archive. Unpack it first."));
        }
        [0xff, 0xfe, ..] => return Ok(utf16(u16::from_le_bytes).into()),
        [0xfe, 0xff, ..] => return Ok(utf16(u16::from_be_bytes).into()),
        _ => {}
    }
    match std::str::from_utf8(bytes) {
        Ok(text) => Ok(text.into()),
        // Nothing but the last character is incomplete.
        Err(error) if error.error_len().is_none() => Err(format.refuse(
            "The file ends in the middle of a character; it was probably cut off. Export it again.",
        )),
        Err(error) => Err(format.refuse(format_args!(
            "The file is not UTF-8 text (byte {}).",
            error.valid_up_to()
        ))),
    }
}

/// How many values there are at most, counted before anything is built from them.
fn values_in(text: &str) -> usize {
    let (mut values, mut in_string, mut escaped) = (1, false, false);
    for byte in text.bytes() {
        match byte {
            _ if escaped => escaped = false,
            b'\\' => escaped = in_string,
            b'"' => in_string = !in_string,
            b',' | b'{' | b'[' if !in_string => values += 1,
            _ => {}
        }
    }
    values
}

/// The text without what some programs write into strings against the rules: halves of surrogate pairs and bare control
/// characters. `None` where there is nothing of the kind.
fn mended(text: &str) -> Option<(String, usize)> {
    let bytes = text.as_bytes();
    let mut out = Vec::with_capacity(bytes.len());
    let (mut in_string, mut count, mut at) = (false, 0, 0);
    while let Some(&byte) = bytes.get(at) {
        let rest = &bytes[at..];
        let mut len = 1;
        match byte {
            b'"' => in_string = !in_string,
            b'\\' if in_string => {
                len = match (
                    utf16_escape(rest),
                    utf16_escape(rest.get(6..).unwrap_or(&[])),
                ) {
                    (Some(0xd800..0xdc00), Some(0xdc00..0xe000)) => 12,
                    (Some(0xd800..0xe000), _) => {
                        out.extend_from_slice(b"\\ufffd");
                        count += 1;
                        at += 6;
                        continue;
                    }
                    _ => 2.min(rest.len()),
                }
            }
            0..0x20 if in_string => {
                out.extend_from_slice(match byte {
                    b'\n' => b"\\n",
                    b'\r' => b"\\r",
                    b'\t' => b"\\t",
                    _ => b"",
                });
                count += 1;
                at += 1;
                continue;
            }
            _ => {}
        }
        out.extend_from_slice(&rest[..len]);
        at += len;
    }
    let out = String::from_utf8(out).ok()?;
    (count > 0).then_some((out, count))
}

/// The number of an escape such as `\u00e4` at the beginning of some bytes.
fn utf16_escape(bytes: &[u8]) -> Option<u16> {
    let digits = bytes.get(..6)?.strip_prefix(b"\\u")?;
    u16::from_str_radix(std::str::from_utf8(digits).ok()?, 16).ok()
}

/// Reads a field that may be `null` as its default.
pub(super) fn or_default<'de, D, T>(deserializer: D) -> Result<T, D::Error>
where
    D: Deserializer<'de>,
    T: Deserialize<'de> + Default,
{
    Option::deserialize(deserializer).map(Option::unwrap_or_default)
}

/// A list of which no more than one above a limit is kept, so that whoever checks the limit sees that it is passed.
#[derive(Clone, Debug)]
pub(super) struct Capped<T, const MAX: usize>(Vec<T>);

impl<T, const MAX: usize> Capped<T, MAX> {
    /// Refuses a list that is longer than its limit.
    pub(super) fn check(&self, noun: &str) -> Result<(), Rejected> {
        if self.0.len() <= MAX {
            return Ok(());
        }
        let text = format!("The file has more than {MAX} {noun}, the most that an import takes.");
        Err(Rejected::new(Code::ImportInvalid, text))
    }
}

impl<T, const MAX: usize> Default for Capped<T, MAX> {
    fn default() -> Self {
        Self(Vec::new())
    }
}

impl<T, const MAX: usize> std::ops::Deref for Capped<T, MAX> {
    type Target = [T];
    fn deref(&self) -> &[T] {
        &self.0
    }
}

impl<'de, T: Deserialize<'de>, const MAX: usize> Deserialize<'de> for Capped<T, MAX> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Items<T, const MAX: usize>(PhantomData<T>);

        impl<'de, T: Deserialize<'de>, const MAX: usize> Visitor<'de> for Items<T, MAX> {
            type Value = Capped<T, MAX>;
            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a list")
            }
            fn visit_seq<A: SeqAccess<'de>>(self, mut seq: A) -> Result<Self::Value, A::Error> {
                let mut items = Vec::new();
                while items.len() <= MAX {
                    match seq.next_element()? {
                        Some(item) => items.push(item),
                        None => return Ok(Capped(items)),
                    }
                }
                while seq.next_element::<IgnoredAny>()?.is_some() {}
                Ok(Capped(items))
            }
        }
        deserializer.deserialize_seq(Items(PhantomData))
    }
}

/// How much there is of something that is only counted, whatever it looks like: the length of a list, one for anything
/// else that is not empty. Negative numbers are none: Trello writes -1 where nothing is set.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
pub(super) struct Count(pub(super) usize);

impl Count {
    /// Whether there is any.
    pub(super) const fn any(self) -> bool {
        self.0 > 0
    }
}

impl<'de> Deserialize<'de> for Count {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Anything;

        impl<'de> Visitor<'de> for Anything {
            type Value = Count;
            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("anything")
            }
            fn visit_unit<E>(self) -> Result<Count, E> {
                Ok(Count(0))
            }
            fn visit_bool<E>(self, value: bool) -> Result<Count, E> {
                Ok(Count(value.into()))
            }
            fn visit_i64<E>(self, value: i64) -> Result<Count, E> {
                Ok(Count((value >= 0).into()))
            }
            fn visit_u64<E>(self, _: u64) -> Result<Count, E> {
                Ok(Count(1))
            }
            fn visit_f64<E>(self, value: f64) -> Result<Count, E> {
                Ok(Count((value >= 0.0).into()))
            }
            fn visit_str<E>(self, value: &str) -> Result<Count, E> {
                Ok(Count((!value.is_empty()).into()))
            }
            fn visit_seq<A: SeqAccess<'de>>(self, mut seq: A) -> Result<Count, A::Error> {
                let mut count = 0;
                while seq.next_element::<IgnoredAny>()?.is_some() {
                    count += 1;
                }
                Ok(Count(count))
            }
            fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Count, A::Error> {
                let mut count = 0;
                while map.next_entry::<IgnoredAny, IgnoredAny>()?.is_some() {
                    count = 1;
                }
                Ok(Count(count))
            }
        }
        deserializer.deserialize_any(Anything)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const FORMAT: Format = Format {
        noun: "test file",
        how: "Make another.",
    };

    fn text_in(json: &[u8]) -> Result<(String, usize), String> {
        #[derive(Deserialize)]
        struct File {
            text: String,
        }
        read::<File>(json, &FORMAT)
            .map(|(file, mended)| (file.text, mended))
            .map_err(|rejected| rejected.message)
    }

    #[test]
    fn text_is_read_in_the_encodings_that_programs_save() {
        let utf16: Vec<u8> = "\u{feff}{\"text\":\"ä\"}"
            .encode_utf16()
            .flat_map(u16::to_le_bytes)
            .collect();
        for bytes in [
            b"{\"text\":\"\xc3\xa4\"}".to_vec(),
            "\u{feff}{\"text\":\"ä\"}".into(),
            utf16,
        ] {
            assert_eq!(text_in(&bytes), Ok(("ä".into(), 0)));
        }
        let latin = text_in(b"{\"text\":\"\xe4\"}").unwrap_err();
        assert!(latin.contains("not UTF-8"), "{latin}");
    }

    #[test]
    fn halves_of_characters_and_bare_control_characters_are_mended() {
        let smile = text_in(br#"{"text":"\ud83d\ude00 \\ud83d"}"#);
        assert_eq!(smile, Ok(("😀 \\ud83d".into(), 0)));
        let half = text_in(br#"{"text":"a\ud83d b\ude00 \ud83d\ude00"}"#);
        assert_eq!(half, Ok(("a\u{fffd} b\u{fffd} 😀".into(), 2)));
        let bare = text_in(b"{\"text\":\"a\x00b\nc\"}");
        assert_eq!(bare, Ok(("ab\nc".into(), 2)));
    }

    #[test]
    fn a_wrong_file_is_told_from_a_broken_one() {
        for (bytes, part) in [
            (&b""[..], "empty"),
            (b"  \n", "empty"),
            (b"PK\x03\x04....", "ZIP"),
            (b"<!doctype html>", "web page"),
            (b"Card ID,Card Name", "not JSON"),
            (b"[]", "not a test file"),
            (b"{\"text\":", "ends in the middle"),
            (b"{\"text\":\"\xc3", "ends in the middle"),
            (b"{\"text\":\n x}", "line 2 column 2"),
            (b"{\"other\":1}", "not a test file: missing field `text`"),
            (b"{\"text\":\"a\"} x", "trailing characters"),
        ] {
            let message = text_in(bytes).unwrap_err();
            assert!(message.contains(part), "{message}");
            assert!(message.ends_with("Make another."), "{message}");
        }
    }

    #[test]
    fn a_hostile_file_is_refused_before_it_costs_memory() {
        let many = format!("{{\"x\":[{}1]}}", "1,".repeat(VALUES_MAX));
        assert!(
            text_in(many.as_bytes())
                .unwrap_err()
                .contains("more than 3000000 values")
        );
        let large = vec![b' '; BYTES_MAX + 1];
        assert!(text_in(&large).unwrap_err().contains("65 MB"));
        let deep = format!("{{\"text\":{}", "[".repeat(1_000_000));
        assert!(text_in(deep.as_bytes()).is_err());
        let quoting = format!("{{\"text\":[\"{}\"]}}", "x".repeat(100_000));
        assert!(text_in(quoting.as_bytes()).unwrap_err().len() < 400);
    }
}
