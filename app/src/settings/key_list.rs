use super::api::{EndKey, LetKeyIn, SaveKeyPolicy, find_key_policy, list_keys};
use super::section::Section;
use super::{KeyKind, KeyPage, KeyPolicy, ReachingKey};
use crate::backend::{Failure, FormProblem, field_problem, problem};
use crate::erased::memo;
use crate::routes::href;
use crate::sync::use_rows;
use crate::time::{Moment, day_of};
use crate::ui::{
    Badge, Banner, Button, ButtonKind, ButtonVariant, Checkbox, EmptyState, IconName, Skeleton,
    TextField, Tone,
};
use crate::workspaces::slug_of;
use leptos::form::ActionForm;
use leptos::prelude::*;
use leptos_router::hooks::use_query_map;
use shared::limits::KeyScope;

/// Which keys the workspace takes.
#[component]
pub fn KeyRules() -> impl IntoView {
    let workspace = use_rows().workspace();
    let save = ServerAction::<SaveKeyPolicy>::new();
    let policy = Resource::new(
        move || save.version().get(),
        move |_| find_key_policy(workspace),
    );
    view! {
        <section>
            <h2>"Which keys are taken here"</h2>
            <p class="page__lead">
                "It holds when a key is made and whenever one is used. A key that is not taken here goes on working in its person's \
                 other workspaces."
            </p>
            <FormProblem problem=problem(save) fields=&["days"]/>
            <Transition fallback=|| view! { <Skeleton count=1/> }>
                {move || Suspend::new(async move {
                    match policy.await {
                        Ok(policy) => view! { <RulesForm policy=policy save=save/> }.into_any(),
                        Err(failure) => {
                            view! { <Banner tone=Tone::Danger>{failure.0.message}</Banner> }.into_any()
                        }
                    }
                })}
            </Transition>
        </section>
    }
}

#[component]
fn RulesForm(policy: KeyPolicy, save: ServerAction<SaveKeyPolicy>) -> impl IntoView {
    let refused = problem(save);
    let is_saved = move || save.value().with(|value| matches!(value, Some(Ok(()))));
    let days = policy.days_max.map(|days| days.to_string());
    view! {
        {move || is_saved().then(|| view! { <Banner tone=Tone::Success>"Saved."</Banner> })}
        <ActionForm action=save attr:class="form settings__fields">
            <input type="hidden" name="workspace" value=use_rows().workspace().to_string()/>
            <Checkbox
                label="Keys that members have made"
                name="personal"
                checked=policy.takes_personal
            />
            <TextField
                label="Longest life of a key, in days"
                name="days"
                id="key-days"
                kind="number"
                initial=days.unwrap_or_default()
                hint="Also of bots' keys and of programs that were let in. Empty for any life."
                error=field_problem(refused, "days")
            />
            <div class="form__actions">
                <Button kind=ButtonKind::Submit busy=save.pending()>"Save"</Button>
            </div>
        </ActionForm>
    }
}

/// What is done to a key in the list.
#[derive(Clone, Copy)]
struct Acts {
    end: ServerAction<EndKey>,
    let_in: ServerAction<LetKeyIn>,
}

/// The keys and grants that reach the workspace, each with the button that ends that; and those that are shut out, each with
/// the button that lets it in again.
#[component]
pub fn KeyList() -> impl IntoView {
    let rows = use_rows();
    let workspace = rows.workspace();
    let acts = Acts {
        end: ServerAction::new(),
        let_in: ServerAction::new(),
    };
    let query = use_query_map();
    let from = memo(move || query.read().get("from"));
    let page = Resource::new(
        move || {
            (
                acts.end.version().get(),
                acts.let_in.version().get(),
                from.get(),
            )
        },
        move |(.., from)| list_keys(workspace, from),
    );
    let here = href::section(&slug_of(rows), Section::Keys);
    view! {
        <section>
            <h2>"Keys that reach this workspace"</h2>
            <p class="page__lead">
                "A key that is for this workspace alone is ended when you revoke it. One that reaches others too stays its person's: it \
                 is shut out of this one until you let it in again. Its person is told by mail, if mail is set up."
            </p>
            <FormProblem problem=problem(acts.end)/>
            <FormProblem problem=problem(acts.let_in)/>
            <Transition fallback=|| view! { <Skeleton count=3/> }>
                {move || {
                    let here = here.clone();
                    Suspend::new(async move { keys(page.await, acts, &here) })
                }}
            </Transition>
        </section>
    }
}

fn keys(page: Result<KeyPage, Failure>, acts: Acts, here: &str) -> AnyView {
    let KeyPage { keys, next } = match page {
        Ok(page) => page,
        Err(failure) => {
            return view! { <Banner tone=Tone::Danger>{failure.0.message}</Banner> }.into_any();
        }
    };
    if keys.is_empty() {
        return view! {
            <EmptyState title="No key reaches this workspace" icon=IconName::Key compact=true/>
        }
        .into_any();
    }
    let older = next.map(|next| format!("{here}?from={next}"));
    view! {
        {keys.into_iter().map(|key| view! { <Row key_of=key acts=acts/> }).collect_view()}
        {older.map(|older| view! { <p><a href=older>"Older keys"</a></p> })}
    }
    .into_any()
}

/// Whose a key is, what it may do, and where.
fn reach(key: &ReachingKey) -> String {
    let scopes: Vec<_> = key.scopes.names().map(KeyScope::as_str).collect();
    let whose = match key.kind {
        KeyKind::Personal => format!("{}, for themselves", key.owner),
        KeyKind::Bot => format!("The bot {}", key.owner),
        KeyKind::Grant => format!("A program that {} let in", key.owner),
    };
    let place = match (key.is_only_here, key.projects.as_slice()) {
        (false, _) => "wherever they are a member".to_owned(),
        (true, []) => "in this workspace alone".to_owned(),
        (true, projects) => format!("in {} alone", projects.join(", ")),
    };
    format!("{whose}. May {} {place}.", scopes.join(", "))
}

#[component]
fn Row(key_of: ReachingKey, acts: Acts) -> impl IntoView {
    let reach = reach(&key_of);
    let standing = match (key_of.is_shut_out, key_of.is_taken) {
        (true, _) => Some("Shut out"),
        (false, false) => Some("Not taken here"),
        (false, true) => None,
    };
    let used = match key_of.last_used_at {
        Some(at) => view! { "last used " <Moment at=at/> }.into_any(),
        None => "never used".into_any(),
    };
    let ends = match key_of.expires_at {
        Some(at) => format!(", ends {}", day_of(at)),
        None => ", does not end by itself".to_owned(),
    };
    let made = format!("Made {}, ", day_of(key_of.created_at));
    let whose = format!(": {} of {}", key_of.name, key_of.owner);
    let act = if key_of.is_shut_out {
        view! {
            <ActionForm action=acts.let_in>
                <Named id=key_of.id/>
                <Button kind=ButtonKind::Submit>
                    "Let in again"
                    <span class="visually-hidden">{whose}</span>
                </Button>
            </ActionForm>
        }
        .into_any()
    } else {
        view! {
            <ActionForm action=acts.end>
                <Named id=key_of.id/>
                <Button variant=ButtonVariant::Danger kind=ButtonKind::Submit>
                    "Revoke"
                    <span class="visually-hidden">{whose}</span>
                </Button>
            </ActionForm>
        }
        .into_any()
    };
    view! {
        <div class="settings__row">
            <div class="settings__label">
                <b>{key_of.name}</b>
                {(!key_of.prefix.is_empty()).then(|| view! {
                    <code class="key-prefix">{format!("{}…", key_of.prefix)}</code>
                })}
                <span>{reach}</span>
                <span>{made} {used} {ends}</span>
                {standing.map(|standing| view! { <Badge>{standing}</Badge> })}
            </div>
            {act}
        </div>
    }
}

/// Says in a form which key of which workspace is meant.
#[component]
fn Named(id: String) -> impl IntoView {
    view! {
        <input type="hidden" name="workspace" value=use_rows().workspace().to_string()/>
        <input type="hidden" name="id" value=id/>
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use shared::limits::KeyScopes;
    use shared::values::Time;

    #[test]
    fn a_key_says_whose_it_is_and_where_it_reaches() {
        let mut key = ReachingKey {
            id: String::new(),
            kind: KeyKind::Personal,
            name: "Backup".to_owned(),
            prefix: String::new(),
            owner: "Ada".to_owned(),
            scopes: KeyScopes::READ,
            is_only_here: false,
            projects: Vec::new(),
            is_taken: true,
            is_shut_out: false,
            created_at: Time(0),
            expires_at: None,
            last_used_at: None,
        };
        let everywhere = "Ada, for themselves. May read wherever they are a member.";
        assert_eq!(reach(&key), everywhere);
        key.is_only_here = true;
        key.projects = vec!["WEB".to_owned(), "OPS".to_owned()];
        key.kind = KeyKind::Bot;
        assert_eq!(reach(&key), "The bot Ada. May read in WEB, OPS alone.");
    }
}
