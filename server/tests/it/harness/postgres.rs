//! PostgreSQL for tests: the cluster that `TEAMFLOW_TEST_POSTGRES_URL` names, or one of this process's own, started from
//! the installed programs and gone when the process ends. Each test has a database of its own, copied from a migrated one.

use server::db::{Db, migrate};
use sha2::{Digest as _, Sha256};
use sqlx::postgres::PgConnection;
use sqlx::{AssertSqlSafe, Connection as _, query, query_scalar};
use std::fmt::Write as _;
use std::io::{BufRead as _, BufReader, Write as _};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::LazyLock;
use std::sync::atomic::{AtomicU64, Ordering};
use std::{env, fs, io};

/// Address of a maintenance database whose user may create databases.
const URL: &str = "TEAMFLOW_TEST_POSTGRES_URL";
const SKIP: &str = "TEAMFLOW_TEST_SKIP_POSTGRES";
/// Held while the template is made or copied.
const TEMPLATE_LOCK: i64 = 7_300_113;

/// Whether the tests on PostgreSQL are left out, which has to be asked for.
pub(crate) fn skipped() -> bool {
    skip(SKIP)
}

/// Whether something is to be left out, and says so.
pub(super) fn skip(variable_name: &str) -> bool {
    let skipped = variable(variable_name).as_deref() == Some("1");
    if skipped {
        let _ = writeln!(io::stderr(), "left out: {variable_name}=1");
    }
    skipped
}

/// The address of a new, migrated database. It stays until the cluster goes: dropping one costs a checkpoint, which takes
/// longer than most tests.
pub(crate) async fn fresh_database() -> String {
    static COUNT: AtomicU64 = AtomicU64::new(0);
    let url = CLUSTER.url.as_str();
    let mut connection = PgConnection::connect(url).await.unwrap();
    query("select pg_advisory_lock($1)")
        .bind(TEMPLATE_LOCK)
        .execute(&mut connection)
        .await
        .unwrap();
    let template = template(&mut connection).await;
    let count = COUNT.fetch_add(1, Ordering::Relaxed);
    let name = format!("teamflow_test_{}_{count}", std::process::id());
    run(
        &mut connection,
        format!("drop database if exists {name} with (force)"),
    )
    .await;
    run(
        &mut connection,
        format!("create database {name} template {template}"),
    )
    .await;
    // The lock goes with the connection.
    connection.close().await.unwrap();
    with_database(url, &name)
}

/// The migrated database's name. It is made under another name, so that half of one is never copied.
async fn template(connection: &mut PgConnection) -> String {
    let template = format!("teamflow_template_{}", migrations_hash());
    let exists: bool = query_scalar("select exists (select from pg_database where datname = $1)")
        .bind(&template)
        .fetch_one(&mut *connection)
        .await
        .unwrap();
    if !exists {
        let draft = format!("{template}_draft");
        run(
            connection,
            format!("drop database if exists {draft} with (force)"),
        )
        .await;
        run(connection, format!("create database {draft}")).await;
        let db = Db::open(&with_database(&CLUSTER.url, &draft))
            .await
            .unwrap();
        migrate(&db).await.unwrap();
        db.close().await;
        run(
            connection,
            format!("alter database {draft} rename to {template}"),
        )
        .await;
    }
    template
}

async fn run(connection: &mut PgConnection, sql: String) {
    query(AssertSqlSafe(sql)).execute(connection).await.unwrap();
}

fn migrations_hash() -> String {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../migrations/postgres");
    let mut files: Vec<_> = fs::read_dir(folder)
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .collect();
    files.sort();
    let mut hash = Sha256::new();
    for file in files {
        hash.update(fs::read(file).unwrap());
    }
    hash.finalize()[..8]
        .iter()
        .fold(String::new(), |mut text, byte| {
            write!(text, "{byte:02x}").unwrap();
            text
        })
}

/// The same cluster's other database: `postgres://user@host/NAME?host=...`.
fn with_database(url: &str, name: &str) -> String {
    let (address, parameters) = url.split_once('?').unwrap_or((url, ""));
    let (cluster, _) = address.rsplit_once('/').unwrap();
    format!("{cluster}/{name}?{parameters}")
}

static CLUSTER: LazyLock<Cluster> = LazyLock::new(|| match variable(URL) {
    Some(url) => Cluster { url, _guard: None },
    None => start(),
});

struct Cluster {
    url: String,
    /// Its standard input closes when this process ends, however it ends; then it stops PostgreSQL.
    _guard: Option<Child>,
}

/// Makes and starts a cluster that listens on a socket in its own folder alone, prints the folder, and waits for the end
/// of its input. What the server writes is synced as in production; only the empty cluster is not. Collation is not that of bytes, so that an order which needs bytes has to say so.
const SCRIPT: &str = r#"
set -eu
trap '' INT
dir=$(mktemp -d /tmp/teamflow-postgres.XXXXXX)
log="$dir/log"
give_up() { cat "$log" >&2; rm -rf "$dir"; exit 1; }
initdb --no-sync -D "$dir/data" -U teamflow -A trust -E UTF8 --locale=C \
    --locale-provider=icu --icu-locale=en-US >"$log" 2>&1 || give_up
postgres -D "$dir/data" -k "$dir" -c listen_addresses= -c max_connections=300 >>"$log" 2>&1 &
server=$!
until pg_isready -q -h "$dir"; do
    kill -0 "$server" 2>/dev/null || give_up
    sleep 0.05
done
echo "$dir"
read -r _ || true
kill -QUIT "$server"
wait "$server" || true
rm -rf "$dir"
"#;

fn start() -> Cluster {
    let programs = programs().unwrap_or_else(|| {
        panic!("install PostgreSQL 15 or newer, or set {SKIP}=1 to run without its tests")
    });
    let path = format!(
        "{}:{}",
        programs.display(),
        variable("PATH").unwrap_or_default()
    );
    let mut child = shell().env("PATH", path).spawn().unwrap();
    let mut dir = String::new();
    BufReader::new(child.stdout.take().unwrap())
        .read_line(&mut dir)
        .unwrap();
    assert!(!dir.is_empty(), "PostgreSQL did not start: see above");
    let url = format!("postgres://teamflow@localhost/postgres?host={}", dir.trim());
    Cluster {
        url,
        _guard: Some(child),
    }
}

/// PostgreSQL refuses to run as root, who becomes somebody else for it.
fn shell() -> Command {
    let id = Command::new("id").arg("-u").output().unwrap();
    let mut command = if id.stdout == b"0\n" {
        let user = ["postgres", "nobody"].into_iter().find(|user| {
            Command::new("id")
                .arg(user)
                .output()
                .is_ok_and(|id| id.status.success())
        });
        let user = user.unwrap();
        let mut command = Command::new("setpriv");
        command.args([&format!("--reuid={user}"), "--clear-groups", "--", "sh"]);
        command
    } else {
        Command::new("sh")
    };
    command
        .args(["-c", SCRIPT])
        .current_dir("/")
        .stdin(Stdio::piped())
        .stdout(Stdio::piped());
    command
}

/// The folder of the newest installed version.
fn programs() -> Option<PathBuf> {
    let versions = fs::read_dir("/usr/lib/postgresql")
        .into_iter()
        .flatten()
        .flatten();
    let newest = versions
        .map(|version| version.path().join("bin"))
        .max_by_key(|bin| {
            let version = bin.parent().and_then(Path::file_name).unwrap_or_default();
            version.to_string_lossy().parse::<u32>().unwrap_or(0)
        });
    let path = variable("PATH").unwrap_or_default();
    let on_path = env::split_paths(&path).find(|folder| folder.join("initdb").is_file());
    newest
        .filter(|bin| bin.join("initdb").is_file())
        .or(on_path)
}

#[expect(
    clippy::disallowed_methods,
    reason = "these are no settings of the server"
)]
fn variable(name: &str) -> Option<String> {
    env::var(name).ok().filter(|value| !value.is_empty())
}
