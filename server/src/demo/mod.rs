//! The demo workspace: an example project that looks like work going on. It comes as an import, so one undo takes it away.

mod cards;

use crate::app::App;
use crate::http::Error;
use crate::rng::Rng;
use crate::workspaces;
use ::app::accounts::NewAccount;
use cards::{CARDS, COLUMNS, Card, LABELS, PEOPLE};
use shared::codes::{Code, Rejected};
use shared::ids::{ImportId, LabelId, ProjectId, StatusId, UserId};
use shared::imports::{
    ImportedComment, ImportedItem, ImportedLabel, ImportedPerson, ImportedTask, Mutation, Source,
};
use shared::projects::{self, NewStatus};
use shared::statuses::Category;
use shared::sync::Command;
use shared::values::{
    CommentText, Date, LabelName, Markdown, Name, Points, ProjectKey, Rank, Slug, Time, Title,
};

const WORKSPACE: &str = "Northlight";
const PROJECT: &str = "Web app";
const KEY: &str = "WEB";
const HOUR_MS: i64 = 60 * 60 * 1_000;
/// The first number on the board: the project has a past.
const FIRST_NUMBER: u32 = 1;

/// Where the demo is.
pub struct Demo {
    /// The workspace.
    pub slug: Slug,
    /// The project.
    pub key: ProjectKey,
}

/// An account for somebody who only wants to look around. Its password is told on the board.
pub fn account(rng: &Rng) -> NewAccount {
    let password = format!("{:016x}", u64::from_be_bytes(rng.bytes()));
    NewAccount {
        name: "Demo".into(),
        email: "demo@example.org".into(),
        password,
    }
}

/// Founds the demo workspace. `keys` are the address and password of an account made for it.
pub async fn found(
    app: &App,
    owner: UserId,
    owner_name: &Name,
    keys: Option<(String, String)>,
) -> Result<Demo, Error> {
    let name = Name::parse(WORKSPACE).map_err(mistake)?;
    let example = Example::new(app, keys.as_ref())?;
    let commands = example.commands()?;
    let more = |_| commands.clone();
    let slug = workspaces::found_with(app, owner, owner_name, &name, None, more).await?;
    Ok(Demo {
        slug,
        key: example.key,
    })
}

/// The example with the ids of one founding.
struct Example<'e> {
    import: ImportId,
    project: ProjectId,
    key: ProjectKey,
    people: Vec<UserId>,
    labels: Vec<LabelId>,
    statuses: Vec<StatusId>,
    now: Time,
    app: &'e App,
    keys: Option<&'e (String, String)>,
}

impl<'e> Example<'e> {
    fn new(app: &'e App, keys: Option<&'e (String, String)>) -> Result<Self, Rejected> {
        let now = app.clock.now();
        Ok(Self {
            import: ImportId::new(now.0, app.rng.bytes()),
            project: ProjectId::new(now.0, app.rng.bytes()),
            key: ProjectKey::parse(KEY).map_err(mistake)?,
            people: PEOPLE
                .iter()
                .map(|_| UserId::new(now.0, app.rng.bytes()))
                .collect(),
            labels: LABELS
                .iter()
                .map(|_| LabelId::new(now.0, app.rng.bytes()))
                .collect(),
            statuses: COLUMNS
                .iter()
                .map(|_| StatusId::new(now.0, app.rng.bytes()))
                .collect(),
            now,
            app,
            keys,
        })
    }

    fn commands(&self) -> Result<Vec<Command>, Rejected> {
        let statuses = COLUMNS.iter().zip(&self.statuses).map(|(column, id)| {
            let name = Name::parse(column.0)?;
            Ok(NewStatus {
                id: *id,
                name,
                category: column.1,
                color: column.2,
                archived: false,
                wip_limit: None,
            })
        });
        let labels = LABELS.iter().zip(&self.labels).map(|((name, color), id)| {
            Ok(ImportedLabel {
                id: *id,
                name: LabelName::parse(name)?,
                color: *color,
            })
        });
        let people = PEOPLE.iter().zip(&self.people).map(|(name, id)| {
            Ok(ImportedPerson {
                id: *id,
                name: Name::parse(name)?,
                handle: None,
            })
        });
        let start = Mutation::Start {
            id: self.import,
            source: Source::Demo,
            project: self.project,
            key: self.key.clone(),
            name: Name::parse(PROJECT).map_err(mistake)?,
            statuses: statuses.collect::<Result<_, _>>().map_err(mistake)?,
            labels: labels.collect::<Result<_, _>>().map_err(mistake)?,
            people: people.collect::<Result<_, _>>().map_err(mistake)?,
        };
        let ranks = Rank::spread(CARDS.len());
        let tasks = CARDS.iter().zip(ranks).zip(FIRST_NUMBER..);
        let tasks = tasks.map(|((card, rank), number)| self.task(card, rank, number));
        let tasks = tasks.collect::<Result<_, _>>().map_err(mistake)?;
        let add = Mutation::Add {
            id: self.import,
            tasks,
        };
        let join = self.people.iter().map(|user| {
            projects::Mutation::AddMember {
                id: self.project,
                user: *user,
            }
            .into()
        });
        Ok([start.into(), add.into()].into_iter().chain(join).collect())
    }

    fn task(&self, card: &Card, rank: Rank, number: u32) -> Result<ImportedTask, String> {
        let today = Date::of_millis(self.now.0).unwrap_or_default();
        let done = COLUMNS[card.column].1 == Category::Done;
        Ok(ImportedTask {
            id: self.id(),
            number,
            status: self.statuses[card.column],
            rank,
            title: Title::parse(card.title)?,
            description: self.description(card)?,
            priority: card.priority,
            points: (card.points > 0)
                .then(|| Points::from_hundredths(card.points * 100))
                .transpose()?,
            estimate: None,
            start_on: None,
            due_on: card.due_in_days.map(|days| today.plus(days)),
            assignees: card
                .assignees
                .iter()
                .map(|person| self.people[*person])
                .collect(),
            labels: card
                .labels
                .iter()
                .map(|label| self.labels[*label])
                .collect(),
            items: card
                .items
                .iter()
                .map(|item| self.item(*item))
                .collect::<Result<_, _>>()?,
            comments: card
                .comments
                .iter()
                .map(|said| self.comment(*said))
                .collect::<Result<_, _>>()?,
            attachments: Vec::new(),
            completed_at: done.then(|| self.hours_ago(20 + i64::from(number))),
            archived_at: None,
            created_at: self.hours_ago(24 * 30 - 12 * i64::from(number)),
        })
    }

    fn description(&self, card: &Card) -> Result<Option<Markdown>, String> {
        let Some(text) = card.description else {
            return Ok(None);
        };
        let text = match self.keys {
            Some((email, password)) => {
                let keys =
                    format!("To sign in here again, use `{email}` with the password `{password}`.");
                text.replace(cards::KEYS, &keys)
            }
            None => text.replace(cards::KEYS, "You are signed in with your own account."),
        };
        Markdown::parse(&text).map(Some)
    }

    fn item(&self, (text, done): (&str, bool)) -> Result<ImportedItem, String> {
        Ok(ImportedItem {
            id: self.id(),
            text: Title::parse(text)?,
            done,
            heading: None,
        })
    }

    fn comment(
        &self,
        (person, hours, text): (usize, i64, &str),
    ) -> Result<ImportedComment, String> {
        Ok(ImportedComment {
            id: self.id(),
            author: self.people[person],
            text: CommentText::parse(text)?,
            created_at: self.hours_ago(hours),
        })
    }

    fn hours_ago(&self, hours: i64) -> Time {
        Time(self.now.0 - hours * HOUR_MS)
    }

    /// A new id of any kind.
    fn id<T: From<uuid::Uuid>>(&self) -> T {
        LabelId::new(self.now.0, self.app.rng.bytes()).uuid().into()
    }
}

/// The example is part of the program: that it cannot be read is a mistake in it.
fn mistake(what: String) -> Rejected {
    tracing::error!(what, "the example is not valid");
    Code::Internal.into()
}
