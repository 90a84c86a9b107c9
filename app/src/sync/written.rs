//! What somebody wrote in a command: it is not lost with a refusal.

use shared::sync::Command;
use shared::{comments, tasks};

/// The text in a command, if it is one that somebody wrote, and not a name or a title.
pub fn written(command: &Command) -> Option<String> {
    let text = match command {
        Command::Comments(
            comments::Mutation::Create { text, .. } | comments::Mutation::Edit { text, .. },
        ) => text.as_str(),
        Command::Tasks(
            tasks::Mutation::Describe { markdown, .. } | tasks::Mutation::Rewrite { markdown, .. },
        ) => markdown.as_str(),
        _ => return None,
    };
    Some(text.to_owned())
}
