//! The program `teamflow` itself.

use crate::harness::{Engine, TestApp, new_account, write_site};
use crate::sync::Team;
use insta::assert_snapshot;
use server::accounts;
use server::app::App;
use server::clock::Clock;
use server::config::Config;
use server::http::assets::Site;
use server::rng::Rng;
use server::workspaces;
use std::collections::BTreeMap;
use std::io::{BufRead as _, BufReader};
use std::path::Path;
use std::process::{Child, Command, Output, Stdio};
use tempfile::TempDir;

/// A folder with a site, for programs started by [`teamflow`].
fn folder() -> TempDir {
    let dir = tempfile::tempdir().unwrap();
    write_site(&dir.path().join("site"));
    dir
}

fn teamflow(dir: &Path, arguments: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_teamflow"));
    command
        .args(arguments)
        .env("TEAMFLOW_LISTEN", "127.0.0.1:0")
        .env("TEAMFLOW_DATA_DIR", dir.join("data"))
        .env("TEAMFLOW_SITE_DIR", dir.join("site"))
        .current_dir(dir)
        .stdin(Stdio::null());
    command
}

fn run(dir: &Path, arguments: &[&str]) -> Output {
    teamflow(dir, arguments).output().unwrap()
}

fn text(bytes: &[u8]) -> String {
    String::from_utf8(bytes.to_vec()).unwrap()
}

/// Starts a server; its address, once it is ready.
fn serve(dir: &Path) -> (Child, String) {
    serve_with(dir, &[])
}

fn serve_with(dir: &Path, vars: &[(&str, &str)]) -> (Child, String) {
    let mut child = teamflow(dir, &["serve"])
        .envs(vars.iter().copied())
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    let url = ready(&mut child);
    (child, url)
}

/// The address of a server that was started, once it is ready.
fn ready(child: &mut Child) -> String {
    let mut line = String::new();
    BufReader::new(child.stdout.take().unwrap())
        .read_line(&mut line)
        .unwrap();
    line.trim()
        .strip_prefix("TeamFlow is ready: ")
        .unwrap()
        .to_owned()
}

fn signal(child: &Child, name: &str) {
    let status = Command::new("kill")
        .args(["-s", name, &child.id().to_string()])
        .status();
    assert!(status.unwrap().success());
}

#[tokio::test]
async fn serving_begins_with_one_line_and_ends_well_on_a_signal() {
    let dir = folder();
    for name in ["TERM", "INT"] {
        let (mut child, url) = serve(dir.path());
        let health = reqwest_get(&format!("{url}/health")).await;
        assert_eq!(health, r#"{"status":"ok"}"#);
        signal(&child, name);
        assert!(child.wait().unwrap().success(), "{name}");
    }
    assert!(dir.path().join("data/teamflow.db").is_file());
}

#[tokio::test]
async fn a_server_told_to_stop_says_so_before_it_does() {
    let dir = folder();
    let (mut child, url) = serve_with(dir.path(), &[("TEAMFLOW_DRAIN_SECONDS", "600")]);
    let ready = format!("{url}/ready");
    assert_eq!(reqwest_get(&ready).await, r#"{"status":"ready"}"#);
    signal(&child, "TERM");
    while !reqwest_get(&ready).await.contains("unavailable") {
        tokio::task::yield_now().await;
    }
    let health = reqwest_get(&format!("{url}/health")).await;
    assert_eq!(health, r#"{"status":"ok"}"#, "it goes on answering");
    signal(&child, "TERM");
    assert!(child.wait().unwrap().success());
}

async fn reqwest_get(url: &str) -> String {
    let _ = rustls::crypto::ring::default_provider().install_default();
    let client = reqwest::Client::builder().no_proxy().build().unwrap();
    client.get(url).send().await.unwrap().text().await.unwrap()
}

#[test]
fn a_taken_port_is_said_so() {
    let dir = folder();
    let (mut child, url) = serve(dir.path());
    let address = url.strip_prefix("http://").unwrap();
    let second = teamflow(dir.path(), &["serve"])
        .env("TEAMFLOW_LISTEN", address)
        .output()
        .unwrap();
    assert!(!second.status.success());
    let error = text(&second.stderr);
    let expected = format!("error: cannot listen on {address}: another program listens there");
    assert!(error.starts_with(&expected), "{error}");
    signal(&child, "TERM");
    child.wait().unwrap();
}

#[test]
fn a_second_server_on_the_same_file_is_refused() {
    let dir = folder();
    let (mut child, _) = serve(dir.path());
    let second = run(dir.path(), &["serve"]);
    assert!(!second.status.success());
    let file = dir.path().join("data/teamflow.db").display().to_string();
    let error = text(&second.stderr);
    let expected = format!("error: another server serves {file}: stop it first,");
    assert!(error.starts_with(&expected), "{error}");
    // What is no server may come in beside it, and another server after it, however it ended.
    assert!(run(dir.path(), &["migrate"]).status.success());
    signal(&child, "KILL");
    child.wait().unwrap();
    let (mut next, _) = serve(dir.path());
    signal(&next, "TERM");
    assert!(next.wait().unwrap().success());
}

#[test]
fn wrong_settings_are_listed_and_nothing_is_made() {
    let dir = folder();
    let output = teamflow(dir.path(), &["serve"])
        .env("TEAMFLOW_LISTEN", "8080")
        .env("TEAMFLOW_SESION_DAYS", "1")
        .output()
        .unwrap();
    assert_eq!(output.status.code(), Some(1));
    assert_snapshot!(text(&output.stderr), @r#"
    error: 2 settings are wrong:
      - TEAMFLOW_LISTEN: "8080" is not an address such as 127.0.0.1:8080
      - TEAMFLOW_SESION_DAYS is not a setting. Did you mean TEAMFLOW_SESSION_DAYS?
    "#);
    assert!(!dir.path().join("data").exists());
}

#[test]
fn a_settings_file_is_read_from_either_place() {
    let dir = folder();
    let file = dir.path().join("teamflow.toml");
    std::fs::write(&file, "sign_up = \"sometimes\"").unwrap();
    let by_option = run(dir.path(), &["migrate", "--config", "teamflow.toml"]);
    let by_variable = teamflow(dir.path(), &["migrate"])
        .env("TEAMFLOW_CONFIG", &file)
        .output();
    for output in [by_option, by_variable.unwrap()] {
        let error = text(&output.stderr);
        assert!(
            error.contains("`sign_up` in the file: \"sometimes\" is none of"),
            "{error}"
        );
    }
    let missing = run(dir.path(), &["migrate", "--config", "missing.toml"]);
    assert!(text(&missing.stderr).starts_with("error: reading the settings in missing.toml"));
}

#[test]
fn migrating_is_done_once() {
    let dir = folder();
    let first = text(&run(dir.path(), &["migrate"]).stdout);
    assert!(first.ends_with("migrations were applied.\n"), "{first}");
    let second = text(&run(dir.path(), &["migrate"]).stdout);
    assert_eq!(second, "The database is up to date.\n");
}

#[tokio::test]
async fn a_token_is_made_for_somebody_who_has_an_account() {
    let dir = folder();
    let create = [
        "token",
        "create",
        "--user",
        "ada@example.org",
        "--expires-days",
        "7",
    ];
    let nobody = run(dir.path(), &create);
    assert_eq!(
        text(&nobody.stderr),
        "error: nobody has an account with ada@example.org\n"
    );
    let data = dir.path().join("data").display().to_string();
    let vars = BTreeMap::from([("TEAMFLOW_DATA_DIR".to_owned(), data)]);
    let config = Config::read(&vars, None).unwrap();
    let app = App::open(config, Site::none(), Clock::system(), Rng::system())
        .await
        .unwrap();
    accounts::sign_up(&app, new_account("ada@example.org"))
        .await
        .unwrap();

    let output = run(dir.path(), &create);
    let token = text(&output.stdout);
    assert!(output.status.success(), "{}", text(&output.stderr));
    let mut headers = axum::http::HeaderMap::new();
    headers.insert(
        "authorization",
        format!("Bearer {}", token.trim()).parse().unwrap(),
    );
    let who = accounts::identity::of_request(&app, &headers)
        .await
        .unwrap()
        .unwrap();
    assert_eq!(who.email.as_str(), "ada@example.org");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_servers_operator_says_what_a_workspaces_plan_is_called() {
    let team = Team::start(TestApp::start(Engine::Sqlite).await).await;
    let dir = team.t.dir();
    let database = format!("sqlite:{}", dir.join("teamflow.db").display());
    let plan = |arguments: &[&str]| {
        let mut command = teamflow(dir, &[&["workspace", "plan"], arguments].concat());
        let output = command.env("TEAMFLOW_DATABASE_URL", &database).output();
        output.unwrap()
    };
    let named = async || {
        let ws = team.workspace;
        let mut read = team.t.app.db.unfenced().read().await.unwrap();
        let found = workspaces::store::find(read.conn(), ws, ws.uuid()).await;
        found
            .unwrap()
            .unwrap()
            .row
            .plan
            .map(|name| name.to_string())
    };
    let set = plan(&["team", "Founders"]);
    assert_eq!(
        text(&set.stdout),
        "team has the plan Founders.\n",
        "{}",
        text(&set.stderr)
    );
    assert_eq!(named().await.as_deref(), Some("Founders"));
    assert_eq!(text(&plan(&["team"]).stdout), "team has no plan.\n");
    assert_eq!(named().await, None);
    let nowhere = plan(&["elsewhere", "Founders"]);
    assert_eq!(
        text(&nowhere.stderr),
        "error: there is no workspace elsewhere\n"
    );
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_operator_says_who_looks_after_the_server() {
    let t = TestApp::start(Engine::Sqlite).await;
    t.sign_up("ada@example.org").await;
    t.sign_up("ben@example.org").await;
    let database = format!("sqlite:{}", t.dir().join("teamflow.db").display());
    let admin = |what: &str, email: &str| {
        let mut command = teamflow(t.dir(), &["user", "admin", what, email]);
        let output = command.env("TEAMFLOW_DATABASE_URL", &database).output();
        let Output { stdout, stderr, .. } = output.unwrap();
        (text(&stdout), text(&stderr))
    };
    assert_eq!(
        admin("add", "ben@example.org").0,
        "ben@example.org is an administrator of this server.\n"
    );
    assert_eq!(
        admin("remove", "ada@example.org").0,
        "ada@example.org is no administrator of this server any more.\n"
    );
    let last = admin("remove", "ben@example.org").1;
    assert!(last.contains("the only administrator"), "{last}");
    let nobody = admin("add", "nobody@example.org").1;
    assert!(nobody.contains("Nobody has an account"), "{nobody}");
}

#[test]
fn the_doctor_says_what_to_do() {
    let dir = folder();
    let before = run(dir.path(), &["doctor"]);
    assert!(before.status.success(), "a new machine is not ill");
    assert!(!dir.path().join("data").exists(), "looking changes nothing");
    let data = dir.path().join("data").display().to_string();
    let site = dir.path().join("site").display().to_string();
    let tidy = |output: &Output| {
        text(&output.stdout)
            .replace(&data, "DATA")
            .replace(&site, "SITE")
    };
    assert_snapshot!(tidy(&before), @r"
    ok    settings          read
    WARN  data folder       DATA does not exist yet: `teamflow serve` makes it
    ok    site              4 files in SITE
    ok    clock             plausible
    ok    passkeys          off. Passkeys need a host name, and this server's address is a number. Its administrator can set TEAMFLOW_PUBLIC_URL to a name, such as https://tasks.example.org, or http://localhost:8080 to try it out.
    WARN  database          DATA/teamflow.db does not exist yet: `teamflow serve` makes it
    6 checks, 2 warnings, 0 failures
    ");

    run(dir.path(), &["migrate"]);
    assert_snapshot!(tidy(&run(dir.path(), &["doctor"])), @r"
    ok    settings          read
    ok    data folder       DATA can be written
    ok    site              4 files in SITE
    ok    clock             plausible
    ok    passkeys          off. Passkeys need a host name, and this server's address is a number. Its administrator can set TEAMFLOW_PUBLIC_URL to a name, such as https://tasks.example.org, or http://localhost:8080 to try it out.
    ok    database          sqlite answers
    ok    migrations        all applied
    ok    log               0 changes kept, 0 older ones deleted
    ok    audit log         nothing in it yet
    ok    durability        write-ahead log, synchronous FULL
    ok    integrity         no errors in the file
    ok    references        every row's parent is there
    12 checks, 0 warnings, 0 failures
    ");

    let nobody_listens = teamflow(dir.path(), &["doctor"])
        .env("TEAMFLOW_REDIS_URL", "redis://127.0.0.1:1")
        .output()
        .unwrap();
    assert!(
        nobody_listens.status.success(),
        "it works without, only later"
    );
    let report = text(&nobody_listens.stdout);
    assert!(report.contains("WARN  redis "), "{report}");

    std::fs::remove_dir_all(dir.path().join("site")).unwrap();
    std::fs::write(
        dir.path().join("data/teamflow.db"),
        "not a database at all".repeat(100),
    )
    .unwrap();
    let ill = run(dir.path(), &["doctor"]);
    assert_eq!(ill.status.code(), Some(1));
    let report = text(&ill.stdout);
    assert!(report.contains("FAIL  site"), "{report}");
    assert!(report.contains("cargo xtask build"), "{report}");
    assert!(report.contains("FAIL  database"), "{report}");

    let confused = teamflow(dir.path(), &["doctor"])
        .env("TEAMFLOW_LISTEN", "x")
        .output()
        .unwrap();
    assert!(text(&confused.stdout).starts_with("FAIL  settings          one setting is wrong:"));
}

#[tokio::test]
async fn a_proxy_whose_word_does_not_count_is_told_of() {
    let dir = folder();
    let url = [("TEAMFLOW_PUBLIC_URL", "https://tasks.example.org")];
    let report = |more: &[(&str, &str)]| {
        let mut doctor = teamflow(dir.path(), &["doctor"]);
        let vars = url.iter().chain(more).copied();
        text(&doctor.envs(vars).output().unwrap().stdout)
    };
    let unheard = report(&[]);
    assert!(unheard.contains("WARN  proxy "), "{unheard}");
    assert!(unheard.contains("TEAMFLOW_TRUSTED_PROXIES"), "{unheard}");
    let trusted = [("TEAMFLOW_TRUSTED_PROXIES", "127.0.0.1")];
    let heard = report(&trusted);
    assert!(!heard.contains("proxy"), "{heard}");

    let mut told = Vec::new();
    for vars in [&[][..], &trusted] {
        let log = dir.path().join("log");
        let mut child = teamflow(dir.path(), &["serve"])
            .envs(vars.iter().copied())
            .stderr(std::fs::File::create(&log).unwrap())
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        let url = ready(&mut child);
        let client = reqwest::Client::builder().no_proxy().build().unwrap();
        for asker in ["192.0.2.1", "192.0.2.2"] {
            let request = client.get(format!("{url}/api/v1/workspaces"));
            let request = request.header("x-forwarded-for", asker);
            request.send().await.unwrap();
        }
        signal(&child, "TERM");
        assert!(child.wait().unwrap().success());
        let log = std::fs::read_to_string(&log).unwrap();
        told.push(log.matches("TEAMFLOW_TRUSTED_PROXIES").count());
    }
    assert_eq!(told, [1, 0], "it is said once, where it is so");
}

/// Every text in an answer that is long enough to be a secret.
fn secrets_in(value: &serde_json::Value, found: &mut Vec<String>) {
    match value {
        serde_json::Value::String(text) if text.len() >= 32 => found.push(text.clone()),
        serde_json::Value::Object(fields) => fields.values().for_each(|it| secrets_in(it, found)),
        _ => {}
    }
}

/// Does what people do with secrets; answers all that must not be seen.
async fn use_secrets(dir: &Path, url: &str) -> Vec<String> {
    let _ = rustls::crypto::ring::default_provider().install_default();
    let client = reqwest::Client::builder()
        .no_proxy()
        .redirect(reqwest::redirect::Policy::none());
    let client = client.build().unwrap();
    let post = |path: &str| {
        client
            .post(format!("{url}{path}"))
            .header("sec-fetch-site", "same-origin")
    };
    let mut planted: Vec<String> = ["planted right word", "planted wrong word"]
        .map(str::to_owned)
        .into();
    let form = [
        ("name", "Ada"),
        ("email", "ada@example.org"),
        ("password", "planted right word"),
        ("workspace", "Planted"),
    ];
    let signed_up = post("/sf/set-up").form(&form).send().await.unwrap();
    for cookie in signed_up.headers().get_all("set-cookie") {
        let value = cookie.to_str().unwrap().split_once('=').unwrap().1;
        planted.push(value.split(';').next().unwrap().to_owned());
    }
    assert!(
        planted.len() >= 4,
        "cookies were set: {}",
        signed_up.status()
    );
    for password in ["planted wrong word", "planted right word"] {
        let body = serde_json::json!({ "email": "ada@example.org", "password": password });
        let answer = post("/api/v1/auth/sign-in")
            .json(&body)
            .send()
            .await
            .unwrap();
        secrets_in(&answer.json().await.unwrap(), &mut planted);
    }
    post("/sf/forgot-password")
        .form(&[("email", "ada@example.org")])
        .send()
        .await
        .unwrap();
    let made = text(&run(dir, &["account", "reset-link", "--user", "ada@example.org"]).stdout);
    let link = made.lines().find(|line| line.contains("://"));
    if let Some((_, secret)) = link.and_then(|link| link.rsplit_once(['=', '/', '#'])) {
        planted.push(secret.trim().to_owned());
    }
    let token = text(&run(dir, &["token", "create", "--user", "ada@example.org"]).stdout);
    let token = token.trim().to_owned();
    for query in ["", "?token=planted-in-a-query"] {
        let request = client.get(format!("{url}/api/v1/workspaces{query}"));
        request.bearer_auth(&token).send().await.unwrap();
    }
    planted.push(token);
    planted
}

#[tokio::test]
async fn secrets_come_from_files_and_never_go_to_the_log() {
    let dir = folder();
    let file = |name: &str, content: &str| {
        let path = dir.path().join(name);
        std::fs::write(&path, content).unwrap();
        path.display().to_string()
    };
    let key = "CwsLCwsLCwsLCwsLCwsLCwsLCwsLCwsLCwsLCwsLCws=";
    let keys = file("keys", &format!("{key}\n"));
    let mail = file("mail", "smtp://ada:planted-mail-word@127.0.0.1:9\n");
    let log = dir.path().join("log");
    let mut child = teamflow(dir.path(), &["serve"])
        .env("TEAMFLOW_SECRET_KEYS_FILE", &keys)
        .env("TEAMFLOW_MAIL_URL_FILE", &mail)
        .env("TEAMFLOW_LOG", "debug")
        .stderr(std::fs::File::create(&log).unwrap())
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    let url = ready(&mut child);
    assert!(
        !dir.path().join("data/secret.key").exists(),
        "the key is the file's"
    );

    let mut planted = use_secrets(dir.path(), &url).await;
    planted.extend([key.to_owned(), "planted-mail-word".to_owned()]);
    signal(&child, "TERM");
    assert!(child.wait().unwrap().success());
    let log = std::fs::read_to_string(&log).unwrap();
    assert!(
        log.contains("/api/v1/workspaces"),
        "requests are logged:\n{log}"
    );
    for secret in planted.iter().filter(|secret| !secret.is_empty()) {
        assert!(!log.contains(secret.as_str()), "{secret} is in the log");
    }
}
