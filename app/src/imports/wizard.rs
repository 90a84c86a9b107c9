use super::api::{self, Progress, State, Uploaded};
use super::choose::Choose;
use super::past::PastImports;
use super::review::Review;
use super::running::{Failed, Finished, Running};
use crate::dom::http;
use crate::layout::MenuButton;
use crate::sync::use_rows;
use leptos::prelude::*;
use leptos_meta::Title;
use shared::codes::Rejected;
use shared::ids::ImportId;
use std::time::Duration;

/// How often the progress is asked for.
const POLL_EVERY: Duration = Duration::from_millis(250);

/// How far somebody has come.
#[derive(Clone, Debug)]
pub enum Step {
    /// A file is to be chosen; the last one may have been refused.
    Choose(Option<Rejected>),
    /// A file is on its way.
    Uploading(String),
    /// What would happen is shown.
    Review(Box<Uploaded>),
    /// It happens.
    Running(ImportId, Option<Progress>),
    /// It has happened.
    Finished(ImportId, Progress),
    /// It has not.
    Failed(Rejected),
}

/// From a file to a board, step by step.
#[component]
pub fn ImportPage() -> impl IntoView {
    let rows = use_rows();
    let step = RwSignal::new(Step::Choose(None));
    let upload = Callback::new(move |file: http::File| {
        step.set(Step::Uploading(file.name()));
        leptos::task::spawn_local(async move {
            step.set(match api::upload(rows.workspace(), &file).await {
                Ok(uploaded) => Step::Review(Box::new(uploaded)),
                Err(rejected) => Step::Choose(Some(rejected)),
            });
        });
    });
    let start = Callback::new(move |id: ImportId| {
        step.set(Step::Running(id, None));
        leptos::task::spawn_local(async move { follow(id, step).await });
    });
    let again = Callback::new(move |()| step.set(Step::Choose(None)));
    let view = move || match step.get() {
        Step::Choose(refused) => view! { <Choose refused=refused on_choose=upload/> }.into_any(),
        Step::Uploading(name) => view! { <Choose uploading=name on_choose=upload/> }.into_any(),
        Step::Review(uploaded) => {
            view! { <Review uploaded=*uploaded on_start=start on_cancel=again/> }.into_any()
        }
        Step::Running(_, progress) => view! { <Running progress=progress/> }.into_any(),
        Step::Finished(id, progress) => {
            view! { <Finished id=id progress=progress on_again=again/> }.into_any()
        }
        Step::Failed(why) => view! { <Failed why=why on_again=again/> }.into_any(),
    };
    view! {
        <Title text="Import from Trello"/>
        <header class="topbar">
            <MenuButton/>
            <h1 class="topbar__title">"Import from Trello"</h1>
        </header>
        <main class="page" id="main" tabindex="-1">
            <div class="page__narrow">
                <div class="import">{view}</div>
                <PastImports/>
            </div>
        </main>
    }
}

/// Begins an import and shows how far it is until it ends.
async fn follow(id: ImportId, step: RwSignal<Step>) {
    if let Err(rejected) = api::start(id).await {
        step.set(Step::Failed(rejected));
        return;
    }
    loop {
        match api::progress(id).await {
            Ok(progress) => match progress.state {
                State::Done => return step.set(Step::Finished(id, progress)),
                State::Failed => {
                    let why = progress
                        .error
                        .unwrap_or_else(|| shared::codes::Code::Internal.into());
                    return step.set(Step::Failed(why));
                }
                State::Ready | State::Running => step.set(Step::Running(id, Some(progress))),
            },
            Err(rejected) => return step.set(Step::Failed(rejected)),
        }
        http::wait(POLL_EVERY).await;
    }
}
