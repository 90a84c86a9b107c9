use super::WorkspaceLink;
use super::api::{RestoreWorkspace, list_workspaces};
use crate::accounts::AccountLayout;
use crate::backend::{Failure, FormProblem, problem};
use crate::members::role;
use crate::routes::href;
use crate::time::words::day_of;
use crate::ui::{Badge, Banner, Button, ButtonKind, EmptyState, IconName, Skeleton, Tone};
use leptos::form::ActionForm;
use leptos::prelude::*;

/// The workspaces that somebody is in; an owner finds deleted ones here, too, as long as they can be restored.
#[component]
pub fn WorkspacesPage() -> impl IntoView {
    let restore = ServerAction::<RestoreWorkspace>::new();
    let links = Resource::new(move || restore.version().get(), |_| list_workspaces());
    view! {
        <AccountLayout title="Workspaces" current=href::WORKSPACES>
            <section>
                <h1 class="page__title">"Workspaces"</h1>
                <FormProblem problem=problem(restore)/>
                <Transition fallback=|| view! { <Skeleton count=2/> }>
                    {move || Suspend::new(async move {
                        view! { <Links links=links.await restore=restore/> }
                    })}
                </Transition>
                <p class="settings__all">
                    <a class="button" data-variant="secondary" data-size="medium" href=href::NEW_WORKSPACE>
                        <span class="button__text">"New workspace"</span>
                    </a>
                </p>
            </section>
        </AccountLayout>
    }
}

#[component]
fn Links(
    links: Result<Vec<WorkspaceLink>, Failure>,
    restore: ServerAction<RestoreWorkspace>,
) -> impl IntoView {
    match links {
        Err(failure) => view! { <Banner tone=Tone::Danger>{failure.0.message}</Banner> }.into_any(),
        Ok(links) if links.is_empty() => view! {
            <EmptyState
                title="You are in no workspace"
                text="Found one, or ask somebody for an invitation to theirs."
                icon=IconName::Folder
            />
        }
        .into_any(),
        Ok(links) => {
            let row = |link: WorkspaceLink| view! { <LinkRow link=link restore=restore/> };
            view! { <ul>{links.into_iter().map(row).collect_view()}</ul> }.into_any()
        }
    }
}

#[component]
fn LinkRow(link: WorkspaceLink, restore: ServerAction<RestoreWorkspace>) -> impl IntoView {
    let WorkspaceLink {
        id,
        name,
        slug,
        role,
        restorable_until,
    } = link;
    let (about, what) = match restorable_until {
        None => (
            role::name(role).to_owned(),
            view! {
                <a class="button" data-variant="secondary" data-size="medium" href=href::workspace(&slug) rel="external">
                    <span class="button__text">"Open"</span>
                </a>
            }
            .into_any(),
        ),
        Some(until) => (
            format!("Gone for good on {}", day_of(until)),
            view! {
                <Badge tone=Tone::Danger>"Deleted"</Badge>
                <ActionForm action=restore>
                    <input type="hidden" name="workspace" value=id.to_string()/>
                    <Button kind=ButtonKind::Submit busy=restore.pending()>"Restore"</Button>
                </ActionForm>
            }
            .into_any(),
        ),
    };
    view! {
        <li class="settings__row">
            <div class="settings__label settings__label--wide">
                <b>{name}</b>
                {about}
            </div>
            {what}
        </li>
    }
    .into_any()
}
