//! Commands about tasks and what belongs to them.

use super::Verbs;
use crate::attachments::{self, Attachment};
use crate::checklist_items::{self, ChecklistItem};
use crate::comments::{self, Comment};
use crate::labels::Label;
use crate::members::Member;
use crate::projects::Project;
use crate::sync::List;
use crate::tasks::{self, Description, NewTask, Priority, Task, TaskPatch};
use crate::values::{CommentText, Link, Markdown, Minutes, Place, Points, Time};

impl Verbs<'_> {
    fn said(&mut self) -> CommentText {
        CommentText::parse(&self.word()).expect("a word is a comment")
    }

    /// A text of some lines, so that merging it with another is more than taking one of them.
    fn markdown(&mut self) -> Option<Markdown> {
        let lines = self.chance.below(4);
        let lines: Vec<String> = (0..lines).map(|_| self.word()).collect();
        Markdown::parse(&lines.join("\n")).ok()
    }

    fn points(&mut self) -> Option<Points> {
        self.chance.pick(&Points::OFFERED).filter(|_| self.yes())
    }

    fn new_task(&mut self) -> Option<tasks::Mutation> {
        let project = self.id_of::<Project>()?;
        let status = self.status_in(project)?;
        let parent = self.task_in(project).filter(|_| self.chance.percent(20));
        let fields = NewTask {
            priority: self.chance.pick(&Priority::ALL)?,
            points: self.points(),
            assignees: self.id_of::<Member>().into_iter().collect(),
            labels: self.label_in(project).into_iter().collect(),
            parent,
            description: self.markdown().filter(|_| self.chance.percent(20)),
            ..NewTask::default()
        };
        Some(tasks::Mutation::Create {
            id: self.chance.id(),
            project,
            status,
            place: self.place(List::Tasks(status)),
            title: self.title(),
            fields: Box::new(fields),
        })
    }

    fn task_patch(&mut self) -> TaskPatch {
        let mut patch = TaskPatch::default();
        match self.chance.below(5) {
            0 => (patch.start_on, patch.due_on) = (Some(self.date()), Some(self.date())),
            1 => patch.points = Some(self.points()),
            2 => patch.estimate = Some(Minutes::new(90).ok().filter(|_| self.yes())),
            3 => patch.priority = self.chance.pick(&Priority::ALL),
            _ => patch.title = Some(self.title()),
        }
        patch
    }

    pub(super) fn task(&mut self, verb: &str) -> Option<tasks::Mutation> {
        use tasks::Mutation;
        if verb == "create" {
            return self.new_task();
        }
        let id = self.id_of::<Task>()?;
        let task = self.tables.get::<Task>(id);
        let project = task.map(|it| it.project);
        let yes = self.yes();
        Some(match verb {
            "edit" => Mutation::Edit {
                id,
                patch: self.task_patch(),
            },
            "describe" => Mutation::Describe {
                id,
                markdown: self.markdown()?,
            },
            "rewrite" => {
                let known = self.tables.get::<Description>(id);
                let known = known.map(|it| it.markdown.clone());
                Mutation::Rewrite {
                    id,
                    base: known.filter(|_| yes).or_else(|| self.markdown())?,
                    markdown: self.markdown()?,
                }
            }
            "move" => {
                let status = self.status_in(project?)?;
                let place = self.place(List::Tasks(status));
                Mutation::Move { id, status, place }
            }
            "move_to_project" => {
                let project = self.id_of::<Project>()?;
                let status = self.status_in(project).filter(|_| yes);
                let place = match status {
                    Some(status) => self.place(List::Tasks(status)),
                    None => Place::Last,
                };
                Mutation::MoveToProject {
                    id,
                    project,
                    status,
                    place,
                }
            }
            "spread" => Mutation::Spread { id },
            "assign" => Mutation::Assign {
                id,
                user: self.id_of::<Member>()?,
            },
            "unassign" => {
                let assignees = task.map(|it| it.assignees.clone()).unwrap_or_default();
                let user = self.chance.pick(&assignees).filter(|_| yes);
                Mutation::Unassign {
                    id,
                    user: user.or_else(|| self.id_of::<Member>())?,
                }
            }
            "add_label" => Mutation::AddLabel {
                id,
                label: self.label_in(project?)?,
            },
            "remove_label" => {
                let labels = task.map(|it| it.labels.clone()).unwrap_or_default();
                let label = self.chance.pick(&labels).filter(|_| yes);
                Mutation::RemoveLabel {
                    id,
                    label: label.or_else(|| self.id_of::<Label>())?,
                }
            }
            "set_parent" => Mutation::SetParent {
                id,
                parent: self.task_in(project?).filter(|_| yes),
            },
            "set_archived" => Mutation::SetArchived { id, archived: yes },
            "set_trashed" => Mutation::SetTrashed { id, trashed: yes },
            _ => return None,
        })
    }

    pub(super) fn line(&mut self, verb: &str) -> Option<checklist_items::Mutation> {
        use checklist_items::Mutation;
        if verb == "create" {
            let task = self.id_of::<Task>()?;
            return Some(Mutation::Create {
                id: self.chance.id(),
                task,
                text: self.title(),
                place: self.place(List::Checklist(task)),
                heading: Some(self.name()).filter(|_| self.chance.percent(20)),
                done: self.yes(),
            });
        }
        let id = self.id_of::<ChecklistItem>()?;
        let task = self.tables.get::<ChecklistItem>(id).map(|it| it.task);
        Some(match verb {
            "edit" => Mutation::Edit {
                id,
                text: self.title(),
            },
            "set_done" => Mutation::SetDone {
                id,
                done: self.yes(),
            },
            "move" => Mutation::Move {
                id,
                place: self.place(List::Checklist(task?)),
            },
            "spread" => Mutation::Spread { id },
            "delete" => Mutation::Delete { id },
            _ => return None,
        })
    }

    pub(super) fn comment(&mut self, verb: &str) -> Option<comments::Mutation> {
        use comments::Mutation;
        Some(match verb {
            "create" => Mutation::Create {
                id: self.chance.id(),
                task: self.id_of::<Task>()?,
                text: self.said(),
            },
            "restore" => Mutation::Restore {
                id: self.chance.id(),
                task: self.id_of::<Task>()?,
                text: self.said(),
                created_at: Time(i64::try_from(self.chance.below(10_000)).unwrap_or(0)),
            },
            "edit" => Mutation::Edit {
                id: self.id_of::<Comment>()?,
                text: self.said(),
            },
            "delete" => Mutation::Delete {
                id: self.id_of::<Comment>()?,
            },
            _ => return None,
        })
    }

    pub(super) fn attachment(&mut self, verb: &str) -> Option<attachments::Mutation> {
        use attachments::Mutation;
        Some(match verb {
            "create" => Mutation::Create {
                id: self.chance.id(),
                task: self.id_of::<Task>()?,
                title: self.title(),
                url: Link::parse(&format!(
                    "https://example.org/{}",
                    self.chance.below(10_000)
                ))
                .ok()?,
            },
            "delete" => Mutation::Delete {
                id: self.id_of::<Attachment>()?,
            },
            _ => return None,
        })
    }
}
