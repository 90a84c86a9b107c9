use crate::ui::TextField;
use leptos::prelude::*;

/// What somebody shows once more that it is them by: the password, or where they have none, having come in just now.
#[component]
pub fn PasswordAgain(
    /// Whether they have a password.
    asked: bool,
    /// The field's id.
    #[prop(into)]
    id: String,
    /// The text, where a script sends it.
    #[prop(optional, into)]
    value: Option<RwSignal<String>>,
    /// What is wrong with it.
    #[prop(optional, into)]
    error: MaybeProp<String>,
) -> impl IntoView {
    if !asked {
        let hint = "You have no password to be asked for. If you signed in more than ten minutes ago, sign out and in again first.";
        return view! { <p class="field-hint">{hint}</p> }.into_any();
    }
    let value = value.unwrap_or_else(|| RwSignal::new(String::new()));
    view! {
        <TextField
            label="Your password"
            name="password"
            id=id
            value=value
            kind="password"
            autocomplete="current-password"
            required=true
            error=error
        />
    }
    .into_any()
}
