use super::view;
use crate::erased::{Show, memo};
use crate::layout::{Toaster, use_toaster};
use crate::markdown::{Markdown, MarkdownEditor};
use crate::members::MemberAvatar;
use crate::tasks::OpenTask;
use crate::time::TimeAgo;
use crate::ui::{AvatarSize, Badge, ButtonSize, IconButton, IconName};
use leptos::prelude::*;
use shared::access::Action;
use shared::comments::{Comment, Mutation};
use shared::ids::CommentId;
use shared::members::Member;
use shared::projects::Project;
use shared::values::CommentText;

/// A comment. Its author can change it, and take it back.
#[component]
pub(super) fn CommentItem(task: OpenTask, id: CommentId) -> impl IntoView {
    let rows = task.rows;
    let toaster = use_toaster();
    let author = rows.get_untracked::<Comment>(id).map(|it| it.author);
    let name = move || {
        let member = author.and_then(|author| rows.get::<Member>(author));
        member.map(|member| member.name.to_string())
    };
    let is_bot = memo(move || {
        let member = author.and_then(|author| rows.get::<Member>(author));
        member.is_some_and(|member| member.bot)
    });
    let at = rows.map::<Comment, _>(id, |it| it.map(|it| it.created_at).unwrap_or_default());
    let is_edited = rows.map::<Comment, _>(id, |it| it.is_some_and(|it| it.edited_at.is_some()));
    let may = move |action: Action| {
        memo(move || {
            let comment = rows.get::<Comment>(id);
            let project = rows.get::<Project>(task.project).filter(|it| it.is_live());
            match (rows.member(), project, comment) {
                (Some(me), Some(project), Some(it)) => view::may(&me, &project, &it, action),
                _ => false,
            }
        })
    };
    let (may_edit, may_delete) = (may(Action::EditComments), may(Action::DeleteComments));
    let is_unsent = move || rows.standing::<Comment>(id).is_some();
    let editing = RwSignal::new(false);
    view! {
        <article class="comment" data-unsent=move || is_unsent().then_some("true")>
            {author.map(|author| view! {
                <MemberAvatar id=author size=AvatarSize::Medium decorative=true/>
            })}
            <header class="comment__head">
                <b>{name}</b>
                <Show when=move || is_bot.get()>
                    <Badge>"Bot"</Badge>
                </Show>
                <TimeAgo at=at/>
                <Show when=move || is_edited.get()>
                    <span class="comment__edited">"edited"</span>
                </Show>
                <span class="comment__actions">
                    <Show when=move || may_edit.get() && !editing.get()>
                        <IconButton
                            icon=IconName::Pencil
                            label="Edit the comment"
                            size=ButtonSize::Small
                            on_click=move |_| editing.set(true)
                        />
                    </Show>
                    <Show when=move || may_delete.get()>
                        <IconButton
                            icon=IconName::Trash
                            label="Delete the comment"
                            size=ButtonSize::Small
                            tooltip_end=true
                            on_click=move |_| delete(task, toaster, id)
                        />
                    </Show>
                </span>
            </header>
            <div class="comment__body"><Body task=task id=id editing=editing/></div>
        </article>
    }
    .into_any()
}

/// The text, or the box to change it in.
#[component]
fn Body(task: OpenTask, id: CommentId, editing: RwSignal<bool>) -> impl IntoView {
    let rows = task.rows;
    let toaster = use_toaster();
    let text = rows.map::<Comment, _>(id, |it| {
        it.map(|it| it.text.as_str().to_owned()).unwrap_or_default()
    });
    let draft = RwSignal::new(String::new());
    let save = move |()| {
        let changed = draft.get_untracked();
        if changed == text.get_untracked() {
            return editing.set(false);
        }
        match CommentText::parse(&changed) {
            Ok(text) => {
                rows.mutate(Mutation::Edit { id, text });
                editing.set(false);
            }
            Err(problem) => toaster.warn(problem),
        }
    };
    move || {
        if editing.get() {
            draft.set(text.get_untracked());
            view! {
                <MarkdownEditor
                    label="Comment"
                    draft=draft
                    maxlength=CommentText::CHARS_MAX
                    can_save=Signal::derive(move || !draft.read().trim().is_empty())
                    on_save=save
                    on_cancel=move |()| editing.set(false)
                />
            }
            .into_any()
        } else {
            view! { <Markdown text=text/> }.into_any()
        }
    }
}

/// Takes a comment back. Its author can put it there again; nobody else may speak for them.
fn delete(task: OpenTask, toaster: Toaster, id: CommentId) {
    let rows = task.rows;
    let Some(comment) = rows.get_untracked::<Comment>(id) else {
        return;
    };
    let text = "Deleted the comment";
    if comment.author == rows.me() {
        toaster.do_undoably(Mutation::Delete { id }, text);
    } else {
        rows.mutate(Mutation::Delete { id });
        toaster.tell(text);
    }
}
