//! Commands of every kind, made by chance from rows: what people may do next, and what proofs try out.

mod work;

use super::chance::Chance;
use crate::access::Role;
use crate::ids::{ProjectId, StatusId, TaskId, UserId};
use crate::imports::{self, Import, ImportedLabel, ImportedPerson, Source};
use crate::labels::{self, Label};
use crate::members::{self, Member};
use crate::projects::{self, Project, ProjectPatch, Visibility};
use crate::statuses::{self, Category, Status, StatusPatch};
use crate::sync::{Command, List, Row, Tables};
use crate::tasks::Task;
use crate::teams::{self, Team};
use crate::values::{
    Color, Date, LabelName, Name, PictureHash, Place, ProjectKey, Rank, Slug, Title,
};
use crate::workspaces::{self, Workspace};
use std::sync::Arc;
use uuid::Uuid;

/// Makes commands about rows.
pub(crate) struct Verbs<'v> {
    pub(crate) chance: &'v mut Chance,
    pub(crate) tables: &'v Tables,
    /// In percent, how often something is named that does not fit: of another project, or not there at all.
    pub(crate) wild: u64,
}

impl Verbs<'_> {
    /// A command of that name; nothing where there is nothing that it could be about.
    pub(crate) fn command(&mut self, name: &str) -> Option<Command> {
        let (domain, verb) = name.split_once('.')?;
        Some(match domain {
            "workspaces" => self.workspace(verb)?.into(),
            "members" => self.member(verb)?.into(),
            "projects" => self.project(verb)?.into(),
            "statuses" => self.status(verb)?.into(),
            "labels" => self.label(verb)?.into(),
            "tasks" => self.task(verb)?.into(),
            "checklist_items" => self.line(verb)?.into(),
            "comments" => self.comment(verb)?.into(),
            "attachments" => self.attachment(verb)?.into(),
            "imports" => self.import(verb)?.into(),
            "teams" => self.team(verb)?.into(),
            _ => return None,
        })
    }

    fn some<R: Row>(&mut self) -> Option<Arc<R>> {
        let rows: Vec<Arc<R>> = self.tables.all::<R>().cloned().collect();
        self.chance.pick(&rows)
    }

    fn id_of<R: Row>(&mut self) -> Option<R::Id> {
        if self.is_wild() && self.chance.percent(20) {
            return Some(self.chance.id());
        }
        self.some::<R>().map(|row| row.id())
    }

    fn is_wild(&mut self) -> bool {
        self.wild > 0 && self.chance.percent(self.wild)
    }

    fn yes(&mut self) -> bool {
        self.chance.percent(50)
    }

    fn status_in(&mut self, project: ProjectId) -> Option<StatusId> {
        if self.is_wild() {
            return self.id_of::<Status>();
        }
        let statuses: Vec<Uuid> = self.tables.list(List::Statuses(project)).collect();
        self.chance.pick(&statuses).map(StatusId::from)
    }

    fn task_in(&mut self, project: ProjectId) -> Option<TaskId> {
        if self.is_wild() {
            return self.id_of::<Task>();
        }
        let tasks = self.tables.all::<Task>().filter(|it| it.project == project);
        let tasks: Vec<TaskId> = tasks.map(|it| it.id).collect();
        self.chance.pick(&tasks)
    }

    fn place<Id: Copy + From<Uuid>>(&mut self, list: List) -> Place<Id> {
        let members: Vec<Uuid> = self.tables.list(list).collect();
        let near = self.chance.pick(&members).map(Id::from);
        let other = self.chance.pick(&members).map(Id::from);
        match (self.chance.below(5), near) {
            (0, _) => Place::First,
            (1, Some(id)) => Place::after(id),
            (2, Some(id)) => Place::before(id),
            (3, after) => Place::Near {
                after,
                before: other,
            },
            _ => Place::Last,
        }
    }

    fn word(&mut self) -> String {
        format!("word {}", self.chance.below(10_000))
    }

    fn title(&mut self) -> Title {
        Title::parse(&self.word()).expect("a word is a title")
    }

    fn name(&mut self) -> Name {
        Name::parse(&self.word()).expect("a word is a name")
    }

    fn label_name(&mut self) -> LabelName {
        LabelName::parse(&self.word()).expect("a word is a label's name")
    }

    fn color(&mut self) -> Color {
        let colors = [Color::Teal, Color::Gray, Color::Green, Color::Red];
        self.chance.pick(&colors).unwrap_or(Color::Gray)
    }

    fn date(&mut self) -> Option<Date> {
        let days = i32::try_from(self.chance.below(60)).unwrap_or(0);
        Date::from_days(20_000 + days).filter(|_| self.yes())
    }

    fn role(&mut self) -> Role {
        self.chance.pick(&Role::ALL).unwrap_or(Role::Viewer)
    }

    fn key(&mut self) -> Option<ProjectKey> {
        ProjectKey::parse(&format!("K{}", self.chance.below(1_000))).ok()
    }

    fn columns(&mut self) -> Vec<projects::NewStatus> {
        projects::default_statuses(|| self.chance.id())
    }

    fn workspace(&mut self, verb: &str) -> Option<workspaces::Mutation> {
        use workspaces::Mutation;
        let workspace = self.some::<Workspace>()?;
        let id = workspace.id;
        Some(match verb {
            "create" => Mutation::Create {
                id,
                name: self.name(),
                slug: Slug::parse("again").ok()?,
                owner_name: self.name(),
            },
            "rename" => Mutation::Rename {
                id,
                name: self.name(),
            },
            "readdress" => Mutation::Readdress {
                id,
                slug: Slug::parse(&format!("at-{}", self.chance.below(1_000_000))).ok()?,
            },
            "require_two_step" => Mutation::RequireTwoStep {
                id,
                required: self.yes(),
            },
            "set_plan" => Mutation::SetPlan {
                id,
                plan: Some(self.name()).filter(|_| self.yes()),
            },
            "delete" => Mutation::Delete {
                id,
                name: workspace.name.clone(),
            },
            "restore" => Mutation::Restore { id },
            _ => return None,
        })
    }

    fn member(&mut self, verb: &str) -> Option<members::Mutation> {
        use members::Mutation;
        let id = self.id_of::<Member>()?;
        Some(match verb {
            "add" => Mutation::Add {
                id: self.chance.id(),
                name: self.name(),
                role: self.role(),
            },
            "add_bot" => Mutation::AddBot {
                id: self.chance.id(),
                name: self.name(),
                role: self.role(),
            },
            "rename" => Mutation::Rename {
                id,
                name: self.name(),
            },
            "set_avatar" => {
                let hash = format!("{:064x}", self.chance.below(1 << 40));
                let avatar = PictureHash::parse(&hash).ok().filter(|_| self.yes());
                Mutation::SetAvatar { id, avatar }
            }
            "set_role" => Mutation::SetRole {
                id,
                role: self.role(),
            },
            "set_active" => Mutation::SetActive {
                id,
                active: self.chance.percent(75),
            },
            "leave" => Mutation::Leave { id },
            "hand_over" => Mutation::HandOver { to: id },
            "claim" => {
                let awaited = self.tables.all::<Member>().filter(|it| it.is_awaited());
                let awaited: Vec<UserId> = awaited.map(|it| it.id).collect();
                Mutation::Claim {
                    id: self
                        .chance
                        .pick(&awaited)
                        .filter(|_| self.yes())
                        .unwrap_or(id),
                    user: self.id_of::<Member>()?,
                }
            }
            "erase" => Mutation::Erase {
                id,
                name: self.name(),
            },
            _ => return None,
        })
    }

    fn project(&mut self, verb: &str) -> Option<projects::Mutation> {
        use projects::Mutation;
        let id = self.id_of::<Project>()?;
        Some(match verb {
            "create" if self.tables.all::<Project>().count() < 6 => Mutation::Create {
                id: self.chance.id(),
                key: self.key()?,
                name: self.name(),
                color: self.color(),
                visibility: Visibility::Private,
                statuses: self.columns(),
            },
            "edit" => Mutation::Edit {
                id,
                patch: self.project_patch()?,
            },
            "add_member" => Mutation::AddMember {
                id,
                user: self.id_of::<Member>()?,
            },
            "add_team" => Mutation::AddTeam {
                id,
                team: self.id_of::<Team>()?,
            },
            "remove_member" => Mutation::RemoveMember {
                id,
                user: self.member_of(id)?,
            },
            "set_archived" => Mutation::SetArchived {
                id,
                archived: self.chance.percent(30),
            },
            "set_trashed" => Mutation::SetTrashed {
                id,
                trashed: self.chance.percent(30),
            },
            _ => return None,
        })
    }

    fn project_patch(&mut self) -> Option<ProjectPatch> {
        let mut patch = ProjectPatch::default();
        match self.chance.below(8) {
            0 => patch.key = Some(self.key()?),
            1 => patch.lead = Some(self.id_of::<Member>().filter(|_| self.yes())),
            2 => (patch.start_on, patch.due_on) = (Some(self.date()), Some(self.date())),
            3 => (patch.name, patch.color) = (Some(self.name()), Some(self.color())),
            _ => {
                patch.visibility = Some(if self.chance.percent(60) {
                    Visibility::Private
                } else {
                    Visibility::Workspace
                });
            }
        }
        Some(patch)
    }

    fn member_of(&mut self, id: ProjectId) -> Option<UserId> {
        let members = self.tables.get::<Project>(id).map(|it| it.members.clone());
        match self.chance.pick(&members.unwrap_or_default()) {
            Some(user) if self.yes() => Some(user),
            _ => self.id_of::<Member>(),
        }
    }

    fn status(&mut self, verb: &str) -> Option<statuses::Mutation> {
        use statuses::Mutation;
        if verb == "create" {
            let project = self.id_of::<Project>()?;
            return Some(Mutation::Create {
                id: self.chance.id(),
                project,
                name: self.name(),
                category: self.chance.pick(&Category::ALL)?,
                color: self.color(),
                place: self.place(List::Statuses(project)),
            });
        }
        let id = self.id_of::<Status>()?;
        let project = self.tables.get::<Status>(id).map(|it| it.project);
        Some(match verb {
            "edit" => Mutation::Edit {
                id,
                patch: StatusPatch {
                    name: Some(self.name()).filter(|_| self.yes()),
                    category: self.chance.pick(&Category::ALL).filter(|_| self.yes()),
                    color: Some(self.color()),
                    wip_limit: Some(Some(3).filter(|_| self.yes())),
                },
            },
            "move" => Mutation::Move {
                id,
                place: self.place(List::Statuses(project?)),
            },
            "set_archived" => Mutation::SetArchived {
                id,
                archived: self.tables.list_len(List::Statuses(project?)) > 2 && self.yes(),
            },
            _ => return None,
        })
    }

    fn label(&mut self, verb: &str) -> Option<labels::Mutation> {
        use labels::Mutation;
        Some(match verb {
            "create" => Mutation::Create {
                id: self.chance.id(),
                project: self.id_of::<Project>()?,
                name: self.label_name(),
                color: self.color(),
            },
            "edit" => Mutation::Edit {
                id: self.id_of::<Label>()?,
                name: self.label_name(),
                color: self.color(),
            },
            "delete" => Mutation::Delete {
                id: self.id_of::<Label>()?,
            },
            _ => return None,
        })
    }

    fn label_in(&mut self, project: ProjectId) -> Option<crate::ids::LabelId> {
        if self.is_wild() {
            return self.id_of::<Label>();
        }
        let labels = self.tables.all::<Label>();
        let labels: Vec<_> = labels.filter(|it| it.project == project).collect();
        self.chance.pick(&labels).map(|it| it.id)
    }

    fn import(&mut self, verb: &str) -> Option<imports::Mutation> {
        use imports::Mutation;
        Some(match verb {
            "start" => Mutation::Start {
                id: self.chance.id(),
                source: Source::Trello,
                project: self.chance.id(),
                key: self.key()?,
                name: self.name(),
                statuses: self.columns(),
                labels: vec![ImportedLabel {
                    id: self.chance.id(),
                    name: self.label_name(),
                    color: self.color(),
                }],
                people: vec![ImportedPerson {
                    id: self.chance.id(),
                    name: self.name(),
                    handle: None,
                }],
            },
            "add" => {
                let import = self.some::<Import>()?;
                Mutation::Add {
                    id: import.id,
                    tasks: self.imported(&import).into_iter().collect(),
                }
            }
            "set_undone" => Mutation::SetUndone {
                id: self.id_of::<Import>()?,
                undone: self.chance.percent(30),
            },
            _ => return None,
        })
    }

    fn imported(&mut self, import: &Import) -> Option<imports::ImportedTask> {
        let project = self.tables.get::<Project>(import.project)?;
        let text = format!(
            r#"{{"id":"{}","number":{},"status":"{}","rank":"{}","title":"{}","description":"{}","created_at":5,
            "items":[{{"id":"{}","text":"{}","done":true}}]}}"#,
            self.chance.id::<Uuid>(),
            project.next_number + u32::from(self.yes()),
            self.status_in(project.id)?,
            Rank::between(None, None, self.chance.below(1 << 40)).as_str(),
            self.word(),
            self.word(),
            self.chance.id::<Uuid>(),
            self.word(),
        );
        Some(serde_json::from_str(&text).expect("this is how an imported task is written"))
    }

    fn team(&mut self, verb: &str) -> Option<teams::Mutation> {
        use teams::Mutation;
        if verb == "create" {
            return Some(Mutation::Create {
                id: self.chance.id(),
                name: self.name(),
            });
        }
        let id = self.id_of::<Team>()?;
        Some(match verb {
            "rename" => Mutation::Rename {
                id,
                name: self.name(),
            },
            "add_member" => Mutation::AddMember {
                id,
                user: self.id_of::<Member>()?,
            },
            "remove_member" => {
                let team = self.tables.get::<Team>(id);
                let members = team.map(|it| it.members.clone()).unwrap_or_default();
                let user = self.chance.pick(&members).filter(|_| self.yes());
                Mutation::RemoveMember {
                    id,
                    user: user.or_else(|| self.id_of::<Member>())?,
                }
            }
            "set_lead" => Mutation::SetLead {
                id,
                lead: self.id_of::<Member>().filter(|_| self.yes()),
            },
            "delete" => Mutation::Delete { id },
            _ => return None,
        })
    }
}
