use super::Bot;
use super::api::{CreateBot, CreateBotToken, DeleteBotToken, EndBot, list_bots};
use super::programs::Programs;
use crate::accounts::token_form::{ScopeBoxes, options};
use crate::accounts::tokens::{Secret, TokenFacts};
use crate::accounts::{NewToken, Token};
use crate::backend::{Failure, FormProblem, field_problem, problem};
use crate::erased::{Show, memo};
use crate::members::{MemberAvatar, role};
use crate::sync::use_rows;
use crate::ui::{
    AvatarSize, Badge, Banner, Button, ButtonKind, ButtonVariant, EmptyState, IconName, Select,
    SelectOption, Skeleton, TextField, Tone,
};
use leptos::form::ActionForm;
use leptos::prelude::*;
use shared::access::{Action, Role};
use shared::members::Member;

/// How long a bot's key can be good for, in days.
const LIFETIMES: [(&str, &str); 3] = [("30", "30 days"), ("90", "90 days"), ("365", "One year")];

/// What can be done on the page.
#[derive(Clone, Copy)]
struct Actions {
    create: ServerAction<CreateBot>,
    end: ServerAction<EndBot>,
    create_key: ServerAction<CreateBotToken>,
    delete_key: ServerAction<DeleteBotToken>,
}

/// What acts in the workspace without being a person: its bots with their keys, and programs that people may let in.
#[component]
pub fn Bots() -> impl IntoView {
    let rows = use_rows();
    let may_edit = memo(move || rows.may_in_workspace(Action::EditMembers));
    view! {
        <Show
            when=move || may_edit.get()
            fallback=|| view! {
                <EmptyState
                    title="For admins"
                    text="Bots and programs are looked after by the workspace's admins."
                    icon=IconName::Key
                />
            }
        >
            <BotsAndKeys/>
            <Programs/>
        </Show>
    }
}

#[component]
fn BotsAndKeys() -> impl IntoView {
    let workspace = use_rows().workspace();
    let actions = Actions {
        create: ServerAction::new(),
        end: ServerAction::new(),
        create_key: ServerAction::new(),
        delete_key: ServerAction::new(),
    };
    let versions = move || {
        (
            actions.create.version().get(),
            actions.end.version().get(),
            actions.create_key.version().get(),
            actions.delete_key.version().get(),
        )
    };
    let bots = LocalResource::new(move || {
        versions();
        list_bots(workspace)
    });
    let made = move || {
        actions.create_key.value().with(|value| {
            let made: &NewToken = value.as_ref()?.as_ref().ok()?;
            Some(made.secret.clone())
        })
    };
    view! {
        <section>
            <h2>"Bots"</h2>
            <p class="page__lead">
                "A bot is a member that is a program: with a name, a role and keys of its own, and no way to sign in. What it does bears its name."
            </p>
            {move || made().map(|secret| view! { <Secret secret=secret/> })}
            <NewBot create=actions.create/>
            <FormProblem problem=problem(actions.end)/>
            <FormProblem problem=problem(actions.create_key)/>
            <FormProblem problem=problem(actions.delete_key)/>
            <Transition fallback=|| view! { <Skeleton count=2/> }>
                {move || Suspend::new(async move {
                    let bots: Result<Vec<Bot>, _> = bots.await;
                    view! { <BotList bots=bots actions=actions/> }
                })}
            </Transition>
        </section>
    }
}

#[component]
fn NewBot(create: ServerAction<CreateBot>) -> impl IntoView {
    let rows = use_rows();
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
    view! {
        <FormProblem problem=refused fields=&["name"]/>
        <ActionForm action=create attr:class="token-form">
            <input type="hidden" name="workspace" value=rows.workspace().to_string()/>
            <TextField
                label="Name"
                name="name"
                id="bot-name"
                placeholder="Deploy bot"
                required=true
                maxlength=80_u32
                error=field_problem(refused, "name")
            />
            <Select label="Role" name="role" id="bot-role" options=roles initial=Role::Member.as_str()/>
            <Button variant=ButtonVariant::Primary kind=ButtonKind::Submit busy=create.pending()>
                "Make bot"
            </Button>
        </ActionForm>
    }
}

#[component]
fn BotList(bots: Result<Vec<Bot>, Failure>, actions: Actions) -> impl IntoView {
    match bots {
        Err(failure) => view! { <Banner tone=Tone::Danger>{failure.0.message}</Banner> }.into_any(),
        Ok(bots) if bots.is_empty() => view! {
            <EmptyState
                title="No bots yet"
                text="Make one for each program that works here by itself, so that everybody sees what it did."
                icon=IconName::Key
                compact=true
            />
        }
        .into_any(),
        Ok(bots) => bots
            .into_iter()
            .map(|bot| view! { <BotItem bot=bot actions=actions/> })
            .collect_view()
            .into_any(),
    }
}

/// A bot, its keys, and a form for another.
#[component]
fn BotItem(bot: Bot, actions: Actions) -> impl IntoView {
    let workspace = use_rows().workspace();
    let id = bot.id;
    let keys = bot.tokens.into_iter().map(move |token| {
        let (bot, workspace) = (id.to_string(), workspace.to_string());
        view! { <Key token=token bot=bot workspace=workspace delete=actions.delete_key/> }
    });
    view! {
        <article class="bot">
            <div class="settings__row">
                <MemberAvatar id=id size=AvatarSize::Large decorative=true/>
                <div class="settings__label settings__label--wide">
                    <b>{bot.name.clone()}</b>
                    {role::name(bot.role)}
                </div>
                {if bot.active {
                    view! {
                        <ActionForm action=actions.end>
                            <input type="hidden" name="workspace" value=workspace.to_string()/>
                            <input type="hidden" name="id" value=id.to_string()/>
                            <Button variant=ButtonVariant::Danger kind=ButtonKind::Submit>
                                "End"
                                <span class="visually-hidden">{format!(" {}", bot.name)}</span>
                            </Button>
                        </ActionForm>
                    }
                    .into_any()
                } else {
                    view! { <Badge>"Ended"</Badge> }.into_any()
                }}
            </div>
            <div class="bot__keys">
                {keys.collect_view()}
                {bot.active.then(|| view! {
                    <details class="bot__new">
                        <summary>"New key"</summary>
                        <ActionForm action=actions.create_key attr:class="form key-form">
                            <input type="hidden" name="workspace" value=workspace.to_string()/>
                            <input type="hidden" name="bot" value=id.to_string()/>
                            <TextField
                                label="What is it for?"
                                name="name"
                                id=format!("key-name-{id}")
                                required=true
                                maxlength=80_u32
                            />
                            <Select
                                label="Good for"
                                name="days"
                                id=format!("key-days-{id}")
                                options=options(&LIFETIMES)
                                initial="90"
                            />
                            <ScopeBoxes/>
                            <div class="form__actions">
                                <Button kind=ButtonKind::Submit busy=actions.create_key.pending()>
                                    "Create key"
                                </Button>
                            </div>
                        </ActionForm>
                    </details>
                })}
            </div>
        </article>
    }
}

#[component]
fn Key(
    token: Token,
    bot: String,
    workspace: String,
    delete: ServerAction<DeleteBotToken>,
) -> impl IntoView {
    let id = token.id.to_string();
    view! {
        <div class="settings__row">
            <TokenFacts token=token/>
            <ActionForm action=delete>
                <input type="hidden" name="workspace" value=workspace/>
                <input type="hidden" name="bot" value=bot/>
                <input type="hidden" name="id" value=id/>
                <Button variant=ButtonVariant::Danger kind=ButtonKind::Submit>"Revoke"</Button>
            </ActionForm>
        </div>
    }
}
