use super::card_facts::{DueFacts, Facts};
use super::state::Board;
use super::view;
use crate::dom::board::card_id;
use crate::dom::markup::Markup;
use crate::erased::memo;
use crate::ui::{Face, IconName, initials};
use leptos::prelude::*;
use shared::ids::TaskId;
use shared::sync::Standing;
use shared::tasks::Priority;

/// One card, as an item of its column's list. What is inside of it is plain HTML and not the components of the design
/// system, which follow signals: a board has hundreds of cards. It is drawn anew as a whole; the card itself, which may have
/// the focus, stays.
#[component]
pub(super) fn Card(
    /// The board, handed over because looking it up for every card costs more than the card.
    board: Board,
    /// The task.
    id: TaskId,
    /// The card of its column that the Tab key stops at.
    stop: Memo<Option<TaskId>>,
) -> impl IntoView {
    let facts = memo(move || Facts::read(board, id));
    let flag = move |read: fn(&Facts) -> bool| {
        move || facts.read().as_ref().is_some_and(read).then_some("true")
    };
    let text = move |read: fn(&Facts) -> String| {
        move || facts.read().as_ref().map(read).unwrap_or_default()
    };
    let color = move || {
        let facts = facts.read();
        facts
            .as_ref()?
            .remote
            .as_ref()
            .map(|(_, color)| color.clone())
    };
    view! {
        <li>
            <article
                class="card"
                id=text(|facts| card_id(facts.number))
                tabindex=move || if stop.get() == Some(id) { "0" } else { "-1" }
                aria-label=text(|facts| format!("{}, {}", facts.key, facts.title))
                aria-describedby="board-keys"
                data-done=flag(|facts| facts.is_done)
                data-remote=flag(|facts| facts.remote.is_some())
                data-color=color
                data-dragging=move || (board.lifted.get() == Some(id)).then_some("true")
                inner_html=move || facts.read().as_ref().map(inside).unwrap_or_default()
            ></article>
        </li>
    }
    .into_any()
}

/// The HTML inside of a card.
fn inside(facts: &Facts) -> String {
    let mut html = Markup::default();
    html.open("div", &[("class", "card__top")]);
    html.element("span", &[("class", "card__key")], &facts.key);
    if let Some(standing) = facts.standing {
        write_standing(&mut html, standing);
    }
    write_people(&mut html, &facts.people, facts.other_people);
    html.close("div");
    html.open("h3", &[("class", "card__title")]);
    let link = [
        ("class", "card__link"),
        ("href", &*facts.href),
        ("tabindex", "-1"),
        ("draggable", "false"),
    ];
    html.element("a", &link, &facts.title);
    html.close("h3");
    html.open("div", &[("class", "card__meta")]);
    write_meta(&mut html, facts);
    html.close("div");
    if let Some((name, _)) = &facts.remote {
        // Whose hand the card is in.
        let first = name.split_whitespace().next().unwrap_or(name);
        let words = format!("{first} is moving this");
        html.element("span", &[("class", "card__remote")], &words);
    }
    html.finish()
}

fn write_meta(html: &mut Markup, facts: &Facts) {
    if facts.priority != Priority::None {
        let words = format!("{} priority", view::priority_words(facts.priority));
        let priority = [
            ("class", "priority"),
            ("data-priority", facts.priority.as_str()),
            ("role", "img"),
            ("aria-label", &words),
            ("title", &words),
        ];
        html.element("span", &priority, "");
    }
    for (name, color) in &facts.labels {
        html.open("span", &[("class", "label-chip"), ("data-color", color)]);
        html.element("span", &[("class", "label-chip__text")], name);
        html.close("span");
    }
    if facts.other_labels > 0 {
        let rest = format!("+{}", facts.other_labels);
        html.element("span", &[("class", "card__more")], &rest);
    }
    if let Some((done, total)) = facts.checklist {
        let title = format!("{done} of {total} lines of the checklist are done");
        let mut attributes = vec![("class", "card__checklist"), ("title", &*title)];
        attributes.extend((done == total).then_some(("data-done", "true")));
        html.open("span", &attributes);
        write_icon(html, IconName::Checklist);
        html.text(&format!("{done}/{total}"));
        html.close("span");
    }
    if facts.comments > 0 {
        let words = match facts.comments {
            1 => "1 comment".to_owned(),
            count => format!("{count} comments"),
        };
        html.open("span", &[("class", "card__comments"), ("title", &words)]);
        write_icon(html, IconName::Message);
        html.text(&facts.comments.to_string());
        html.close("span");
    }
    if let Some(due) = &facts.due {
        write_due(html, due);
    }
    if let Some(points) = &facts.points {
        let title = format!("{points} points");
        html.element(
            "span",
            &[("class", "card__points"), ("title", &title)],
            points,
        );
    }
}

/// How far a change has come that the server has not confirmed.
fn write_standing(html: &mut Markup, standing: Standing) {
    let (name, words) = match standing {
        Standing::Shown => ("shown", "Not saved yet"),
        Standing::Saved => ("saved", "Saved on this device, not sent yet"),
        Standing::Sent => ("sent", "Sent, not confirmed yet"),
        Standing::Refused => ("refused", "A change was refused"),
    };
    let attributes = [
        ("class", "card__unsent"),
        ("role", "img"),
        ("data-standing", name),
        ("aria-label", words),
        ("title", words),
    ];
    html.element("span", &attributes, "");
}

fn write_people(html: &mut Markup, faces: &[Face], others: usize) {
    if faces.is_empty() {
        return;
    }
    html.open("span", &[("class", "card__assignees")]);
    html.open("span", &[("class", "avatar-stack")]);
    for face in faces {
        let avatar = [
            ("class", "avatar"),
            ("data-size", "small"),
            ("data-color", face.color.as_ref()),
            ("role", "img"),
            ("aria-label", &face.name),
            ("title", &face.name),
        ];
        html.element("span", &avatar, &initials(&face.name));
    }
    if others > 0 {
        let rest = [
            ("class", "avatar"),
            ("data-kind", "rest"),
            ("data-size", "small"),
        ];
        html.element("span", &rest, &format!("+{others}"));
    }
    html.close("span");
    html.close("span");
}

fn write_due(html: &mut Markup, facts: &DueFacts) {
    let words = format!("{}{}", facts.due.words(), facts.date);
    let due = [
        ("class", "card__due"),
        ("data-due", facts.due.as_str()),
        ("datetime", &*facts.date),
        ("title", &words),
    ];
    html.open("time", &due);
    write_icon(html, IconName::Calendar);
    html.text(&facts.text);
    html.close("time");
}

/// The small icon of the design system.
fn write_icon(html: &mut Markup, name: IconName) {
    let icon = [
        ("class", "icon"),
        ("data-size", "small"),
        ("viewBox", "0 0 24 24"),
        ("aria-hidden", "true"),
    ];
    html.open("svg", &icon);
    html.element("path", &[("d", name.outline())], "");
    html.close("svg");
}
