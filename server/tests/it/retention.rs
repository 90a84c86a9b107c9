//! What goes by the retention policy.

use crate::erasures::places;
use crate::harness::{Engine, Setup, on_both_engines};
use crate::links::form;
use crate::sync::{Team, log, task};
use server::{retention, tasks, tokens};
use shared::audit_entries::Act;
use shared::ids::{ProjectId, StatusId, TaskId};
use shared::sync::{Command, Scope};
use shared::values::{Color, CommentText, Link, Markdown, Name, Place, ProjectKey, Time, Title};
use shared::{attachments, checklist_items, comments, projects};
use std::time::Duration;
use uuid::Uuid;

const DAY: Duration = Duration::from_hours(24);

async fn archived(team: &Team, id: TaskId) -> Option<Time> {
    let mut read = team.t.app.db.unfenced().read().await.unwrap();
    let found = tasks::store::find(read.conn(), team.workspace, id.uuid()).await;
    found.unwrap().unwrap().row.archived_at
}

/// Gives a task a text of each kind.
async fn furnish(team: &Team, id: TaskId) {
    let new = |n: u128| Uuid::from_u128(700 + n);
    let text = "A zebrafish in it";
    let commands: Vec<Command> = vec![
        shared::tasks::Mutation::Describe {
            id,
            markdown: Markdown::parse(text).unwrap(),
        }
        .into(),
        checklist_items::Mutation::Create {
            id: new(1).into(),
            task: id,
            text: Title::parse(text).unwrap(),
            place: Place::Last,
            heading: None,
            done: false,
        }
        .into(),
        comments::Mutation::Create {
            id: new(2).into(),
            task: id,
            text: CommentText::parse(text).unwrap(),
        }
        .into(),
        attachments::Mutation::Create {
            id: new(3).into(),
            task: id,
            title: Title::parse(text).unwrap(),
            url: Link::parse("https://example.org/zebrafish").unwrap(),
        }
        .into(),
    ];
    for command in commands {
        team.commit(team.owner, command).await.unwrap();
    }
}

/// Moves a task to the last column of another project, which is archived then.
async fn put_aside(team: &Team, id: TaskId) -> ProjectId {
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
    project
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

    async fn what_is_in_the_trash_for_long_goes_for_good_and_no_text_of_it_stays(engine: Engine) {
        let setup = Setup::new(engine).var("TEAMFLOW_TRASH_DAYS", "20");
        let team = Team::start(setup.start().await).await;
        let app = &team.t.app;
        for (n, title) in [(0, "Zebrafish"), (1, "Below it"), (2, "Lately"), (3, "Zebrafish too")] {
            team.commit(team.owner, team.create(n, title)).await.unwrap();
        }
        furnish(&team, task(0)).await;
        let below = shared::tasks::Mutation::SetParent { id: task(1), parent: Some(task(0)) };
        team.commit(team.owner, below).await.unwrap();
        let aside = put_aside(&team, task(3)).await;
        let trash = async |n: u128| {
            let trashed = shared::tasks::Mutation::SetTrashed { id: task(n), trashed: true };
            team.commit(team.owner, trashed).await.unwrap();
        };
        trash(0).await;
        let gone = projects::Mutation::SetTrashed { id: aside, trashed: true };
        team.commit(team.owner, gone).await.unwrap();
        team.t.advance(DAY * 10);
        trash(2).await;
        team.t.advance(DAY * 11);
        let mut socket = team.socket(team.owner, 9).await;

        let preview = retention::preview(app).await.unwrap();
        let count = |name: &str| {
            let fact = preview.iter().find(|fact| fact.name.starts_with(name)).unwrap();
            fact.value.parse::<u64>().unwrap()
        };
        assert_eq!((count("Tasks in the trash"), count("Projects in the trash")), (2, 1));
        let everywhere = places(&team.t, "zebrafish").await;
        for table in ["tasks.title", "descriptions.", "checklist_items.", "comments.", "attachments.", "change_log."] {
            assert!(everywhere.iter().any(|place| place.starts_with(table)), "{table}: {everywhere:?}");
        }
        assert!(retention::run_now(app).await.unwrap() >= 3);

        assert_eq!(places(&team.t, "zebrafish").await, Vec::<String>::new());
        assert_eq!(places(&team.t, "Aside").await, Vec::<String>::new());
        let mut read = app.db.unfenced().read().await.unwrap();
        let child = tasks::store::find(read.conn(), team.workspace, task(1).uuid()).await.unwrap();
        assert_eq!(child.unwrap().row.parent, None);
        let young = tasks::store::find(read.conn(), team.workspace, task(2).uuid()).await.unwrap();
        assert!(young.unwrap().row.trashed_at.is_some(), "its time has not come");
        drop(read);
        // Whoever looks on forgets it, too: the task, and all of a project that they see no more.
        let head = log(&team).await.1;
        let frame = socket.frames_to(u64::try_from(head).unwrap()).await;
        let heard = serde_json::to_string(&frame.parts).unwrap();
        assert!(heard.contains(&format!("\"i\":\"{}\",\"del\":true", task(0))), "{heard}");
        let scopes = frame.scopes.unwrap();
        assert!(scopes.iter().all(|granted| granted.0 != Scope::Project(aside)), "{scopes:?}");
        let all = shared::audit_entries::AuditFilter::default();
        let chain = server::audit_entries::Chain::Workspace(team.workspace);
        let told = server::audit_entries::list(app, chain, &all, None, 500).await.unwrap().entries;
        let said = |act: Act| told.iter().find(|entry| entry.act == act.as_str()).unwrap().clone();
        assert_eq!(said(Act::TrashEmptied).detail.as_deref(), Some("2 tasks, 1 projects"));
        assert_eq!(said(Act::ProjectPurged).subject, Some(aside.to_string()));
        let again = retention::preview(app).await.unwrap();
        assert!(again.iter().all(|fact| !fact.name.contains("in the trash") || fact.value == "0"));
    }
}
