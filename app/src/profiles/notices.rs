use super::api::SaveNotices;
use super::{Channel, Kind, place_word};
use crate::backend::{FormProblem, problem};
use crate::ui::{Button, ButtonKind};
use leptos::form::ActionForm;
use leptos::prelude::*;
use std::collections::BTreeSet;

/// What somebody wants to hear of, and by which way: a box for each.
#[component]
pub(super) fn Notices(notices: BTreeSet<(Kind, Channel)>) -> impl IntoView {
    let save = ServerAction::<SaveNotices>::new();
    let head = Channel::ALL.iter();
    let head = head.map(|channel| view! { <th scope="col">{channel.text()}</th> });
    let row = move |kind: &Kind| {
        let kind = *kind;
        let cells = Channel::ALL.iter().map(|channel| {
            let place = (kind, *channel);
            let label = format!("{}: {}", kind.text(), channel.text());
            view! {
                <td>
                    <label class="checkbox">
                        <input
                            class="checkbox__input"
                            type="checkbox"
                            name="on[]"
                            value=place_word(place)
                            checked=notices.contains(&place)
                        />
                        <span class="checkbox__label visually-hidden">{label}</span>
                    </label>
                </td>
            }
        });
        view! {
            <tr>
                <th scope="row">{kind.text()}</th>
                {cells.collect_view()}
            </tr>
        }
    };
    view! {
        <section>
            <h2>"What you hear of"</h2>
            <p class="settings__value">"TeamFlow keeps this for when it sends notices; so far it sends none."</p>
            <FormProblem problem=problem(save)/>
            <ActionForm action=save>
                <table class="notices">
                    <thead>
                        <tr>
                            <th scope="col"><span class="visually-hidden">"When"</span></th>
                            {head.collect_view()}
                        </tr>
                    </thead>
                    <tbody>{Kind::ALL.iter().map(row).collect_view()}</tbody>
                </table>
                <div class="form__actions">
                    <Button kind=ButtonKind::Submit busy=save.pending()>"Save notices"</Button>
                </div>
            </ActionForm>
        </section>
    }
}
