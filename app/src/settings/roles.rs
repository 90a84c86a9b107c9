use crate::members::role;
use leptos::prelude::*;
use shared::access::{Action, Reach, Role};

/// What a reach is called in the table.
const fn words(reach: Reach) -> &'static str {
    match reach {
        Reach::No => "–",
        Reach::Own => "own",
        Reach::Assigned => "own or assigned",
        Reach::Project => "in their projects",
        Reach::All => "yes",
    }
}

/// What the roles mean, and the whole matrix: the very table that the server asks.
#[component]
pub fn Roles() -> impl IntoView {
    let meaning = |role: Role| {
        view! {
            <li class="settings__row">
                <div class="settings__label">
                    <b>{role::name(role)}</b>
                    {role::meaning(role)}
                </div>
            </li>
        }
    };
    let row = |action: &Action| {
        let cell = |role: Role| {
            let reach = action.reach(role);
            view! { <td data-reach=(reach == Reach::No).then_some("no")>{words(reach)}</td> }
        };
        view! {
            <tr>
                <th scope="row">{action.as_str()}</th>
                {Role::ALL.map(cell).collect_view()}
            </tr>
        }
    };
    let head = |role: Role| view! { <th scope="col">{role::name(role)}</th> };
    view! {
        <section>
            <h2>"Roles"</h2>
            <ul>{Role::ALL.map(meaning).collect_view()}</ul>
        </section>
        <section>
            <h2 id="matrix">"What each role may"</h2>
            <div class="matrix" role="region" aria-labelledby="matrix" tabindex="0">
                <table class="matrix__table">
                    <thead>
                        <tr>
                            <th scope="col">"Permission"</th>
                            {Role::ALL.map(head).collect_view()}
                        </tr>
                    </thead>
                    <tbody>{Action::ALL.iter().map(row).collect_view()}</tbody>
                </table>
            </div>
        </section>
    }
}
