//! A workspace as a file.

use crate::harness::{Client, TestApp, on_both_engines};
use crate::links::form;
use crate::sync::{Team, task};
use reqwest::Method;
use serde_json::Value;
use server::on_engine;
use shared::access::Role;
use shared::ids::CommentId;
use shared::{comments, projects};
use std::collections::BTreeMap;
use std::time::Duration;
use uuid::Uuid;

/// The files of a tape archive.
fn untar(bytes: &[u8]) -> BTreeMap<String, Vec<u8>> {
    let mut files = BTreeMap::new();
    let mut at = 0;
    while at + 512 <= bytes.len() && bytes[at] != 0 {
        let header = &bytes[at..at + 512];
        let text = |from: usize, to: usize| {
            let text = String::from_utf8(header[from..to].to_vec()).unwrap();
            text.trim_end_matches(['\0', ' ']).to_owned()
        };
        let sum: u32 = header
            .iter()
            .enumerate()
            .map(|(n, byte)| {
                if (148..156).contains(&n) {
                    32
                } else {
                    u32::from(*byte)
                }
            })
            .sum();
        assert_eq!(u32::from_str_radix(&text(148, 154), 8).unwrap(), sum);
        let size = usize::from_str_radix(&text(124, 135), 8).unwrap();
        let start = at + 512;
        files.insert(text(0, 100), bytes[start..start + size].to_vec());
        at = start + size.next_multiple_of(512);
    }
    assert!(bytes[at..].iter().all(|byte| *byte == 0) && bytes.len() - at == 1_024);
    files
}

/// Exports and waits until it is written; the export's address.
async fn export(who: &Client, workspace: &str) -> String {
    let (status, _) = form(who, "start-export", &[("workspace", workspace)]).await;
    assert_eq!(status, 200);
    loop {
        let (_, exports) = form(who, "list-exports", &[("workspace", workspace)]).await;
        if exports[0]["is_done"] == true {
            assert_eq!(exports[0]["problem"], Value::Null);
            return format!("/exports/{}", exports[0]["id"].as_str().unwrap());
        }
        tokio::task::yield_now().await;
    }
}

on_both_engines! {
    async fn everything_is_in_it_and_counted(t: TestApp) {
        let team = Team::start(t).await;
        let private = projects::ProjectPatch {
            visibility: Some(projects::Visibility::Private),
            ..Default::default()
        };
        let edit = projects::Mutation::Edit { id: team.project, patch: private };
        team.commit(team.owner, edit).await.unwrap();
        for n in 0..3 {
            team.commit(team.owner, team.create(n, &format!("Task {n}"))).await.unwrap();
        }
        let comment = comments::Mutation::Create {
            id: CommentId::from_uuid(Uuid::from_u128(77)),
            task: task(1),
            text: shared::values::CommentText::parse("Look at *this*").unwrap(),
        };
        team.commit(team.owner, comment).await.unwrap();
        let trash = shared::tasks::Mutation::SetTrashed { id: task(2), trashed: true };
        team.commit(team.owner, trash).await.unwrap();
        team.member("admin@example.org", Role::Admin).await;
        let admin = team.t.user("admin@example.org").await;
        let address = export(&admin, &team.workspace.to_string()).await;
        let answer = admin.get(&address).await;
        assert_eq!(answer.status, 200);
        assert_eq!(answer.header("cache-control"), Some("no-store"));
        let files = untar(&answer.body);
        let manifest: Value = serde_json::from_slice(&files["manifest.json"]).unwrap();
        let rows = |table: &str| -> Vec<Value> {
            let of_table = files.iter().filter(|(name, _)| name.starts_with(&format!("{table}-")));
            of_table
                .flat_map(|(_, bytes)| std::str::from_utf8(bytes).unwrap().lines())
                .map(|line| serde_json::from_str(line).unwrap())
                .collect()
        };
        for table in manifest["tables"].as_object().unwrap().keys() {
            assert_eq!(manifest["tables"][table], rows(table).len(), "{table}");
        }
        let titles: Vec<_> = rows("tasks").iter().map(|row| row["title"].clone()).collect();
        assert_eq!(titles, ["Task 0", "Task 1", "Task 2"]);
        assert_eq!(rows("comments")[0]["text"], "Look at *this*");
        assert_eq!(rows("members").len(), 2);
        assert_eq!(rows("projects")[0]["visibility"], "private");
    }

    async fn owners_and_admins_export_and_a_link_ends(t: TestApp) {
        let team = Team::start(t).await;
        let workspace = team.workspace.to_string();
        let olive = team.t.user("olive@example.org").await;
        let address = export(&olive, &workspace).await;
        let id = address.rsplit('/').next().unwrap().to_owned();
        for role in [Role::Manager, Role::Member, Role::Guest, Role::Viewer] {
            let email = format!("{}@example.org", role.as_str());
            team.member(&email, role).await;
            let who = team.t.user(&email).await;
            assert_eq!(form(&who, "start-export", &[("workspace", &workspace)]).await.0, 403, "{role:?}");
            assert_eq!(form(&who, "list-exports", &[("workspace", &workspace)]).await.0, 403, "{role:?}");
            assert_eq!(who.get(&address).await.status, 403, "{role:?}");
        }
        team.t.sign_up("eve@example.org").await;
        let eve = team.t.user("eve@example.org").await;
        assert_eq!(eve.get(&address).await.status, 404);
        assert_eq!(form(&eve, "delete-export", &[("workspace", &workspace), ("id", &id)]).await.0, 404);
        assert_eq!(team.t.anonymous().call(Method::GET, &address).await.status, 401);
        team.t.advance(Duration::from_hours(3 * 24 + 1));
        let olive = team.t.user("olive@example.org").await;
        assert_eq!(olive.get(&address).await.status, 404);
        assert_eq!(server::exports::tidy(&team.t.app).await.unwrap(), 1);
        assert_eq!(std::fs::read_dir(team.t.data_dir().join("exports")).unwrap().count(), 0);
    }

    async fn a_workspace_that_goes_takes_all_its_exports_and_their_files_along(t: TestApp) {
        let team = Team::start(t).await;
        let olive = team.t.user("olive@example.org").await;
        export(&olive, &team.workspace.to_string()).await;
        let sql = "
            insert into exports (id, workspace_id, created_by, created_at, expires_at, row_count, byte_count)
            values ($1, $2, $3, 1, 2, 0, 0)";
        for n in 0..60_u128 {
            let mut tx = team.t.app.db.unfenced().write().await.unwrap();
            on_engine!(tx.conn(), |c| {
                let query = sqlx::query(sql).bind(Uuid::from_u128(n)).bind(team.workspace.uuid());
                query.bind(team.owner.uuid()).execute(c).await.unwrap();
            });
            tx.commit().await.unwrap();
        }
        let folder = team.t.data_dir().join("exports");
        let left = || {
            let names = std::fs::read_dir(&folder).unwrap().map(|file| file.unwrap().file_name());
            let mut names: Vec<_> = names.map(|name| name.into_string().unwrap()).collect();
            names.sort();
            names
        };
        std::fs::write(folder.join("notes.txt"), "somebody's own").unwrap();
        // Another node's, which deleted the row, could not see this.
        std::fs::write(folder.join(format!("{}.tar", Uuid::from_u128(99))), "elsewhere").unwrap();
        server::exports::sweep(&team.t.app).await.unwrap();
        assert_eq!(left().len(), 2, "what is listed stays: {:?}", left());
        server::exports::delete_all(&team.t.app, team.workspace).await.unwrap();
        assert_eq!(left(), ["notes.txt"]);
        let mut read = team.t.app.db.unfenced().read().await.unwrap();
        let count: i64 = on_engine!(read.conn(), |c| sqlx::query_scalar("select count(*) from exports").fetch_one(c).await).unwrap();
        assert_eq!(count, 0);
    }
}
