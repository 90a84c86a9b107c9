//! The pages of a project on both databases: also of one that is put away.

use crate::harness::{Client, TestApp, on_both_engines};
use crate::sync::Team;
use shared::access::Role;
use shared::projects::Mutation;

const AWAY: &str = "/w/team/settings/archived-projects";

async fn statuses(who: &Client) -> Vec<u16> {
    let mut statuses = Vec::new();
    for page in ["board", "archive", "people", "settings"] {
        statuses.push(who.get(&format!("/w/team/WEB/{page}")).await.status);
    }
    statuses
}

on_both_engines! {
    async fn an_archived_project_is_still_read_and_says_so(t: TestApp) {
        let team = Team::start(t).await;
        let id = team.project;
        team.commit(team.owner, team.create(1, "Find the tape")).await.unwrap();
        team.member("vera@example.org", Role::Viewer).await;
        let (olive, vera) = (team.t.user("olive@example.org").await, team.t.user("vera@example.org").await);
        assert!(!olive.get("/w/team/WEB/board").await.text().contains("This project is archived"));
        assert!(olive.get(AWAY).await.text().contains("Nothing is archived"));
        team.commit(team.owner, Mutation::SetArchived { id, archived: true }).await.unwrap();
        assert_eq!(statuses(&vera).await, [200; 4]);
        for (who, may_restore) in [(&olive, true), (&vera, false)] {
            let board = who.get("/w/team/WEB/board").await.text();
            assert!(board.contains("This project is archived") && board.contains("card__title"));
            assert_eq!(board.contains("Restore"), may_restore);
            assert!(!board.contains("New task"), "nothing is added to it");
            let task = who.get("/w/team/WEB/board/1").await.text();
            assert!(task.contains("This project is archived") && task.contains("panel__title"));
            let away = who.get(AWAY).await.text();
            assert!(away.contains("/w/team/WEB/board"), "it is listed");
            assert_eq!(away.contains("Restore"), may_restore);
        }
    }

    async fn a_project_in_the_trash_is_found_among_the_archived_alone(t: TestApp) {
        let team = Team::start(t).await;
        let id = team.project;
        let olive = team.t.user("olive@example.org").await;
        team.commit(team.owner, Mutation::SetTrashed { id, trashed: true }).await.unwrap();
        assert_eq!(statuses(&olive).await, [404; 4]);
        let away = olive.get(AWAY).await.text();
        assert!(away.contains("Web app") && !away.contains("/w/team/WEB/board"));
        team.commit(team.owner, Mutation::SetTrashed { id, trashed: false }).await.unwrap();
        assert_eq!(statuses(&olive).await, [200; 4]);
    }

    async fn what_a_project_is_like_is_changed_by_who_may(t: TestApp) {
        let team = Team::start(t).await;
        team.member("mina@example.org", Role::Member).await;
        let (olive, mina) = (team.t.user("olive@example.org").await, team.t.user("mina@example.org").await);
        for (who, may) in [(&olive, true), (&mina, false)] {
            let page = who.get("/w/team/WEB/settings").await.text();
            assert!(page.contains("Project settings"));
            assert_eq!(page.contains("Change key"), may);
            assert_eq!(page.contains("Move to trash"), may);
        }
    }
}
