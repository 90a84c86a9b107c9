use super::card_facts::{DueFacts, Facts};
use super::state::Board;
use super::view;
use crate::dom::board::card_id;
use crate::erased::memo;
use crate::ui::{Face, Icon, IconName, IconSize, initials};
use leptos::prelude::*;
use shared::ids::TaskId;
use shared::sync::Standing;
use shared::tasks::Priority;

/// One card, as an item of its column's list. Its marks are plain elements and not the components of the design system,
/// which follow signals: a board has hundreds of them. What is inside of it is drawn anew as a whole; the card itself,
/// which may have the focus, stays.
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
            >
                {move || facts.get().map(inside)}
            </article>
        </li>
    }
    .into_any()
}

fn inside(facts: Facts) -> impl IntoView {
    view! {
        <div class="card__top">
            <span class="card__key">{facts.key}</span>
            {facts.standing.map(standing)}
            {people(facts.people, facts.other_people)}
        </div>
        <h3 class="card__title">
            <a class="card__link" href=facts.href tabindex="-1" draggable="false">
                {facts.title}
            </a>
        </h3>
        <div class="card__meta">
            {(facts.priority != Priority::None).then(|| priority(facts.priority))}
            {labels(facts.labels, facts.other_labels)}
            {facts.checklist.map(checklist)}
            {(facts.comments > 0).then(|| comments(facts.comments))}
            {facts.due.map(due)}
            {facts.points.map(points)}
        </div>
        {facts.remote.map(|(name, _)| remote_hand(&name))}
    }
}

/// How far a change has come that the server has not confirmed.
fn standing(standing: Standing) -> impl IntoView {
    let (name, words) = match standing {
        Standing::Shown => ("shown", "Not saved yet"),
        Standing::Saved => ("saved", "Saved on this device, not sent yet"),
        Standing::Sent => ("sent", "Sent, not confirmed yet"),
    };
    view! {
        <span class="card__unsent" role="img" data-standing=name aria-label=words title=words></span>
    }
}

fn people(faces: Vec<Face>, others: usize) -> Option<impl IntoView> {
    let avatar = |face: Face| {
        view! {
            <span
                class="avatar"
                data-size="small"
                data-color=face.color
                role="img"
                aria-label=face.name.clone()
                title=face.name.clone()
            >
                {initials(&face.name)}
            </span>
        }
    };
    let rest = (others > 0).then(|| {
        view! { <span class="avatar" data-kind="rest" data-size="small">{format!("+{others}")}</span> }
    });
    (!faces.is_empty()).then(|| {
        view! {
            <span class="card__assignees">
                <span class="avatar-stack">
                    {faces.into_iter().map(avatar).collect_view()}
                    {rest}
                </span>
            </span>
        }
    })
}

fn priority(priority: Priority) -> impl IntoView {
    let words = format!("{} priority", view::priority_words(priority));
    view! {
        <span
            class="priority"
            data-priority=priority.as_str()
            role="img"
            aria-label=words.clone()
            title=words
        ></span>
    }
}

fn labels(labels: Vec<(String, String)>, others: usize) -> impl IntoView {
    let chip = |(name, color): (String, String)| {
        view! {
            <span class="label-chip" data-color=color>
                <span class="label-chip__text">{name}</span>
            </span>
        }
    };
    let rest =
        (others > 0).then(|| view! { <span class="card__more">{format!("+{others}")}</span> });
    (labels.into_iter().map(chip).collect_view(), rest)
}

fn checklist((done, total): (u32, u32)) -> impl IntoView {
    view! {
        <span
            class="card__checklist"
            data-done=(done == total).then_some("true")
            title=format!("{done} of {total} lines of the checklist are done")
        >
            <Icon name=IconName::Checklist size=IconSize::Small/>
            {format!("{done}/{total}")}
        </span>
    }
}

fn comments(count: u32) -> impl IntoView {
    let words = if count == 1 {
        "1 comment".to_owned()
    } else {
        format!("{count} comments")
    };
    view! {
        <span class="card__comments" title=words>
            <Icon name=IconName::Message size=IconSize::Small/>
            {count}
        </span>
    }
}

fn due(facts: DueFacts) -> impl IntoView {
    let words = format!("{}{}", facts.due.words(), facts.date);
    view! {
        <time class="card__due" data-due=facts.due.as_str() datetime=facts.date title=words>
            <Icon name=IconName::Calendar size=IconSize::Small/>
            {facts.text}
        </time>
    }
}

fn points(points: String) -> impl IntoView {
    let words = format!("{points} points");
    view! { <span class="card__points" title=words>{points}</span> }
}

/// Says whose hand a card is in.
fn remote_hand(name: &str) -> impl IntoView + use<> {
    let first = name.split_whitespace().next().unwrap_or(name);
    let words = format!("{first} is moving this");
    view! { <span class="card__remote">{words}</span> }
}
