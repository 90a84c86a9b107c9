//! A frame message put together from encoded parts, without reading them.

use super::protocol::{Granted, Own};
use std::fmt::Write as _;

/// What [`Frame`](super::protocol::Frame) would serialise to.
#[derive(Debug)]
pub struct FrameText {
    from: u64,
    /// Up to where the message tells what happened.
    pub to: u64,
    /// The hearer's commands that took effect.
    pub own: Vec<Own>,
    /// What the hearer sees from `to` on, if that changed.
    pub scopes: Option<Vec<Granted>>,
    /// The parts, separated by commas.
    text: String,
}

impl FrameText {
    /// A message for somebody who has everything up to a number.
    pub fn from(cursor: u64) -> Self {
        Self {
            from: cursor,
            to: cursor,
            own: Vec::new(),
            scopes: None,
            text: String::new(),
        }
    }

    /// Adds a part, as it was encoded.
    pub fn part(&mut self, part: &str) {
        if !self.text.is_empty() {
            self.text.push(',');
        }
        self.text.push_str(part);
    }

    /// Whether anything happened since the last message.
    pub fn is_empty(&self) -> bool {
        self.to == self.from
    }

    /// How many bytes of parts it holds.
    pub fn bytes(&self) -> usize {
        self.text.len()
    }

    /// The message; what is added next continues where this one ends.
    pub fn take(&mut self) -> String {
        let next = Self::from(self.to);
        let Self {
            from,
            to,
            own,
            scopes,
            text,
        } = std::mem::replace(self, next);
        let mut json = format!(r#"{{"frame":{{"from":{from},"to":{to}"#);
        if !own.is_empty() {
            let own = serde_json::to_string(&own).expect("numbers are plain data");
            // Writing to a string cannot fail.
            let _ = write!(json, r#","own":{own}"#);
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
    use crate::ids::CommandId;
    use crate::sync::Scope;
    use crate::sync::protocol::ServerMessage;
    use uuid::Uuid;

    #[test]
    fn a_frame_put_together_from_parts_reads_as_a_frame() {
        let mut text = FrameText::from(4);
        let own = [1, 2].map(|n| Own(n, CommandId::from_uuid(Uuid::from_u128(n.into()))));
        text.to = 6;
        text.own = own.to_vec();
        text.scopes = Some(vec![Granted(Scope::Workspace, 3)]);
        text.part(r#"{"seq":5,"scope":"w","changes":[]}"#);
        text.part(r#"{"seq":6,"scope":"w","changes":[]}"#);
        let message: ServerMessage = serde_json::from_str(&text.take()).unwrap();
        let ServerMessage::Frame(frame) = message else {
            panic!("not a frame")
        };
        assert_eq!((frame.from, frame.to, frame.parts.len()), (4, 6, 2));
        assert_eq!(frame.own, own);
        assert_eq!(text.from, 6);
    }
}
