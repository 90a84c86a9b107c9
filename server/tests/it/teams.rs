//! Teams on both databases.

use crate::harness::{TestApp, on_both_engines};
use crate::sync::{Team, name};
use shared::access::Role;
use shared::codes::Code;
use shared::ids::TeamId;
use shared::projects;
use shared::teams::Mutation;
use uuid::Uuid;

on_both_engines! {
    async fn a_team_is_kept_and_brings_its_people_into_a_project(t: TestApp) {
        let team = Team::start(t).await;
        let guest = team.member("gus@example.org", Role::Guest).await;
        let gus = team.t.user("gus@example.org").await;
        let id = TeamId::from_uuid(Uuid::from_u128(1));
        team.commit(team.owner, Mutation::Create { id, name: name("First") }).await.unwrap();
        team.commit(team.owner, Mutation::Rename { id, name: name("Second") }).await.unwrap();
        team.commit(team.owner, Mutation::SetLead { id, lead: Some(guest) }).await.unwrap();
        let mut read = team.t.app.db.unfenced().read().await.unwrap();
        let stored = server::teams::store::list(read.conn(), team.workspace).await.unwrap();
        drop(read);
        let row = &stored[0].row;
        assert_eq!((row.name.as_str(), row.lead, row.members.as_slice()), ("Second", Some(guest), [guest].as_slice()));
        assert_eq!(gus.get("/w/team/WEB/board").await.status, 404);
        let give = projects::Mutation::AddTeam { id: team.project, team: id };
        team.commit(team.owner, give).await.unwrap();
        assert_eq!(gus.get("/w/team/WEB/board").await.status, 200);
        assert!(gus.get("/w/team/settings/teams").await.text().contains("Second"));
        team.commit(team.owner, Mutation::Delete { id }).await.unwrap();
        assert_eq!(gus.get("/w/team/WEB/board").await.status, 200, "the project keeps its people");
    }

    async fn managers_make_teams_and_members_do_not(t: TestApp) {
        let team = Team::start(t).await;
        let manager = team.member("mary@example.org", Role::Manager).await;
        let member = team.member("mina@example.org", Role::Member).await;
        let create = |n| Mutation::Create { id: Uuid::from_u128(n).into(), name: name("Team") };
        team.commit(manager, create(1)).await.unwrap();
        let refused = team.commit(member, create(2)).await.unwrap_err();
        assert!(matches!(refused, server::http::Error::Refused(it) if it.code == Code::NotAllowed));
    }
}
