use super::view;
use crate::tasks::OpenTask;
use crate::ui::{Button, ButtonKind, ButtonVariant, TextField};
use leptos::ev::{KeyboardEvent, SubmitEvent};
use leptos::prelude::*;
use shared::attachments::Mutation;
use shared::values::{Link, Title};

/// A form for another link.
#[component]
pub(super) fn AddLink(task: OpenTask, open: RwSignal<bool>) -> impl IntoView {
    let url = RwSignal::new(String::new());
    let title = RwSignal::new(String::new());
    let problem = RwSignal::new(None::<String>);
    let add = move |event: SubmitEvent| {
        event.prevent_default();
        let address = view::completed(&url.read_untracked());
        let name = match title.read_untracked().trim() {
            "" => view::title_of(&address),
            name => name.to_owned(),
        };
        match Link::parse(&address).and_then(|url| Ok((url, Title::parse(&name)?))) {
            Ok((url, title)) => {
                task.rows.mutate(Mutation::Create {
                    id: task.rows.new_id(),
                    task: task.id,
                    title,
                    url,
                });
                open.set(false);
            }
            Err(text) => problem.set(Some(text)),
        }
    };
    let on_keydown = move |event: KeyboardEvent| {
        if event.key() == "Escape" {
            event.stop_propagation();
            open.set(false);
        }
    };
    view! {
        <form class="form" on:submit=add on:keydown=on_keydown>
            <TextField
                label="Address"
                name="link-url"
                value=url
                error=problem
                placeholder="https://"
                required=true
                autofocus=true
            />
            <TextField label="Name" name="link-title" value=title maxlength=255_u32/>
            <div class="form__actions">
                <Button variant=ButtonVariant::Ghost on_click=move |_| open.set(false)>
                    "Cancel"
                </Button>
                <Button kind=ButtonKind::Submit variant=ButtonVariant::Primary>
                    "Add link"
                </Button>
            </div>
        </form>
    }
}
