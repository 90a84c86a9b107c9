//! The one list of typed ids.
//!
//! Every id is a UUID version 7 made by whoever creates the thing, so that a command made offline already carries it.
//! Nothing here reads a clock or a random source: both come as arguments.

use serde::{Deserialize, Serialize};
use std::fmt;
use std::str::FromStr;
use uuid::{Builder, Uuid};

macro_rules! id_types {
    ($($(#[$doc:meta])* $name:ident)*) => {$(
        $(#[$doc])*
        #[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
        #[serde(transparent)]
        pub struct $name(Uuid);

        impl $name {
            /// A new id: version 7 of `now_ms` (Unix milliseconds) and ten random bytes.
            pub fn new(now_ms: i64, random: [u8; 10]) -> Self {
                Self(v7(now_ms, random))
            }

            /// Takes a UUID as this kind of id.
            pub const fn from_uuid(id: Uuid) -> Self {
                Self(id)
            }

            /// The bare UUID.
            pub const fn uuid(self) -> Uuid {
                self.0
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                self.0.fmt(f)
            }
        }

        impl fmt::Debug for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                write!(f, "{}({})", stringify!($name), self.0)
            }
        }

        impl FromStr for $name {
            type Err = uuid::Error;
            fn from_str(text: &str) -> Result<Self, Self::Err> {
                Uuid::from_str(text).map(Self)
            }
        }

        impl From<$name> for Uuid {
            fn from(id: $name) -> Uuid {
                id.0
            }
        }

        impl From<Uuid> for $name {
            fn from(id: Uuid) -> Self {
                Self(id)
            }
        }
    )*};
}

id_types! {
    /// A person who can sign in, or a placeholder for one who was imported.
    UserId
    /// The tenant.
    WorkspaceId
    /// A body of work with a key.
    ProjectId
    /// A column of a project's workflow.
    StatusId
    /// A label of a project.
    LabelId
    /// A unit of work.
    TaskId
    /// A line inside a task.
    ChecklistItemId
    /// A comment on a task.
    CommentId
    /// A link or a file on a task.
    AttachmentId
    /// One command, wherever it was made.
    CommandId
    /// One writer of commands: a browser profile, or an integration's request.
    ReplicaId
    /// One life of a workspace's log: a restored backup starts another.
    Epoch
    /// A signed-in device.
    SessionId
    /// A personal access token.
    TokenId
    /// A passkey.
    PasskeyId
    /// An invitation into a workspace.
    InvitationId
    /// One run of an importer.
    ImportId
    /// A team.
    TeamId
    /// One export of a workspace.
    ExportId
}

fn v7(now_ms: i64, random: [u8; 10]) -> Uuid {
    Builder::from_unix_timestamp_millis(u64::try_from(now_ms).unwrap_or(0), &random).into_uuid()
}

/// A UUID that is the same for the same parts: for things that must not be made twice, such as the rows of a repeated request.
///
/// FNV-1a over 128 bits (Fowler, Noll, Vo); it guards against repetition, not against an adversary.
pub fn derived(parts: &[&[u8]]) -> Uuid {
    const PRIME: u128 = 0x0000_0000_0100_0000_0000_0000_0000_013B;
    let mut hash: u128 = 0x6c62_272e_07bb_0142_62b8_2175_6295_c58d;
    for part in parts {
        for byte in part.iter().copied().chain([0xff]) {
            hash = (hash ^ u128::from(byte)).wrapping_mul(PRIME);
        }
    }
    Builder::from_custom_bytes(hash.to_be_bytes()).into_uuid()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ids_of_a_later_millisecond_sort_later() {
        let early = TaskId::new(1_000, [255; 10]);
        let late = TaskId::new(1_001, [0; 10]);
        assert!(early < late);
        assert_eq!(late.to_string().parse::<TaskId>().unwrap(), late);
    }

    #[test]
    fn a_derived_id_depends_on_where_the_parts_end() {
        assert_eq!(derived(&[b"ab", b"c"]), derived(&[b"ab", b"c"]));
        assert_ne!(derived(&[b"ab", b"c"]), derived(&[b"a", b"bc"]));
    }
}
