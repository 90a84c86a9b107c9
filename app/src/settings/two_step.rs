use crate::backend::{FormProblem, problem};
use crate::erased::{Show, memo};
use crate::routes::href;
use crate::sync::use_rows;
use crate::ui::{Badge, Button, ButtonKind, Tone};
use crate::workspaces::api::RequireTwoStep;
use leptos::form::ActionForm;
use leptos::prelude::*;
use shared::access::Action;
use shared::workspaces::Workspace;

/// Whether the workspace asks all its members for a second step of signing in. Owners change it.
#[component]
pub fn TwoStepRequired() -> impl IntoView {
    let rows = use_rows();
    let require = ServerAction::<RequireTwoStep>::new();
    let may_change = memo(move || rows.may_in_workspace(Action::SecureWorkspace));
    let is_required = rows.map::<Workspace, _>(rows.workspace(), |it| {
        it.is_some_and(|it| it.two_step_required)
    });
    let badge = move || {
        if is_required.get() {
            view! { <Badge tone=Tone::Success>"Required"</Badge> }.into_any()
        } else {
            view! { <Badge>"Not required"</Badge> }.into_any()
        }
    };
    let verb = move || {
        if is_required.get() {
            "Do without"
        } else {
            "Require it"
        }
    };
    view! {
        <section>
            <h2>"This workspace"</h2>
            <FormProblem problem=problem(require)/>
            <div class="settings__row">
                <div class="settings__label">
                    <b>"Two-step sign-in for everybody"</b>
                    "Members without it are out at once, with their keys, until they have set it up. Bots stay. To ask for it \
                     you need it yourself, and a passkey counts only for who has no password, since that beside it would do: see "
                    <a href=href::TWO_STEP rel="external">"Your account"</a>
                    "."
                </div>
                {badge}
                <Show when=move || may_change.get()>
                    <ActionForm action=require>
                        <input type="hidden" name="workspace" value=rows.workspace().to_string()/>
                        <input type="hidden" name="required" value=move || (!is_required.get()).to_string()/>
                        <Button kind=ButtonKind::Submit busy=require.pending()>{verb}</Button>
                    </ActionForm>
                </Show>
            </div>
        </section>
    }
}
