//! What goes by the retention policy.

use crate::harness::{Engine, Setup, on_both_engines};
use crate::links::form;
use crate::sync::{Team, task};
use server::{retention, tasks, tokens};
use shared::ids::{ProjectId, StatusId, TaskId};
use shared::projects;
use shared::values::{Color, Name, Place, ProjectKey, Time};
use std::time::Duration;
use uuid::Uuid;

const DAY: Duration = Duration::from_hours(24);

async fn archived(team: &Team, id: TaskId) -> Option<Time> {
    let mut read = team.t.app.db.unfenced().read().await.unwrap();
    let found = tasks::store::find(read.conn(), team.workspace, id.uuid()).await;
    found.unwrap().unwrap().row.archived_at
}

/// Moves a task to the last column of another project, which is archived then.
async fn put_aside(team: &Team, id: TaskId) {
    let project = ProjectId::from_uuid(Uuid::from_u128(900));
    let statuses = projects::default_statuses({
        let mut next = 900;
        move || {
            next += 1;
            StatusId::from_uuid(Uuid::from_u128(next))
        }
    });
    let status = statuses.last().map(|status| status.id);
    let begin = projects::Mutation::Create {
        id: project,
        key: ProjectKey::parse("ASIDE").unwrap(),
        name: Name::parse("Aside").unwrap(),
        color: Color::Gray,
        visibility: projects::Visibility::Workspace,
        statuses,
    };
    team.commit(team.owner, begin).await.unwrap();
    let go = shared::tasks::Mutation::MoveToProject {
        id,
        project,
        status,
        place: Place::Last,
    };
    team.commit(team.owner, go).await.unwrap();
    let archive = projects::Mutation::SetArchived {
        id: project,
        archived: true,
    };
    team.commit(team.owner, archive).await.unwrap();
}

on_both_engines! {
    async fn what_is_old_is_shown_and_then_goes(engine: Engine) {
        let setup = Setup::new(engine).var("TEAMFLOW_DONE_DAYS", "60");
        let team = Team::start(setup.var("TEAMFLOW_AUDIT_DAYS", "50").start().await).await;
        let app = &team.t.app;
        for n in 0..4 {
            team.commit(team.owner, team.create(n, "A task")).await.unwrap();
        }
        let done = *team.statuses.last().unwrap();
        let finish = async |n: u128| {
            let id = task(n);
            let moved = shared::tasks::Mutation::Move { id, status: done, place: Place::Last };
            team.commit(team.owner, moved).await.unwrap();
        };
        finish(0).await;
        // What is in a project that is put away stays as it is, and does not keep the rest from going.
        put_aside(&team, task(3)).await;
        let name = Name::parse("Old").unwrap();
        let ends = Time(app.clock.now().0 + 1_000);
        let endless = tokens::Wanted::full(name);
        let ending = tokens::Wanted { expires_at: Some(ends), ..endless.clone() };
        tokens::create(app, team.owner, ending).await.unwrap();
        tokens::create(app, team.owner, endless).await.unwrap();
        team.t.advance(DAY * 59);
        finish(1).await;
        team.t.advance(DAY * 2);

        let preview = retention::preview(app).await.unwrap();
        let count = |name: &str| {
            let fact = preview.iter().find(|fact| fact.name.starts_with(name)).unwrap();
            fact.value.parse::<u64>().unwrap()
        };
        assert_eq!(count("Completed tasks"), 1);
        assert_eq!(count("Access tokens"), 1);
        assert!(count("Sessions") >= 1);
        assert!(count("Lines of the audit log") >= 4);
        assert_eq!(archived(&team, task(0)).await, None, "a look changes nothing");
        let all: u64 = preview.iter().map(|fact| fact.value.parse::<u64>().unwrap()).sum();

        assert_eq!(retention::run_now(app).await.unwrap(), all);
        assert_eq!(archived(&team, task(0)).await, Some(app.clock.now()));
        assert_eq!(archived(&team, task(1)).await, None);
        assert_eq!(archived(&team, task(2)).await, None);
        assert_eq!(archived(&team, task(3)).await, None);
        let tokens = tokens::list(app, team.owner).await.unwrap();
        assert_eq!(tokens.len(), 1);
        let (entries, problems) = server::audit_entries::verify_all(&app.db, &app.audit).await.unwrap();
        assert!(entries > 0 && problems.is_empty(), "{problems:?}");
        let olive = team.t.user("olive@example.org").await;
        let (status, gone) = form(&olive, "run-retention", &[]).await;
        assert_eq!((status, gone.as_u64()), (200, Some(0)));
    }
}
