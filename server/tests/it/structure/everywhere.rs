//! The same for every page that the server draws, and for every text that somebody can type, or bring in an address.

use super::{HARMLESS, PIECES, call_everything, difference, start, structure, text};
use crate::harness::{Client, Engine, PASSWORD, TestApp};
use crate::links::form;
use crate::sync::{Team, task};
use app::routes::{Page, href};
use app::settings::Section;
use reqwest::Method;
use server::accounts::{self, Credentials};
use server::on_engine;
use server::rng::Rng;
use server::sessions::Entrance;
use shared::ids::UserId;
use shared::values::{LabelName, Link, Name, Place, Title};
use shared::{attachments, checklist_items, members, tasks, teams};
use std::collections::BTreeSet;
use uuid::Uuid;

/// What whoever is signed in is shown.
fn pages_of_people() -> Vec<String> {
    let mut pages: Vec<String> = [
        "/",
        "/new-workspace",
        "/settings/account",
        "/settings/two-step",
        "/settings/sessions",
        "/settings/tokens",
        "/settings/profile",
        "/settings/workspaces",
        "/w/team",
        "/w/team/import",
        "/w/team/WEB/board",
        "/w/team/WEB/board/1",
        "/w/team/WEB/archive",
        "/w/team/WEB/people",
        "/w/team/WEB/settings",
    ]
    .map(str::to_owned)
    .into();
    pages.extend(
        Section::ALL
            .iter()
            .map(|section| href::section("team", *section)),
    );
    pages
}

/// What strangers are shown, and whoever opens a link.
const PAGES_OF_STRANGERS: [&str; 9] = [
    "/sign-in",
    "/second-step",
    "/sign-up",
    "/finish-sign-up",
    "/forgot-password",
    "/reset-password",
    "/confirm-email",
    "/invite/nothing",
    "/nowhere",
];

/// Shown while there is no account.
const PAGE_OF_NOBODY: &str = "/setup";

/// What of an address somebody is led back to, told, or shown.
const TAKEN_FROM_ADDRESSES: [&str; 9] = [
    "next", "done", "refused", "token", "q", "assignee", "label", "priority", "text",
];

/// The variants of an enum in a source.
fn variants(source: &str, name: &str) -> BTreeSet<String> {
    let (_, rest) = source.split_once(&format!("pub enum {name} {{")).unwrap();
    let (body, _) = rest.split_once("\n}").unwrap();
    let lines = body.lines().filter_map(|line| line.strip_prefix("    "));
    let words = lines.filter(|line| line.starts_with(|c: char| c.is_ascii_uppercase()));
    let word = |line: &str| {
        let end = line.find(|c: char| !c.is_ascii_alphanumeric());
        line[..end.unwrap_or(line.len())].to_owned()
    };
    words.map(word).collect()
}

#[test]
fn no_page_is_left_out() {
    let source = concat!(env!("CARGO_MANIFEST_DIR"), "/../app/src/routes.rs");
    let source = std::fs::read_to_string(source).unwrap();
    let all = pages_of_people();
    let all = all.iter().map(String::as_str).chain(PAGES_OF_STRANGERS);
    let (mut pages, mut places) = (BTreeSet::new(), BTreeSet::new());
    for path in all.chain([PAGE_OF_NOBODY]) {
        let page = Page::parse(path);
        let word = |shown: String| {
            let end = shown.find(|c: char| !c.is_ascii_alphanumeric());
            shown[..end.unwrap_or(shown.len())].to_owned()
        };
        pages.insert(word(format!("{page:?}")));
        if let Page::Workspace { place, .. } = &page {
            places.insert(word(format!("{place:?}")));
        }
    }
    assert_eq!(pages, variants(&source, "Page"));
    assert_eq!(places, variants(&source, "Place"));
}

/// A passkey of that name.
async fn insert_passkey(t: &TestApp, user: UserId, name: &str) {
    let sql = "
        insert into passkeys (id, user_id, name, credential_id, public_key, sign_count, created_at)
        values ($1, $2, $3, $4, $4, 0, 1)";
    let mut tx = t.app.db.unfenced().write().await.unwrap();
    on_engine!(tx.conn(), |c| {
        let query = sqlx::query(sql).bind(Uuid::from_u128(77)).bind(user.uuid());
        query.bind(name).bind(vec![1_u8]).execute(c).await.unwrap();
    });
    tx.commit().await.unwrap();
}

/// Somebody does what has words in it, in all of which stands a text, as far as it may stand there.
#[expect(clippy::too_many_lines, reason = "everything that has words in it")]
async fn do_everything(team: &Team, olive: &Client, text: &str) {
    call_everything(team, text).await;
    let words = Name::parse(text).map_or_else(|_| HARMLESS.to_owned(), String::from);
    let name = || Name::parse(&words).unwrap();
    let workspace = team.workspace.to_string();
    let done = async |function: &str, fields: &[(&str, &str)]| {
        let (status, told) = form(olive, function, fields).await;
        assert!(status < 400, "{function} {fields:?}: {told}");
        told
    };
    done("rename-account", &[("name", words.as_str())]).await;
    done("create-token", &[("name", words.as_str()), ("days", "7")]).await;
    insert_passkey(&team.t, team.owner, &words).await;
    let ws = ("workspace", workspace.as_str());
    done(
        "create-bot",
        &[ws, ("name", words.as_str()), ("role", "member")],
    )
    .await;
    let bots = done("list-bots", &[ws]).await;
    let bot = bots[0]["id"].as_str().unwrap();
    let key = [ws, ("bot", bot), ("name", words.as_str()), ("days", "7")];
    done("create-bot-token", &key).await;
    let program = [
        ws,
        ("name", words.as_str()),
        ("redirects", "https://example.org/b"),
    ];
    done("create-program", &program).await;
    let invited = [
        ws,
        ("role", "member"),
        ("email", "<b>&'@example.org"),
        ("days", "7"),
    ];
    // An address is not everything that can be typed.
    form(olive, "create-invitation", &invited).await;
    done(
        "create-invitation",
        &[ws, ("role", "member"), ("email", ""), ("days", "7")],
    )
    .await;
    done(
        "save-flag",
        &[
            ("name", "flag"),
            ("rule", "people"),
            ("people", "olive@example.org"),
        ],
    )
    .await;
    form(
        olive,
        "save-setting",
        &[("key", "mail_from"), ("value", text)],
    )
    .await;
    let title = Title::parse(text).unwrap_or_else(|_| Title::parse(HARMLESS).unwrap());
    let owner = team.owner;
    let item = checklist_items::Mutation::Create {
        id: Uuid::from_u128(70).into(),
        task: task(1),
        text: title.clone(),
        place: Place::Last,
        heading: Some(name()),
        done: false,
    };
    team.commit(owner, item).await.unwrap();
    let link = attachments::Mutation::Create {
        id: Uuid::from_u128(71).into(),
        task: task(1),
        title,
        url: Link::parse("https://example.org/?a=<b>&\"'")
            .unwrap_or_else(|_| Link::parse("https://example.org/").unwrap()),
    };
    team.commit(owner, link).await.unwrap();
    team.commit(owner, team.create(2, &words)).await.unwrap();
    let below = tasks::Mutation::SetParent {
        id: task(2),
        parent: Some(task(1)),
    };
    team.commit(owner, below).await.unwrap();
    team.commit(owner, team.create(3, &words)).await.unwrap();
    let archive = tasks::Mutation::SetArchived {
        id: task(3),
        archived: true,
    };
    team.commit(owner, archive).await.unwrap();
    let id = Uuid::from_u128(72).into();
    team.commit(owner, teams::Mutation::Create { id, name: name() })
        .await
        .unwrap();
    let take_in = teams::Mutation::AddMember { id, user: owner };
    team.commit(owner, take_in).await.unwrap();
    let rename = members::Mutation::Rename {
        id: bot.parse().unwrap(),
        name: name(),
    };
    team.commit(owner, rename).await.unwrap();
    // A browser that calls itself so.
    let credentials = Credentials {
        email: "olive@example.org".to_owned(),
        password: PASSWORD.to_owned(),
        code: None,
        entrance: Entrance::browser(Some(words.clone())),
    };
    accounts::sign_in(&team.t.app, credentials).await.unwrap();
    // What was refused is in the log, too.
    let label = LabelName::parse(text).map_or_else(|_| HARMLESS.to_owned(), String::from);
    form(
        &team.t.stranger(),
        "sign-in",
        &[("email", &label), ("password", &label)],
    )
    .await;
}

/// The structure of every page, by what was asked.
async fn structures(text: &str) -> Vec<(String, Vec<String>)> {
    let fresh = TestApp::start(Engine::Sqlite).await;
    let (team, olive) = start().await;
    do_everything(&team, &olive, text).await;
    let stranger = team.t.stranger();
    let word = href::encoded(text).replace('/', "%2F");
    let query: Vec<_> = TAKEN_FROM_ADDRESSES
        .iter()
        .map(|name| format!("{name}={word}"))
        .collect();
    let query = query.join("&");
    let mut all = Vec::new();
    let mut ask = async |client: &Client, shown: &str, address: String| {
        let request = client
            .request(Method::GET, &address)
            .header("accept", "text/html");
        let answer = client.send(request).await;
        assert!(answer.status < 500, "{address}: {}", answer.status);
        let mut found = structure(&answer.text());
        found.push(format!("status {}", answer.status));
        all.push((shown.to_owned(), found));
    };
    ask(
        &fresh.stranger(),
        PAGE_OF_NOBODY,
        format!("{PAGE_OF_NOBODY}?{query}"),
    )
    .await;
    for page in PAGES_OF_STRANGERS {
        ask(&stranger, page, page.to_owned()).await;
        ask(
            &stranger,
            &format!("{page} and a query"),
            format!("{page}?{query}"),
        )
        .await;
    }
    for page in pages_of_people() {
        ask(&olive, &page, page.clone()).await;
        // A search finds other cards by other words.
        if !page.contains("/board") {
            ask(
                &olive,
                &format!("{page} and a query"),
                format!("{page}?{query}"),
            )
            .await;
        }
    }
    for place in ["/invite/", "/w/", "/w/team/", "/nowhere/", "/sign-in/"] {
        ask(
            &stranger,
            &format!("{place}... of a stranger"),
            format!("{place}{word}"),
        )
        .await;
        ask(&olive, &format!("{place}..."), format!("{place}{word}")).await;
    }
    all
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn no_text_changes_the_structure_of_any_page() {
    let expected = structures(HARMLESS).await;
    let drawn = expected.iter().filter(|(_, page)| page.len() > 20);
    assert!(drawn.count() > 60, "pages have elements");
    let mut texts = Vec::new();
    let mut together = String::from("a");
    for piece in PIECES {
        // Names are short.
        if together.chars().count() + piece.chars().count() > 45 {
            texts.push(std::mem::replace(&mut together, "a".to_owned()) + "b");
        }
        together += piece;
    }
    texts.push(together + "b");
    let rng = Rng::seeded(9);
    texts.extend((0..4).map(|_| format!("a{}b", text(&rng))));
    let mut changed = BTreeSet::new();
    for text in texts {
        for ((page, expected), (_, found)) in expected.iter().zip(structures(&text).await) {
            if let Some((was, is)) = difference(expected, &found) {
                changed.insert(format!("{text:?} changed {page}:\n{was}\n{is}"));
            }
        }
    }
    assert!(
        changed.is_empty(),
        "{}",
        Vec::from_iter(changed).join("\n\n")
    );
}
