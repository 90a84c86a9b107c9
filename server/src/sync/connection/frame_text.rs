//! A frame message put together from encoded parts, without reading them.

use shared::sync::protocol::Granted;
use std::fmt::Write as _;

/// What `protocol::Frame` would serialise to.
pub(super) struct FrameText {
    from: u64,
    pub(super) to: u64,
    pub(super) mids: Vec<u64>,
    pub(super) scopes: Option<Vec<Granted>>,
    /// The parts, separated by commas.
    text: String,
}

impl FrameText {
    pub(super) fn from(cursor: u64) -> Self {
        Self {
            from: cursor,
            to: cursor,
            mids: Vec::new(),
            scopes: None,
            text: String::new(),
        }
    }

    pub(super) fn part(&mut self, part: &[u8]) {
        if !self.text.is_empty() {
            self.text.push(',');
        }
        // Parts are written by serde_json, which writes UTF-8.
        self.text
            .push_str(std::str::from_utf8(part).unwrap_or_default());
    }

    /// Whether anything happened since the last message.
    pub(super) const fn is_empty(&self) -> bool {
        self.to == self.from
    }

    /// How many bytes of parts it holds.
    pub(super) fn bytes(&self) -> usize {
        self.text.len()
    }

    /// The message; what is added next continues where this one ends.
    pub(super) fn take(&mut self) -> String {
        let next = Self::from(self.to);
        let Self {
            from,
            to,
            mids,
            scopes,
            text,
        } = std::mem::replace(self, next);
        let mut json = format!(r#"{{"frame":{{"from":{from},"to":{to}"#);
        if !mids.is_empty() {
            let mids = serde_json::to_string(&mids).expect("numbers are plain data");
            // Writing to a string cannot fail.
            let _ = write!(json, r#","mids":{mids}"#);
        }
        if let Some(scopes) = scopes {
            let scopes = serde_json::to_string(&scopes).expect("scopes are plain data");
            let _ = write!(json, r#","scopes":{scopes}"#);
        }
        let _ = write!(json, r#","parts":[{text}]}}}}"#);
        json
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use shared::sync::Scope;
    use shared::sync::protocol::ServerMessage;

    #[test]
    fn a_frame_put_together_from_parts_reads_as_a_frame() {
        let mut text = FrameText::from(4);
        text.to = 6;
        text.mids = vec![1, 2];
        text.scopes = Some(vec![Granted(Scope::Workspace, 3)]);
        text.part(br#"{"seq":5,"scope":"w","changes":[]}"#);
        text.part(br#"{"seq":6,"scope":"w","changes":[]}"#);
        let message: ServerMessage = serde_json::from_str(&text.take()).unwrap();
        let ServerMessage::Frame(frame) = message else {
            panic!("not a frame")
        };
        assert_eq!(
            (frame.from, frame.to, frame.mids, frame.parts.len()),
            (4, 6, vec![1, 2], 2)
        );
        assert_eq!(text.from, 6);
    }
}
