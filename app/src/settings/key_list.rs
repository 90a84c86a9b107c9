use super::api::{EndKey, SaveKeyPolicy, find_key_policy, list_keys};
use super::{KeyKind, KeyPolicy, ReachingKey};
use crate::backend::{Failure, FormProblem, field_problem, problem};
use crate::sync::use_rows;
use crate::time::{Moment, day_of};
use crate::ui::{
    Badge, Banner, Button, ButtonKind, ButtonVariant, Checkbox, EmptyState, IconName, Skeleton,
    TextField, Tone,
};
use leptos::form::ActionForm;
use leptos::prelude::*;
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
        {move || is_saved().then(|| view! { <Banner tone=Tone::Success>"It holds from now on."</Banner> })}
        <ActionForm action=save attr:class="form settings__fields">
            <input type="hidden" name="workspace" value=use_rows().workspace().to_string()/>
            <Checkbox
                label="Keys that members make for themselves"
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

/// Every key and grant that reaches the workspace, each with the button that ends that.
#[component]
pub fn KeyList() -> impl IntoView {
    let workspace = use_rows().workspace();
    let end = ServerAction::<EndKey>::new();
    let keys = Resource::new(move || end.version().get(), move |_| list_keys(workspace));
    view! {
        <section>
            <h2>"Keys that reach this workspace"</h2>
            <p class="page__lead">
                "A key that is for this workspace alone is ended when you revoke it. One that reaches others too stays its person's: it \
                 is shut out of this one for good. Its person is told by mail, if mail is set up."
            </p>
            <FormProblem problem=problem(end)/>
            <Transition fallback=|| view! { <Skeleton count=3/> }>
                {move || Suspend::new(async move { rows(keys.await, end) })}
            </Transition>
        </section>
    }
}

fn rows(keys: Result<Vec<ReachingKey>, Failure>, end: ServerAction<EndKey>) -> AnyView {
    match keys {
        Err(failure) => view! { <Banner tone=Tone::Danger>{failure.0.message}</Banner> }.into_any(),
        Ok(keys) if keys.is_empty() => view! {
            <EmptyState title="No key reaches this workspace" icon=IconName::Key compact=true/>
        }
        .into_any(),
        Ok(keys) => keys
            .into_iter()
            .map(|key| view! { <Row key_of=key end=end/> })
            .collect_view()
            .into_any(),
    }
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
fn Row(key_of: ReachingKey, end: ServerAction<EndKey>) -> impl IntoView {
    let reach = reach(&key_of);
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
    view! {
        <div class="settings__row">
            <div class="settings__label">
                <b>{key_of.name}</b>
                {(!key_of.prefix.is_empty()).then(|| view! {
                    <code class="key-prefix">{format!("{}…", key_of.prefix)}</code>
                })}
                <span>{reach}</span>
                <span>{made} {used} {ends}</span>
                {(!key_of.is_taken).then(|| view! { <Badge>"Not taken here"</Badge> })}
            </div>
            <ActionForm action=end>
                <input type="hidden" name="workspace" value=use_rows().workspace().to_string()/>
                <input type="hidden" name="id" value=key_of.id/>
                <Button variant=ButtonVariant::Danger kind=ButtonKind::Submit>
                    "Revoke"
                    <span class="visually-hidden">{whose}</span>
                </Button>
            </ActionForm>
        </div>
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
