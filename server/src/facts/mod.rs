//! Figures and states for the settings' pages: how much there is, where it is kept, and whether everything works. Nothing
//! here is counted for anybody but who looks.

mod store;

use self::store::Figure;
use crate::app::App;
use crate::config::MailUrl;
use crate::db;
use crate::http::Error;
use crate::sync::bus;
use shared::ids::WorkspaceId;
use shared::settings::Fact;
use shared::values::{Date, Time};
use std::path::Path;
use std::time::Duration;

const DAY_MS: i64 = 86_400_000;
/// How many days back commands are counted.
const DAYS: i64 = 30;
/// How long it is waited for what may not answer.
const PATIENCE: Duration = Duration::from_secs(3);
/// How many files and folders are looked at for their size.
const FILES_MAX: usize = 10_000;

/// How much there is in a workspace.
pub async fn usage(app: &App, workspace: WorkspaceId) -> Result<Vec<Fact>, Error> {
    let mut read = app.db.read_in(workspace).await?;
    let mut facts = Vec::new();
    for (figure, name) in [
        (Figure::Members, "Active members"),
        (Figure::Projects, "Projects"),
        (Figure::Tasks, "Tasks"),
        (Figure::Trashed, "Tasks in the trash"),
        (Figure::Comments, "Comments"),
        (Figure::Attachments, "Links and files"),
    ] {
        let count = store::count(read.conn(), workspace, figure).await?;
        facts.push(Fact::new(name, count.to_string()));
    }
    let today = app.clock.now().0.div_euclid(DAY_MS);
    let since = Time((today - DAYS + 1) * DAY_MS);
    let days = store::commands_by_day(read.conn(), workspace, since).await?;
    let all: i64 = days.iter().map(|(_, commands)| commands).sum();
    facts.push(Fact::new("Changes in 30 days", all.to_string()));
    let of_today = days.iter().find(|(day, _)| *day == today);
    let of_today = of_today.map_or(0, |(_, commands)| *commands);
    facts.push(Fact::new("Changes today", of_today.to_string()));
    if let Some((day, most)) = days.iter().max_by_key(|(_, commands)| *commands) {
        let day = Date::of_millis(day * DAY_MS).unwrap_or_default();
        facts.push(Fact::new(
            "The busiest day",
            format!("{day}: {most} changes"),
        ));
    }
    Ok(facts)
}

/// Where the server keeps what.
pub async fn storage(app: &App) -> Result<Vec<Fact>, Error> {
    let dir = app.config.storage.data_dir.clone();
    let shown = dir.display().to_string();
    let size = tokio::task::spawn_blocking(move || folder_size(&dir)).await;
    let size = size.map_err(anyhow::Error::from)?;
    let config = app.settings.now();
    let mail = match &config.mail.url {
        None => Fact::bad("Mail", "is not sent"),
        Some(MailUrl::Folder(folder)) => {
            Fact::new("Mail", format!("is written into {}", folder.display()))
        }
        Some(MailUrl::Smtp(_)) => Fact::new("Mail", "is sent over SMTP"),
    };
    let keys = if app.config.storage.secret_keys.is_empty() {
        "in secret.key in the data folder: keep a copy apart from the backups"
    } else {
        "set by the operator"
    };
    Ok(vec![
        Fact::new("Data folder", shown),
        Fact::new("Its size", bytes(size)),
        Fact::new("Database", app.db.engine()),
        Fact::new("Its size", bytes(db::size(&app.db).await?)),
        Fact::new("Key of sealed secrets", keys),
        mail,
    ])
}

/// How often somebody may ask, and how much at once. They are the operator's to set.
pub fn limits(app: &App) -> Vec<Fact> {
    let limits = &app.config.limits;
    let rate = |name: &str, max: u32, variable: &str| {
        let value = if max == 0 {
            "without limit".to_owned()
        } else {
            max.to_string()
        };
        Fact::new(name, format!("{value} ({variable})"))
    };
    vec![
        rate(
            "Requests a minute",
            limits.requests_per_minute,
            "TEAMFLOW_REQUESTS_PER_MINUTE",
        ),
        rate(
            "Wrong sign-ins in 15 minutes",
            limits.sign_ins_per_quarter_hour,
            "TEAMFLOW_SIGN_INS_PER_QUARTER_HOUR",
        ),
        rate(
            "Sign-ups, links and renewals a minute",
            limits.sign_ins_per_minute,
            "TEAMFLOW_SIGN_INS_PER_MINUTE",
        ),
        rate(
            "Files an hour",
            limits.uploads_per_hour,
            "TEAMFLOW_UPLOADS_PER_HOUR",
        ),
        rate(
            "Downloads an hour",
            limits.downloads_per_hour,
            "TEAMFLOW_DOWNLOADS_PER_HOUR",
        ),
        rate(
            "Pages a minute",
            limits.pages_per_minute,
            "TEAMFLOW_PAGES_PER_MINUTE",
        ),
        rate(
            "Connections and changes of pages a minute",
            limits.syncs_per_minute,
            "TEAMFLOW_SYNCS_PER_MINUTE",
        ),
        rate(
            "Open connections of an account",
            limits.connections_per_account,
            "TEAMFLOW_CONNECTIONS_PER_ACCOUNT",
        ),
        rate(
            "Open connections from an address",
            limits.connections_per_address,
            "TEAMFLOW_CONNECTIONS_PER_ADDRESS",
        ),
        Fact::new(
            "Largest request",
            format!(
                "{} (TEAMFLOW_BODY_BYTES_MAX)",
                bytes(limits.body_bytes_max as u64)
            ),
        ),
        Fact::new(
            "Longest answer",
            format!(
                "{} seconds (TEAMFLOW_REQUEST_TIMEOUT_SECONDS)",
                limits.request_timeout.as_secs()
            ),
        ),
    ]
}

/// Whether everything works.
pub async fn health(app: &App) -> Result<Vec<Fact>, Error> {
    let mut facts = vec![Fact::new("Version", env!("CARGO_PKG_VERSION"))];
    facts.push(match db::ping(&app.db).await {
        Ok(()) => Fact::new("Database", format!("{} answers", app.db.engine())),
        Err(_) => Fact::bad("Database", "does not answer"),
    });
    let pending = db::pending_migrations(&app.db).await?;
    facts.push(if pending.is_empty() {
        Fact::new("Migrations", "all applied")
    } else {
        Fact::bad("Migrations", format!("{pending:?} not applied"))
    });
    facts.push(match &app.config.storage.redis_url {
        None => Fact::new("Redis", "not used: one server needs none"),
        Some(url) => match tokio::time::timeout(PATIENCE, bus::redis::ping(url)).await {
            Ok(Ok(())) => Fact::new("Redis", "answers"),
            _ => Fact::bad(
                "Redis",
                "does not answer: servers learn late from one another",
            ),
        },
    });
    if let Some(theirs) = db::server_time(&app.db).await? {
        let drift = theirs.abs_diff(app.clock.now().0);
        let text = format!("{drift} ms from this machine's");
        facts.push(if drift > 2_000 {
            Fact::bad("Database's clock", text)
        } else {
            Fact::new("Database's clock", text)
        });
    }
    let live = app.sync.count_live().await;
    facts.push(Fact::new("Live workspaces here", live.to_string()));
    let waiting = app.sync.count_waiting().await;
    let text = format!("{waiting} waiting");
    facts.push(if waiting > 100 {
        Fact::bad("Changes to be written", text)
    } else {
        Fact::new("Changes to be written", text)
    });
    let open = app.crowd.count();
    facts.push(Fact::new("Open connections here", open.to_string()));
    let diverged = app.sync.count_divergences();
    let name = "Copies in browsers that differed";
    facts.push(match diverged {
        0 => Fact::new(name, "none since the start"),
        _ => Fact::bad(name, format!("{diverged} since the start: see the log")),
    });
    let mut read = app.db.read().await?;
    let users = store::count_users(read.conn()).await?;
    let sessions = store::count_sessions(read.conn(), app.clock.now()).await?;
    facts.push(Fact::new("Accounts", users.to_string()));
    facts.push(Fact::new("Sessions", sessions.to_string()));
    Ok(facts)
}

fn folder_size(dir: &Path) -> u64 {
    let (mut size, mut left, mut folders) = (0, FILES_MAX, vec![dir.to_owned()]);
    while let Some(folder) = folders.pop() {
        let Ok(entries) = std::fs::read_dir(folder) else {
            continue;
        };
        for entry in entries.flatten() {
            if left == 0 {
                return size;
            }
            left -= 1;
            // Links are not followed: they may lead round in a circle.
            match entry.metadata() {
                Ok(data) if data.is_dir() => folders.push(entry.path()),
                Ok(data) => size += data.len(),
                Err(_) => {}
            }
        }
    }
    size
}

/// A size for people.
fn bytes(size: u64) -> String {
    const STEPS: [(&str, u64); 3] = [("GB", 1 << 30), ("MB", 1 << 20), ("KB", 1 << 10)];
    let step = STEPS.iter().find(|(_, step)| size >= *step);
    match step {
        Some((name, step)) => format!("{}.{} {name}", size / step, size % step * 10 / step),
        None => format!("{size} bytes"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_size_is_told_in_what_fits() {
        let told = [0, 1_023, 1_024, 1_536, 5 << 20, 3 << 30].map(bytes);
        assert_eq!(
            told,
            [
                "0 bytes",
                "1023 bytes",
                "1.0 KB",
                "1.5 KB",
                "5.0 MB",
                "3.0 GB"
            ]
        );
    }

    #[test]
    fn a_folder_is_as_large_as_what_is_in_it() {
        let dir = tempfile::tempdir().expect("a folder");
        std::fs::create_dir(dir.path().join("a")).expect("a folder");
        std::fs::write(dir.path().join("a/b"), [0; 100]).expect("a file");
        std::fs::write(dir.path().join("c"), [0; 20]).expect("a file");
        assert_eq!(folder_size(dir.path()), 120);
    }
}
