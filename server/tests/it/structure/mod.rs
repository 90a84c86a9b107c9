//! No text whatsoever changes the structure of a page: whatever things are called, a page has the same elements with the same
//! attributes as when they are called something harmless.

mod everywhere;

use crate::harness::{Client, Engine, TestApp};
use crate::sync::{Team, task};
use server::rng::Rng;
use shared::comments;
use shared::ids::{CommentId, LabelId};
use shared::projects::{self, ProjectPatch};
use shared::statuses::{self, StatusPatch};
use shared::tasks::{self, TaskPatch};
use shared::values::{Color, CommentText, LabelName, Markdown, Name, Title};
use shared::{labels, members, workspaces};
use uuid::Uuid;

const HARMLESS: &str = "harmless";

/// What has ended elements, attributes, comments, scripts and texts elsewhere.
const PIECES: [&str; 34] = [
    "<script>alert(1)</script>",
    "</script>",
    "<!--",
    "-->",
    "--!>",
    "<!>",
    "\"",
    "'",
    "`",
    "=",
    "<",
    ">",
    "&",
    "&lt;img&gt;",
    "&#60;b&#62;",
    "&quot;",
    "</title>",
    "</textarea>",
    "</style>",
    "</template>",
    "<img src=x onerror=alert(1)>",
    "\" onmouseover=\"alert(1)",
    "' autofocus onfocus='x",
    "]]>",
    "<![CDATA[",
    "{{7*7}}",
    "\\u003cb\\u003e",
    "javascript:alert(1)",
    "\u{2028}",
    "\u{202e}",
    "\u{feff}",
    "<svg/onload=x>",
    "/>",
    "x",
];

/// The server's own scripts, of which none but itself can name the nonce.
const TOLD: [&str; 2] = ["script nonce", "/script"];

/// The elements of a page with the names of their attributes, in order; comments too, since they guide the browser's code.
fn structure(html: &str) -> Vec<String> {
    let mut found = Vec::new();
    let mut rest = html;
    while let Some(at) = rest.find('<') {
        rest = &rest[at..];
        if let Some(comment) = rest.strip_prefix("<!--") {
            rest = comment.split_once("-->").map_or("", |(_, rest)| rest);
            found.push("comment".to_owned());
        } else if rest[1..]
            .starts_with(|c: char| c.is_ascii_alphabetic() || matches!(c, '/' | '!' | '?'))
        {
            let (tag, after) = tag(&rest[1..]);
            rest = after;
            let name = tag.split(' ').next().unwrap_or_default().to_owned();
            // Which parts of the application the head has fetched ahead depends on how far the page is when it is sent.
            // So does in how many scripts its resources are told: one after another they count as one.
            let is_told_on = tag == "script nonce" && found.ends_with(&TOLD.map(str::to_owned));
            if is_told_on {
                found.truncate(found.len() - TOLD.len());
            }
            if tag != "link crossorigin href rel" {
                found.push(tag);
            }
            if ["script", "style", "title", "textarea"].contains(&name.as_str()) {
                let end = rest.to_ascii_lowercase().find(&format!("</{name}"));
                rest = &rest[end.unwrap_or(rest.len())..];
            }
        } else {
            rest = &rest[1..];
        }
    }
    found
}

/// A tag from its name on, as the name and the names of its attributes; and what stands after it.
fn tag(text: &str) -> (String, &str) {
    let end = text
        .find(|c: char| c.is_ascii_whitespace() || c == '>')
        .unwrap_or(text.len());
    let (name, mut rest) = text.split_at(end);
    let mut found = name.trim_end_matches('/').to_ascii_lowercase();
    loop {
        rest = rest.trim_start_matches(|c: char| c.is_ascii_whitespace() || c == '/');
        if let Some(after) = rest.strip_prefix('>') {
            return (found, after);
        }
        let end = rest.find(|c: char| c.is_ascii_whitespace() || "=>/".contains(c));
        let (attribute, after) = rest.split_at(end.unwrap_or(rest.len()));
        if attribute.is_empty() && after.is_empty() {
            return (found, after);
        }
        found.push(' ');
        found.push_str(attribute);
        rest = match after.strip_prefix('=') {
            None if attribute.is_empty() => &after[1..],
            None => after,
            Some(value) => match value.chars().next() {
                Some(quote @ ('"' | '\'')) => {
                    value[1..].split_once(quote).map_or("", |(_, rest)| rest)
                }
                _ => value.trim_start_matches(|c: char| !c.is_ascii_whitespace() && c != '>'),
            },
        };
    }
}

/// Calls everything so that a page can show, as far as it may be called so.
async fn call_everything(team: &Team, text: &str) {
    let owner = team.owner;
    if let Ok(name) = Name::parse(text) {
        let rename = workspaces::Mutation::Rename {
            id: team.workspace,
            name: name.clone(),
        };
        team.commit(owner, rename).await.unwrap();
        let rename = members::Mutation::Rename {
            id: owner,
            name: name.clone(),
        };
        team.commit(owner, rename).await.unwrap();
        let patch = ProjectPatch {
            name: Some(name.clone()),
            ..ProjectPatch::default()
        };
        team.commit(
            owner,
            projects::Mutation::Edit {
                id: team.project,
                patch,
            },
        )
        .await
        .unwrap();
        let patch = StatusPatch {
            name: Some(name),
            ..StatusPatch::default()
        };
        team.commit(
            owner,
            statuses::Mutation::Edit {
                id: team.statuses[0],
                patch,
            },
        )
        .await
        .unwrap();
    }
    if let Ok(title) = Title::parse(text) {
        let patch = TaskPatch {
            title: Some(title),
            ..TaskPatch::default()
        };
        team.commit(owner, tasks::Mutation::Edit { id: task(1), patch })
            .await
            .unwrap();
    }
    if let Ok(name) = LabelName::parse(text) {
        let edit = labels::Mutation::Edit {
            id: LABEL.into(),
            name,
            color: Color::Red,
        };
        team.commit(owner, edit).await.unwrap();
    }
}

const LABEL: Uuid = Uuid::from_u128(50);
const COMMENT: Uuid = Uuid::from_u128(60);

const PAGES: [&str; 7] = [
    "/w/team",
    "/w/team/WEB/board",
    "/w/team/WEB/board/1",
    "/w/team/WEB/archive",
    "/w/team/WEB/settings",
    "/w/team/settings/members",
    "/settings/account",
];

async fn structures(olive: &Client) -> Vec<Vec<String>> {
    let mut all = Vec::new();
    for page in PAGES {
        let answer = olive.get(page).await;
        assert_eq!(answer.status, 200, "{page}");
        all.push(structure(&answer.text()));
    }
    all
}

async fn start() -> (Team, Client) {
    let team = Team::start(TestApp::start(Engine::Sqlite).await).await;
    team.commit(team.owner, team.create(1, HARMLESS))
        .await
        .unwrap();
    let label = labels::Mutation::Create {
        id: LABEL.into(),
        project: team.project,
        name: LabelName::parse(HARMLESS).unwrap(),
        color: Color::Red,
    };
    team.commit(team.owner, label).await.unwrap();
    let wear = tasks::Mutation::AddLabel {
        id: task(1),
        label: LabelId::from(LABEL),
    };
    team.commit(team.owner, wear).await.unwrap();
    let comment = comments::Mutation::Create {
        id: CommentId::from(COMMENT),
        task: task(1),
        text: CommentText::parse(HARMLESS).unwrap(),
    };
    team.commit(team.owner, comment).await.unwrap();
    let olive = team.t.user("olive@example.org").await;
    (team, olive)
}

fn text(rng: &Rng) -> String {
    let [count, bytes @ ..]: [u8; 6] = rng.bytes();
    let pieces = bytes.iter().take(1 + usize::from(count % 5));
    let text: String = pieces
        .map(|byte| PIECES[usize::from(*byte) % PIECES.len()])
        .collect();
    // Names are short.
    text.chars().take(48).collect()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn no_name_changes_the_structure_of_a_page() {
    let (team, olive) = start().await;
    call_everything(&team, HARMLESS).await;
    let expected = structures(&olive).await;
    assert!(
        expected.iter().all(|page| page.len() > 20),
        "pages have elements"
    );
    let rng = Rng::seeded(7);
    let whole = PIECES.iter().map(|piece| format!("a{piece}b"));
    let mixed = (0..24).map(|_| format!("a{}b", text(&rng)));
    for text in whole.chain(mixed) {
        call_everything(&team, &text).await;
        for ((page, expected), found) in PAGES.iter().zip(&expected).zip(structures(&olive).await) {
            let changed = difference(expected, &found);
            assert_eq!(changed, None, "{text:?} changed {page}");
        }
    }
}

/// Where two pages begin to differ, if they do.
fn difference(expected: &[String], found: &[String]) -> Option<(String, String)> {
    if expected == found {
        return None;
    }
    let differs = expected.iter().zip(found).position(|(a, b)| a != b);
    let at = differs.unwrap_or(expected.len().min(found.len()));
    let around = |page: &[String]| page[at.saturating_sub(6)..page.len().min(at + 6)].join(" | ");
    Some((around(expected), around(found)))
}

/// Markdown makes elements: none but those of Markdown, and none of them does anything.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn no_markdown_makes_elements_that_are_not_markdowns() {
    let (team, olive) = start().await;
    let page = "/w/team/WEB/board/1";
    let before = structure(&olive.get(page).await.text());
    let scripts = |page: &[String]| page.iter().filter(|tag| tag.starts_with("script")).count();
    let rng = Rng::seeded(8);
    let links = [
        "[a](javascript:alert(1))",
        "![a](data:text/html,<script>)",
        "<javascript:x>",
        "[a]: x\"onclick=\"x",
    ];
    let texts = PIECES
        .iter()
        .chain(&links)
        .map(|piece| format!("a {piece} b"));
    for text in texts.chain((0..24).map(|_| text(&rng))) {
        let Ok(markdown) = Markdown::parse(&text) else {
            continue;
        };
        team.commit(
            team.owner,
            tasks::Mutation::Describe {
                id: task(1),
                markdown,
            },
        )
        .await
        .unwrap();
        if let Ok(text) = CommentText::parse(&text) {
            let edit = comments::Mutation::Edit {
                id: CommentId::from(COMMENT),
                text,
            };
            team.commit(team.owner, edit).await.unwrap();
        }
        let html = olive.get(page).await.text();
        let found = structure(&html);
        assert_eq!(scripts(&found), scripts(&before), "{text:?}");
        for tag in &found {
            let name = tag.split(' ').next().unwrap_or_default();
            assert!(
                !["iframe", "object", "embed", "base", "math"].contains(&name),
                "{text:?}: {tag}"
            );
            assert!(!tag.contains(" on"), "{text:?}: {tag}");
        }
        assert!(
            !html.contains("href=\"javascript:") && !html.contains("src=\"data:text"),
            "{text:?}"
        );
    }
}
