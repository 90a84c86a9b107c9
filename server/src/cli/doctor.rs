//! `teamflow doctor`: what is wrong, and what to do about it. It changes nothing.

use super::print;
use crate::audit_entries::{self, Audit};
use crate::clock::Clock;
use crate::config::{Config, PublicUrl, Storage};
use crate::db::{self, Db, Errand};
use crate::http::assets::Manifest;
use crate::rng::Rng;
use crate::sync::{bus, store};
use crate::vault::Vault;
use std::path::Path;
use std::process::ExitCode;
use std::sync::Arc;

/// 2026-01-01: no clock was right before this program was written.
const EARLIEST_MS: i64 = 1_767_225_600_000;
const DRIFT_MS_MAX: u64 = 2_000;

#[derive(Clone, Copy, PartialEq, Eq)]
enum Level {
    Ok,
    Warn,
    Fail,
}

/// One line of the report.
struct Finding {
    level: Level,
    subject: &'static str,
    text: String,
}

fn ok(subject: &'static str, text: impl Into<String>) -> Finding {
    Finding {
        level: Level::Ok,
        subject,
        text: text.into(),
    }
}

fn warn(subject: &'static str, text: impl Into<String>) -> Finding {
    Finding {
        level: Level::Warn,
        subject,
        text: text.into(),
    }
}

fn fail(subject: &'static str, text: impl Into<String>) -> Finding {
    Finding {
        level: Level::Fail,
        subject,
        text: text.into(),
    }
}

/// Prints the report; fails if a check did.
pub(super) async fn run(config: anyhow::Result<Config>) -> anyhow::Result<ExitCode> {
    let findings = match config {
        Ok(config) => check(&config).await,
        Err(error) => vec![fail("settings", format!("{error:#}"))],
    };
    for Finding {
        level,
        subject,
        text,
    } in &findings
    {
        let level = match level {
            Level::Ok => "ok  ",
            Level::Warn => "WARN",
            Level::Fail => "FAIL",
        };
        // Further lines stand under the first.
        print(&format!(
            "{level}  {subject:<16}  {}",
            text.replace('\n', "\n                        ")
        ))?;
    }
    let count = |level| {
        findings
            .iter()
            .filter(|finding| finding.level == level)
            .count()
    };
    let (warnings, failures) = (count(Level::Warn), count(Level::Fail));
    print(&format!(
        "{} checks, {warnings} warnings, {failures} failures",
        findings.len()
    ))?;
    Ok(if failures == 0 {
        ExitCode::SUCCESS
    } else {
        ExitCode::FAILURE
    })
}

async fn check(config: &Config) -> Vec<Finding> {
    let clock = Clock::system();
    let mut findings = vec![
        ok("settings", "read"),
        data_dir(&config.storage.data_dir),
        site(&config.site.dir),
        own_clock(&clock),
        passkeys(&config.listen.public_url()),
    ];
    if config.listen.has_unheard_proxy() {
        findings.push(unheard_proxy());
    }
    findings.extend(database(&config.storage, &clock).await);
    if let Some(url) = &config.storage.redis_url {
        findings.push(redis(url).await);
    }
    findings
}

fn data_dir(dir: &Path) -> Finding {
    const SUBJECT: &str = "data folder";
    let shown = dir.display();
    if !dir.exists() {
        return warn(
            SUBJECT,
            format!("{shown} does not exist yet: `teamflow serve` makes it"),
        );
    }
    let probe = dir.join(".teamflow-doctor");
    let written = std::fs::write(&probe, b"").and_then(|()| std::fs::remove_file(&probe));
    match written {
        Ok(()) => ok(SUBJECT, format!("{shown} can be written")),
        Err(error) => fail(
            SUBJECT,
            format!(
                "{shown} cannot be written ({error}): let the server's user own it, or set \
                 TEAMFLOW_DATA_DIR"
            ),
        ),
    }
}

fn site(dir: &Path) -> Finding {
    match Manifest::load(dir) {
        Ok(manifest) => ok(
            "site",
            format!("{} files in {}", manifest.all.len(), dir.display()),
        ),
        Err(error) => fail("site", format!("{error:#}")),
    }
}

/// Nobody needs them, so it is no warning.
fn passkeys(url: &PublicUrl) -> Finding {
    match crate::passkeys::obstacle(url) {
        None => ok("passkeys", format!("they are for {}", url.host())),
        Some(why) => ok("passkeys", format!("off. {why}")),
    }
}

fn unheard_proxy() -> Finding {
    warn(
        "proxy",
        "TEAMFLOW_PUBLIC_URL begins with https and this server speaks no TLS, so a proxy stands in front, and its word on who \
         asks does not count: everybody seems to come from its address, and shares the limits on sign-ins and open \
         connections. Set TEAMFLOW_TRUSTED_PROXIES to its address",
    )
}

fn own_clock(clock: &Clock) -> Finding {
    if clock.now().0 < EARLIEST_MS {
        return fail("clock", "it is years behind: set it, and let NTP keep it");
    }
    ok("clock", "plausible")
}

async fn database(storage: &Storage, clock: &Clock) -> Vec<Finding> {
    const SUBJECT: &str = "database";
    let url = storage.database_url.as_str();
    if let Some(file) = db::sqlite_file(url)
        && !file.exists()
    {
        let text = format!(
            "{} does not exist yet: `teamflow serve` makes it",
            file.display()
        );
        return vec![warn(SUBJECT, text)];
    }
    let db = match Db::open(url).await {
        Ok(db) => db,
        Err(error) => {
            let text = format!("{error:#}: start it, or set TEAMFLOW_DATABASE_URL");
            return vec![fail(SUBJECT, text)];
        }
    };
    let mut findings = vec![match db::ping(&db).await {
        Ok(()) => ok(SUBJECT, format!("{} answers", db.engine())),
        Err(error) => fail(SUBJECT, format!("{error:#}")),
    }];
    let migrations = migrations(&db).await;
    let migrated = migrations.level == Level::Ok;
    findings.push(migrations);
    if migrated {
        findings.push(log(&db).await);
        findings.push(audit_log(&db, storage, clock).await);
    }
    findings.extend(sqlite(&db).await);
    findings.extend(database_clock(&db, clock).await);
    db.close().await;
    findings
}

async fn migrations(db: &Db) -> Finding {
    match db::pending_migrations(db).await {
        Ok(pending) if pending.is_empty() => ok("migrations", "all applied"),
        Ok(pending) => {
            let text =
                format!("{pending:?} not applied: `teamflow migrate` or `serve` applies them");
            warn("migrations", text)
        }
        Err(error) => fail("migrations", format!("{error:#}")),
    }
}

async fn log(db: &Db) -> Finding {
    let size = async { store::log_size(db.read_for(Errand::Heads).await?.conn()).await };
    match size.await {
        Ok((kept, gone)) => ok(
            "log",
            format!("{kept} changes kept, {gone} older ones deleted"),
        ),
        Err(error) => fail("log", error.to_string()),
    }
}

async fn audit_log(db: &Db, storage: &Storage, clock: &Clock) -> Finding {
    const SUBJECT: &str = "audit log";
    let rng = Rng::system();
    if audit_entries::is_empty(db).await.unwrap_or_default() {
        return ok(SUBJECT, "nothing in it yet");
    }
    let Some(vault) = Vault::of_what_is_there(storage) else {
        return warn(SUBJECT, "there is no secret key to verify it with");
    };
    let verified = async {
        let audit = Audit::new(clock.clone(), rng, Arc::new(vault?));
        audit_entries::verify_all(db, &audit).await
    };
    match verified.await {
        Ok((entries, problems)) if problems.is_empty() => {
            ok(SUBJECT, format!("{entries} entries hold on to one another"))
        }
        Ok((_, problems)) => fail(
            SUBJECT,
            format!(
                "somebody changed it, or a part is lost; compare it with a backup:\n{}",
                problems.join("\n")
            ),
        ),
        Err(error) => fail(SUBJECT, format!("{error:#}")),
    }
}

async fn redis(url: &str) -> Finding {
    match bus::redis::ping(url).await {
        Ok(()) => ok("redis", "answers"),
        Err(error) => warn(
            "redis",
            format!(
                "{error:#}: start it, or correct TEAMFLOW_REDIS_URL; until then servers learn late from one another"
            ),
        ),
    }
}

async fn sqlite(db: &Db) -> Vec<Finding> {
    let state = match db::sqlite_state(db).await {
        Ok(Some(state)) => state,
        Ok(None) => return Vec::new(),
        Err(error) => {
            return vec![fail(
                "integrity",
                format!("{error:#}: restore a backup if this stays"),
            )];
        }
    };
    let durable = state.journal_mode.eq_ignore_ascii_case("wal") && state.synchronous >= 2;
    vec![
        if durable {
            ok("durability", "write-ahead log, synchronous FULL")
        } else {
            fail(
                "durability",
                format!(
                    "journal {}, synchronous {}: the file's disk does not support the write-ahead \
                     log; use a local disk",
                    state.journal_mode, state.synchronous
                ),
            )
        },
        if state.integrity_errors.is_empty() {
            ok("integrity", "no errors in the file")
        } else {
            let errors = state.integrity_errors.join("\n");
            fail(
                "integrity",
                format!("stop the server and restore a backup:\n{errors}"),
            )
        },
        match state.orphans {
            0 => ok("references", "every row's parent is there"),
            orphans => fail(
                "references",
                format!("{orphans} rows point to rows that are gone: restore a backup"),
            ),
        },
    ]
}

async fn database_clock(db: &Db, clock: &Clock) -> Option<Finding> {
    let theirs = match db::server_time(db).await {
        Ok(time) => time?,
        Err(error) => return Some(fail("database clock", format!("{error:#}"))),
    };
    let drift_ms = theirs.abs_diff(clock.now().0);
    Some(if drift_ms > DRIFT_MS_MAX {
        let text = format!("{drift_ms} ms from this machine's: let NTP keep both");
        warn("database clock", text)
    } else {
        ok(
            "database clock",
            format!("{drift_ms} ms from this machine's"),
        )
    })
}
