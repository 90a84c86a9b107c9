use super::api::{CreateInvitation, RevokeInvitation, list_invitations};
use super::list::InvitationList;
use super::{Invitation, NewInvitation};
use crate::backend::{FormProblem, field_problem, problem};
use crate::erased::{Show, memo};
use crate::members::role;
use crate::sync::{Rows, use_rows};
use crate::ui::{
    Banner, Button, ButtonKind, ButtonVariant, Select, SelectOption, Skeleton, TextField, Tone,
};
use leptos::form::ActionForm;
use leptos::prelude::*;
use leptos_router::hooks::use_query_map;
use shared::access::{Action, Role};
use shared::ids::ProjectId;
use shared::members::Member;
use shared::projects::Project;
use shared::sorted::sorted_by_key;
use std::sync::Arc;

const LIFETIMES: [(&str, &str); 4] = [
    ("1", "One day"),
    ("7", "7 days"),
    ("30", "30 days"),
    ("90", "90 days"),
];

/// Inviting people, and the invitations that are open.
#[component]
pub fn Invitations() -> impl IntoView {
    let workspace = use_rows().workspace();
    let create = ServerAction::<CreateInvitation>::new();
    let revoke = ServerAction::<RevokeInvitation>::new();
    let versions = move || (create.version().get(), revoke.version().get());
    // Not on the server: it would keep the page's first byte waiting for something below its fold.
    let open = LocalResource::new(move || {
        versions();
        list_invitations(workspace)
    });
    view! {
        <section>
            <h2>"Invite people"</h2>
            {move || made(create).map(|made| view! { <Made made=made/> })}
            <InviteForm create=create choices=true/>
            <FormProblem problem=problem(revoke)/>
            <Transition fallback=|| view! { <Skeleton count=1/> }>
                {move || Suspend::new(async move {
                    let open: Result<Vec<Invitation>, _> = open.await;
                    view! { <InvitationList open=open revoke=revoke/> }
                })}
            </Transition>
        </section>
    }
}

/// Inviting people into one project: as guests, if nothing else is chosen.
#[component]
pub fn InviteInto(
    /// The project.
    project: ProjectId,
) -> impl IntoView {
    let create = ServerAction::<CreateInvitation>::new();
    view! {
        <section>
            <h2>"Invite somebody"</h2>
            {move || made(create).map(|made| view! { <Made made=made/> })}
            <InviteForm create=create project=project/>
        </section>
    }
}

/// The invitation just made. Tracked.
fn made(create: ServerAction<CreateInvitation>) -> Option<NewInvitation> {
    create.value().with(|value| {
        let made = value.as_ref()?.as_ref().ok()?;
        Some(made.clone())
    })
}

/// The address of an invitation just made.
#[component]
fn Made(made: NewInvitation) -> impl IntoView {
    let title = match (&made.invitation.email, made.is_sent) {
        (Some(email), true) => {
            format!("The invitation was sent to {email}. This is its link, too:")
        }
        (Some(email), false) => format!("Send this link to {email}: it is not shown again."),
        (None, _) => "Hand this link on: it is not shown again.".to_owned(),
    };
    view! {
        <Banner tone=Tone::Success title=title>
            <code class="token">{made.address}</code>
        </Banner>
    }
}

/// The projects that can be chosen, and the choice of none.
fn project_options(rows: Rows) -> Vec<SelectOption> {
    let mut projects = rows.all::<Project>();
    projects.retain(|it| it.is_live() && rows.may(Action::EditProjects, it.id));
    let projects = sorted_by_key(projects, |it| it.name.as_str().to_lowercase());
    let none = SelectOption {
        value: String::new(),
        text: "None".into(),
    };
    let option = |it: &Arc<Project>| SelectOption {
        value: it.id.to_string(),
        text: it.name.to_string(),
    };
    std::iter::once(none)
        .chain(projects.iter().map(option))
        .collect()
}

/// In whose place somebody can come: those who were imported and have no account yet.
#[component]
fn StandsInFor() -> impl IntoView {
    let rows = use_rows();
    let asked = use_query_map().read_untracked().get("for");
    let options = memo(move || {
        let mut awaited = rows.all::<Member>();
        let may_say = rows.may_in_workspace(Action::EditMembers);
        awaited.retain(|it| may_say && it.is_awaited());
        let awaited = sorted_by_key(awaited, |it| it.name.as_str().to_lowercase());
        let option = |it: &Arc<Member>| SelectOption {
            value: it.id.to_string(),
            text: it.name.to_string(),
        };
        awaited.iter().map(option).collect::<Vec<_>>()
    });
    let nobody = SelectOption {
        value: String::new(),
        text: "Nobody".into(),
    };
    let choices = Signal::derive(move || {
        let nobody = std::iter::once(nobody.clone());
        nobody.chain(options.get()).collect::<Vec<_>>()
    });
    view! {
        <Show when=move || !options.read().is_empty()>
            <Select
                label="Stands in for"
                name="placeholder"
                id="invite-placeholder"
                options=choices
                initial=asked.clone().unwrap_or_default()
                hint="Whoever accepts takes over what was imported for them. Good once."
            />
        </Show>
    }
}

#[component]
fn InviteForm(
    create: ServerAction<CreateInvitation>,
    /// The project that is meant.
    #[prop(optional)]
    project: Option<ProjectId>,
    /// Whether a project can be chosen.
    #[prop(optional)]
    choices: bool,
) -> impl IntoView {
    let rows = use_rows();
    let first = if project.is_some() {
        Role::Guest
    } else {
        Role::Member
    };
    let refused = problem(create);
    let mine = rows
        .get_untracked::<Member>(rows.me())
        .map_or(Role::Viewer, |it| it.role);
    let roles = Role::ALL
        .into_iter()
        .filter(|role| *role >= mine && *role != Role::Owner)
        .map(|role| SelectOption {
            value: role.as_str().to_owned(),
            text: role::name(role).to_owned(),
        })
        .collect::<Vec<_>>();
    let lifetimes = LIFETIMES
        .into_iter()
        .map(|(value, text)| SelectOption {
            value: value.into(),
            text: text.into(),
        })
        .collect::<Vec<_>>();
    view! {
        <FormProblem problem=refused fields=&["email"]/>
        <ActionForm action=create attr:class="token-form invite-form">
            <input type="hidden" name="workspace" value=rows.workspace().to_string()/>
            <TextField
                label="E-mail (optional)"
                name="email"
                kind="email"
                placeholder="grace@example.org"
                hint="Without it, everybody with the link can join."
                error=field_problem(refused, "email")
            />
            <Select label="Role" name="role" id="invite-role" options=roles initial=first.as_str()/>
            {project.map(|id| view! { <input type="hidden" name="projects[]" value=id.to_string()/> })}
            {choices.then(|| {
                let options = Signal::derive(move || project_options(rows));
                view! { <Select label="Project" name="projects[]" id="invite-project" options=options/> }
            })}
            {choices.then(|| view! { <StandsInFor/> })}
            <Select label="Good for" name="days" options=lifetimes initial="7"/>
            <Button variant=ButtonVariant::Primary kind=ButtonKind::Submit busy=create.pending()>
                "Invite"
            </Button>
        </ActionForm>
    }
}
