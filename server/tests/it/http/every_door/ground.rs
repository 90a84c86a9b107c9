//! What the doors are tried on: workspaces with one of each thing in them, and everybody who could come.

use crate::harness::{Client, TestApp};
use crate::sync::name;
use server::access::{Actor, Visit};
use server::bots;
use server::db::Conn;
use server::grants::clients;
use server::invitations::{self, Wanted as Invitation};
use server::on_engine;
use server::sessions::SessionToken;
use server::tokens::{self, Wanted as Key};
use shared::access::Role;
use shared::ids::{ProjectId, StatusId, UserId, WorkspaceId};
use shared::imports;
use shared::limits::{KeyScope, KeyScopes};
use shared::projects::{self, default_statuses};
use shared::sync::Command;
use shared::sync::protocol::{Hello, SCHEMA, VERSION};
use shared::values::{Color, Place, ProjectKey, Slug, Title};
use shared::{members, tasks, workspaces};
use sqlx::AssertSqlSafe;
use std::cell::Cell;
use std::collections::BTreeMap;
use uuid::Uuid;

/// The people who are in every workspace, by their roles.
pub(super) const ROLES: [(&str, Role); 6] = [
    ("owner", Role::Owner),
    ("admin", Role::Admin),
    ("manager", Role::Manager),
    ("member", Role::Member),
    ("guest", Role::Guest),
    ("viewer", Role::Viewer),
];

/// A workspace and what is in it, as requests name it; and what is one person's own.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Ground {
    pub(super) workspace: String,
    pub(super) new_slug: String,
    pub(super) name: String,
    pub(super) project: String,
    pub(super) task: String,
    /// Somebody in it who has an account.
    pub(super) member: String,
    pub(super) bot: String,
    pub(super) bot_token: String,
    pub(super) bot_secret: String,
    pub(super) invitation: String,
    pub(super) program: String,
    pub(super) export: String,
    pub(super) import: String,
    /// Who asks: what a service worker says.
    pub(super) asker: String,
    pub(super) session: String,
    pub(super) token: String,
    pub(super) passkey: String,
}

impl Ground {
    /// Ids of nothing.
    pub(super) fn absent() -> Self {
        let id = |n: u128| Uuid::from_u128(0xdead_0000 + n).to_string();
        Self {
            workspace: id(1),
            new_slug: "absent-new".into(),
            name: "Ground".into(),
            project: id(2),
            task: id(3),
            member: id(4),
            bot: id(5),
            bot_token: id(6),
            bot_secret: String::new(),
            invitation: id(7),
            program: "tfc_absentabsentabse".into(),
            export: id(8),
            import: id(9),
            asker: id(10),
            session: id(11),
            token: id(12),
            passkey: id(13),
        }
    }

    /// This workspace, with what is in another, or is another person's.
    pub(super) fn with_things_of(&self, other: &Ground) -> Self {
        Self {
            workspace: self.workspace.clone(),
            new_slug: self.new_slug.clone(),
            name: self.name.clone(),
            asker: self.asker.clone(),
            ..other.clone()
        }
    }

    /// What a browser says first, in a query.
    pub(super) fn hello(&self) -> String {
        let hello = Hello {
            proto: VERSION,
            schema: SCHEMA,
            workspace: self.workspace.parse().unwrap(),
            replica: Uuid::from_u128(9).into(),
            epoch: None,
            cursor: None,
            scopes: Vec::new(),
        };
        app::routes::href::encoded(&serde_json::to_string(&hello).unwrap())
    }
}

/// Whoever comes.
pub(super) struct Comer {
    pub(super) who: String,
    pub(super) client: Client,
    pub(super) user: UserId,
    /// What they are in the workspace; nothing for strangers.
    pub(super) role: Option<Role>,
    /// The scopes of a key.
    pub(super) scopes: Option<KeyScopes>,
    /// Whether the key is for one project alone.
    pub(super) of_a_project: bool,
    pub(super) runs_the_server: bool,
}

/// A server with people who have signed in.
pub(super) struct World {
    pub(super) t: TestApp,
    people: BTreeMap<&'static str, (UserId, SessionToken)>,
    /// Of the owner, for every workspace, by what they are called.
    keys: Vec<(String, String, KeyScopes)>,
    count: Cell<u128>,
    fingerprint: String,
}

impl World {
    pub(super) async fn start(t: TestApp) -> Self {
        let mut people = BTreeMap::new();
        // The first account looks after the server, and is in no workspace here.
        let roles = ROLES.map(|(who, _)| who);
        let all = ["server"].into_iter().chain(roles);
        for who in all.chain(["another owner", "shut out", "stranger"]) {
            let email = format!("{}@example.org", who.replace(' ', "-"));
            let (user, session) = t.sign_up(&email).await;
            people.insert(who, (user.id, session));
        }
        let each = KeyScope::ALL.map(|scope| (scope.as_str(), KeyScopes::of([scope])));
        let mut keys = Vec::new();
        for (what, scopes) in each.into_iter().chain([("all", KeyScopes::ALL)]) {
            let wanted = Key {
                scopes,
                ..Key::full(name("Key"))
            };
            let secret = key(&t, people["owner"].0, wanted).await;
            keys.push((format!("a key with {what}"), secret, scopes));
        }
        let fingerprint = fingerprint_sql(&t).await;
        Self {
            t,
            people,
            keys,
            count: Cell::new(0),
            fingerprint,
        }
    }

    pub(super) fn id(&self, who: &str) -> UserId {
        self.people[who].0
    }

    /// A workspace with everybody but the stranger in it, and one of each thing.
    pub(super) async fn ground(&self) -> Ground {
        self.make(None).await
    }

    /// Another with the same people; the stranger is in this one.
    pub(super) async fn other_ground(&self) -> Ground {
        self.make(Some("stranger")).await
    }

    #[expect(clippy::too_many_lines, reason = "one of each thing")]
    async fn make(&self, further: Option<&'static str>) -> Ground {
        self.count.set(self.count.get() + 1);
        let (app, base) = (&self.t.app, self.count.get() * 1_000);
        let id = |n: u128| Uuid::from_u128(base + n);
        let workspace = WorkspaceId::from_uuid(id(1));
        let projects = [id(2), id(5)].map(ProjectId::from_uuid);
        let mut next = 100;
        let mut statuses = || {
            default_statuses(|| {
                next += 1;
                StatusId::from_uuid(id(next))
            })
        };
        let columns = statuses();
        let first = columns[0].id;
        let found: [Command; 2] = [
            workspaces::Mutation::Create {
                id: workspace,
                name: name("Ground"),
                slug: Slug::parse(&format!("ground-{base}")).unwrap(),
                owner_name: name("Owner"),
            }
            .into(),
            projects::Mutation::Create {
                id: projects[0],
                key: ProjectKey::parse("WEB").unwrap(),
                name: name("Web app"),
                color: Color::Teal,
                visibility: projects::Visibility::Workspace,
                statuses: columns,
            }
            .into(),
        ];
        let owner = self.id("owner");
        app.sync
            .found(workspace, owner, found.into())
            .await
            .unwrap();
        let mut rest: Vec<Command> = vec![
            tasks::Mutation::Create {
                id: id(3).into(),
                project: projects[0],
                status: first,
                place: Place::Last,
                title: Title::parse("A secret").unwrap(),
                fields: Box::default(),
            }
            .into(),
            imports::Mutation::Start {
                id: id(4).into(),
                source: imports::Source::Trello,
                project: projects[1],
                key: ProjectKey::parse("IMP").unwrap(),
                name: name("Imported"),
                statuses: statuses(),
                labels: Vec::new(),
                people: Vec::new(),
            }
            .into(),
        ];
        // The owner may go, too: there is another.
        let more = [("another owner", Role::Owner), ("shut out", Role::Admin)];
        let more = more
            .into_iter()
            .chain(further.map(|who| (who, Role::Member)));
        for (who, role) in ROLES.into_iter().skip(1).chain(more) {
            let user = self.id(who);
            let add = members::Mutation::Add {
                id: user,
                name: name(who),
                role,
            };
            rest.push(add.into());
            if role == Role::Guest {
                for id in projects {
                    rest.push(projects::Mutation::AddMember { id, user }.into());
                }
            }
        }
        let shut_out = members::Mutation::SetActive {
            id: self.id("shut out"),
            active: false,
        };
        rest.push(shut_out.into());
        let by = Actor::unlimited(owner);
        app.sync
            .commit_all(workspace, by.clone(), rest)
            .await
            .unwrap();
        let visit = Visit::to(app, by, workspace).await.unwrap();
        let bot = bots::create(app, &visit, name("Bot"), Role::Admin)
            .await
            .unwrap();
        let bot_key = bots::create_token(app, &visit, bot, Key::full(name("Key"))).await;
        let wanted = Invitation {
            email: None,
            placeholder: None,
            role: Role::Member,
            projects: Vec::new(),
            days: 7,
        };
        let invitation = invitations::create(app, &visit, &name("Owner"), wanted).await;
        let redirects = vec!["https://example.org/back".to_owned()];
        let program = clients::register(app, &visit, name("Program"), redirects).await;
        let (bot_token, bot_secret) = bot_key.unwrap();
        self.insert_export(workspace, id(6)).await;
        Ground {
            workspace: workspace.to_string(),
            new_slug: format!("ground-{base}-new"),
            project: projects[0].to_string(),
            task: id(3).to_string(),
            member: self.id(further.unwrap_or("member")).to_string(),
            bot: bot.to_string(),
            bot_token: bot_token.id.to_string(),
            bot_secret: bot_secret.as_str().to_owned(),
            invitation: invitation.unwrap().0.id.to_string(),
            program: program.unwrap().id,
            export: id(6).to_string(),
            import: id(4).to_string(),
            ..Ground::absent()
        }
    }

    /// One that was written already, of no bytes.
    async fn insert_export(&self, workspace: WorkspaceId, id: Uuid) {
        let sql = "
            insert into exports (id, workspace_id, created_by, created_at, expires_at, finished_at, row_count, byte_count)
            values ($1, $2, $3, 1, $4, 2, 0, 0)";
        let mut tx = self.t.app.db.unfenced().write().await.unwrap();
        on_engine!(tx.conn(), |c| {
            let query = sqlx::query(sql).bind(id).bind(workspace.uuid());
            let query = query.bind(self.id("owner").uuid()).bind(i64::MAX);
            query.execute(c).await.unwrap();
        });
        tx.commit().await.unwrap();
        let folder = self.t.data_dir().join("exports");
        std::fs::create_dir_all(&folder).unwrap();
        std::fs::write(folder.join(format!("{id}.tar")), "").unwrap();
    }

    /// Somebody in a browser.
    pub(super) fn person(&self, who: &'static str) -> Comer {
        let (user, session) = &self.people[who];
        let role = ROLES.into_iter().find(|(name, _)| *name == who);
        Comer {
            who: who.to_owned(),
            client: self.t.browser(session),
            user: *user,
            role: role.map(|(_, role)| role),
            scopes: None,
            of_a_project: false,
            runs_the_server: who == "server",
        }
    }

    fn program(&self, who: &str, secret: &str, scopes: KeyScopes) -> Comer {
        Comer {
            who: who.to_owned(),
            client: self.t.program(secret),
            scopes: Some(scopes),
            ..self.person("owner")
        }
    }

    /// Everybody who has an account, or a key to one, before a workspace.
    pub(super) async fn comers(&self, ground: &Ground, other: &Ground) -> Vec<Comer> {
        let people = ["server", "shut out", "stranger"].into_iter();
        let people = people.chain(ROLES.map(|(who, _)| who));
        let mut comers: Vec<Comer> = people.map(|who| self.person(who)).collect();
        for (who, secret, scopes) in &self.keys {
            comers.push(self.program(who, secret, *scopes));
        }
        comers.push(self.bot_of(ground));
        let bot = self.program("another workspace's bot", &other.bot_secret, KeyScopes::ALL);
        comers.push(Comer {
            role: None,
            user: other.bot.parse().unwrap(),
            ..bot
        });
        let limited = |workspace: &str| Key {
            workspace: Some(workspace.parse().unwrap()),
            ..Key::full(name("Key"))
        };
        let secret = key(&self.t, self.id("owner"), limited(&other.workspace)).await;
        comers.push(Comer {
            role: None,
            ..self.program("a key of another workspace", &secret, KeyScopes::ALL)
        });
        let wanted = Key {
            projects: Some([ground.project.parse().unwrap()].into()),
            ..limited(&ground.workspace)
        };
        let secret = key(&self.t, self.id("owner"), wanted).await;
        comers.push(Comer {
            of_a_project: true,
            ..self.program("a key of a project", &secret, KeyScopes::ALL)
        });
        comers
    }

    /// Somebody new, and what is theirs alone.
    pub(super) async fn newcomer(&self) -> (Client, Ground) {
        self.count.set(self.count.get() + 1);
        let email = format!("newcomer-{}@example.org", self.count.get());
        let (user, session) = self.t.sign_up(&email).await;
        let app = &self.t.app;
        let sessions = server::sessions::list(app, user.id).await.unwrap();
        let wanted = Key::full(name("Key"));
        let (token, _) = tokens::create(app, user.id, wanted).await.unwrap();
        let passkey = Uuid::from_u128(self.count.get() * 1_000 + 7);
        let sql = "
            insert into passkeys (id, user_id, name, credential_id, public_key, sign_count, created_at)
            values ($1, $2, 'Phone', $3, $3, 0, 1)";
        let mut tx = app.db.unfenced().write().await.unwrap();
        on_engine!(tx.conn(), |c| {
            let query = sqlx::query(sql).bind(passkey).bind(user.id.uuid());
            query
                .bind(passkey.as_bytes().to_vec())
                .execute(c)
                .await
                .unwrap();
        });
        tx.commit().await.unwrap();
        let ground = Ground {
            session: sessions[0].id.to_string(),
            token: token.id.to_string(),
            passkey: passkey.to_string(),
            ..Ground::absent()
        };
        (self.t.browser(&session), ground)
    }

    /// Who asks for a bot's key of a workspace.
    pub(super) fn bot_of(&self, ground: &Ground) -> Comer {
        Comer {
            role: Some(Role::Admin),
            user: ground.bot.parse().unwrap(),
            ..self.program("a bot", &ground.bot_secret, KeyScopes::ALL)
        }
    }

    /// Everything that is kept, by table: but the log of what was refused, and when keys were used.
    pub(super) async fn fingerprint(&self) -> BTreeMap<String, String> {
        let sql = AssertSqlSafe(self.fingerprint.clone());
        let mut read = self.t.app.db.unfenced().read().await.unwrap();
        let rows: Vec<(String, String)> =
            on_engine!(read.conn(), |c| sqlx::query_as(sql).fetch_all(c).await).unwrap();
        rows.into_iter().collect()
    }
}

async fn key(t: &TestApp, user: UserId, wanted: Key) -> String {
    let (_, secret) = tokens::create(&t.app, user, wanted).await.unwrap();
    secret.as_str().to_owned()
}

/// One query of all tables: a row each, with everything in it.
async fn fingerprint_sql(t: &TestApp) -> String {
    let mut read = t.app.db.unfenced().read().await.unwrap();
    let (columns, quote, joined) = match read.conn() {
        Conn::Sqlite(_) => (
            "select m.name, c.name from sqlite_master m join pragma_table_info(m.name) c
              where m.type = 'table' and m.name not like 'sqlite_%'",
            "quote",
            "group_concat(line, char(10))",
        ),
        Conn::Postgres(_) => (
            "select cast(table_name as text), cast(column_name as text) from information_schema.columns
              where table_schema = 'public'",
            "quote_nullable",
            "string_agg(line, chr(10) order by line)",
        ),
    };
    let all: Vec<(String, String)> =
        on_engine!(read.conn(), |c| sqlx::query_as(columns).fetch_all(c).await).unwrap();
    let mut tables: BTreeMap<String, Vec<String>> = BTreeMap::new();
    for (table, column) in all {
        // Refusals are noted there; and an export goes on being written after it was begun.
        let passes = table.starts_with("audit")
            || table == "sign_in_attempts"
            || column.starts_with("last_used")
            || column == "sealed_used_from";
        if !passes && (table != "exports" || column == "id") {
            tables
                .entry(table)
                .or_default()
                .push(format!("{quote}(\"{column}\")"));
        }
    }
    assert!(tables.len() > 30, "{tables:?}");
    let parts = tables.iter().map(|(table, columns)| {
        let line = columns.join(" || ',' || ");
        format!(
            "select '{table}', coalesce({joined}, '') from (select {line} as line from {table} order by 1) x"
        )
    });
    parts.collect::<Vec<_>>().join(" union all ")
}
