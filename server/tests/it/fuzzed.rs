//! What anybody may send, changed at random: what is done with it, and where to search on, is in `fuzz`.

#[expect(
    unreachable_pub,
    reason = "it is a library elsewhere, and read as a module here"
)]
#[path = "../../../fuzz/src/lib.rs"]
mod targets;

use server::rng::Rng;
use std::fs;
use std::panic::catch_unwind;
use std::path::Path;

/// How many changed inputs each target is given.
const CHANGED: u64 = 2_500;
/// How many changes an input has at most.
const CHANGES_MAX: usize = 8;

/// What has meant something else somewhere.
const PIECES: [&str; 32] = [
    "null",
    "true",
    "-1",
    "0",
    "1e400",
    "18446744073709551616",
    "\"\"",
    "[]",
    "{}",
    "[[[[[[[[",
    "}",
    ",",
    ":",
    "\"",
    "\\u0000",
    "\\ud800",
    "\0",
    "\u{feff}",
    "\u{202e}",
    "\u{1f600}",
    "é",
    "%",
    "&",
    "=",
    "?",
    "//",
    "<script>",
    "](javascript:x)",
    "```",
    "| a |\n|--",
    "\n\n> - 1. ",
    "00000000-0000-0000-0000-000000000003",
];

/// Chance that a seed decides.
struct Chance(Rng);

impl Chance {
    fn below(&self, end: usize) -> usize {
        let number = u32::from_be_bytes(self.0.bytes());
        usize::try_from(number).unwrap() % end.max(1)
    }

    fn range(&self, bytes: &[u8]) -> std::ops::Range<usize> {
        let from = self.below(bytes.len() + 1);
        from..from + self.below((bytes.len() - from).min(64) + 1)
    }
}

/// The inputs that are kept, in the order of their names.
fn corpus(target: &str) -> Vec<Vec<u8>> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../fuzz/corpus");
    let files = fs::read_dir(folder.join(target)).unwrap();
    let mut paths: Vec<_> = files.map(|file| file.unwrap().path()).collect();
    paths.sort();
    paths.iter().map(|path| fs::read(path).unwrap()).collect()
}

fn changed(seed: u64, corpus: &[Vec<u8>]) -> Vec<u8> {
    let chance = Chance(Rng::seeded(seed));
    let mut bytes = corpus[chance.below(corpus.len())].clone();
    for _ in 0..=chance.below(CHANGES_MAX) {
        let range = chance.range(&bytes);
        match chance.below(5) {
            0 => drop(bytes.drain(range)),
            1 => {
                let again = bytes[range.clone()].repeat(1 + chance.below(40));
                bytes.splice(range.start..range.start, again);
            }
            2 => {
                let piece = PIECES[chance.below(PIECES.len())];
                bytes.splice(range, piece.bytes());
            }
            3 => {
                let other = &corpus[chance.below(corpus.len())];
                let part = other[chance.range(other)].to_vec();
                bytes.splice(range, part);
            }
            _ => {
                for byte in &mut bytes[range] {
                    *byte ^= 1 << chance.below(8);
                }
            }
        }
    }
    bytes
}

fn run(name: &str, target: fn(&[u8])) {
    let corpus = corpus(name);
    for bytes in &corpus {
        target(bytes);
    }
    for seed in 0..CHANGED {
        let bytes = changed(seed, &corpus);
        let text = String::from_utf8_lossy(&bytes);
        assert!(
            catch_unwind(|| target(&bytes)).is_ok(),
            "{name}, seed {seed}: {text:?}"
        );
    }
}

#[test]
fn no_message_and_no_command_brings_anything_down() {
    run("protocol", targets::protocol);
}

#[test]
fn no_address_brings_anything_down_and_filters_are_read_as_written() {
    run("filters", targets::filters);
}

#[test]
fn no_board_of_another_tool_brings_anything_down() {
    run("imports", targets::imports);
}

#[test]
fn no_text_brings_anything_down_or_becomes_markup() {
    run("markdown", targets::markdown);
}

#[test]
fn no_authenticator_brings_anything_down() {
    run("passkeys", targets::passkeys);
}

#[test]
fn no_program_sends_anybody_elsewhere() {
    run("authorize", targets::authorize);
}

#[test]
fn no_cursor_brings_anything_down() {
    run("cursors", targets::cursors);
}

#[test]
fn no_form_brings_anything_down() {
    run("uploads", targets::uploads);
}

#[test]
fn what_is_kept_is_understood() {
    // Else the changes are changes of nothing.
    for bytes in corpus("protocol") {
        let text = String::from_utf8(bytes).unwrap();
        let is_known = serde_json::from_str::<shared::sync::protocol::ClientMessage>(&text).is_ok()
            || serde_json::from_str::<shared::sync::protocol::ServerMessage>(&text).is_ok()
            || serde_json::from_str::<shared::sync::Command>(&text).is_ok();
        assert!(is_known, "{text}");
    }
    for bytes in corpus("imports") {
        assert!(shared::imports::trello::parse(&bytes).is_ok());
    }
    for bytes in corpus("authorize") {
        let text = String::from_utf8(bytes).unwrap();
        assert!(server::grants::redirect_of(&text).is_some(), "{text}");
    }
    for bytes in corpus("cursors") {
        let text = server::http::api::cursor(&String::from_utf8(bytes).unwrap());
        assert_eq!(server::tasks::read_cursor(&text), [text]);
    }
    let url = server::config::PublicUrl::parse("http://localhost:8080").unwrap();
    let answer = fs::read_to_string("../fuzz/corpus/passkeys/made.json").unwrap();
    let fits = server::passkeys::fits(&answer, &url, "a challenge", b"");
    assert_eq!(fits, (true, false));
}
