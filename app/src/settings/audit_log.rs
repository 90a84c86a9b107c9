use super::api::{VerifyAuditLog, list_audit_entries};
use super::section::Section;
use crate::backend::{Failure, FormProblem, problem};
use crate::erased::memo;
use crate::routes::href;
use crate::start::use_start;
use crate::sync::{Rows, use_rows};
use crate::time::{Moment, Zone};
use crate::ui::{
    Banner, Button, ButtonKind, EmptyState, IconName, Select, SelectOption, Skeleton, TextField,
    Tone,
};
use crate::workspaces::slug_of;
use leptos::form::ActionForm;
use leptos::prelude::*;
use leptos_router::components::Form;
use leptos_router::hooks::use_query_map;
use leptos_router::params::ParamsMap;
use shared::audit_entries::{Act, AuditEntry, AuditFilter, AuditPage, Verdict};
use shared::ids::WorkspaceId;
use shared::members::Member;
use shared::projects::Project;
use shared::teams::Team;
use shared::values::{Date, Time};
use shared::workspaces::Workspace;
use std::fmt::Write as _;
use uuid::Uuid;

/// What the address asks for.
#[derive(Clone, Debug, Default, PartialEq)]
struct Asked {
    person: String,
    act: String,
    since: String,
    until: String,
    text: String,
    before: Option<u64>,
}

impl Asked {
    fn of(query: &ParamsMap) -> Self {
        let text = |name: &str| query.get(name).unwrap_or_default();
        Self {
            person: text("person"),
            act: text("act"),
            since: text("since"),
            until: text("until"),
            text: text("text"),
            before: text("before").parse().ok(),
        }
    }

    /// What is asked for; days are those of the reader's clock.
    fn filter(&self, zone: &Zone) -> AuditFilter {
        let filled = |text: &str| (!text.is_empty()).then(|| text.to_owned());
        let day = |text: &str, plus: i32| {
            let date = Date::parse(text).ok()?.plus(plus);
            Some(zone.at(Time(i64::from(date.days()) * 86_400_000)))
        };
        AuditFilter {
            person: self.person.parse().ok(),
            act: filled(&self.act),
            since: day(&self.since, 0),
            // The last day is meant whole.
            until: day(&self.until, 1),
            text: filled(&self.text),
        }
    }

    /// The page of older lines.
    fn older(&self, here: &str, before: u64) -> String {
        let mut address = format!("{here}?before={before}");
        for (name, text) in [
            ("person", &self.person),
            ("act", &self.act),
            ("since", &self.since),
            ("until", &self.until),
            ("text", &self.text),
        ] {
            if !text.is_empty() {
                // Writing to a text does not fail.
                let _ = write!(address, "&{name}={}", href::encoded(text));
            }
        }
        address
    }

    /// The same lines as a file.
    fn file(&self, workspace: Option<WorkspaceId>, format: &str, zone: &Zone) -> String {
        let filter = self.filter(zone);
        let mut address = format!("/audit-log?format={format}");
        let fields = [
            ("workspace", workspace.map(|id| id.to_string())),
            ("person", filter.person.map(|id| id.to_string())),
            ("act", filter.act),
            ("since", filter.since.map(|at| at.0.to_string())),
            ("until", filter.until.map(|at| at.0.to_string())),
            ("text", filter.text),
        ];
        for (name, text) in fields {
            if let Some(text) = text {
                let _ = write!(address, "&{name}={}", href::encoded(&text));
            }
        }
        address
    }
}

/// Who did what, from where and when: of the workspace, or of accounts and the server.
#[component]
pub fn AuditLog(
    /// The server's own.
    #[prop(optional)]
    of_server: bool,
) -> impl IntoView {
    let rows = use_rows();
    let workspace = (!of_server).then(|| rows.workspace());
    let query = use_query_map();
    let asked = memo(move || Asked::of(&query.read()));
    let zone = use_start().person.and_then(|person| person.zone);
    let days_are = if zone.is_none() { " (UTC)" } else { "" };
    let zone = StoredValue::new(zone.unwrap_or_default());
    let page = Resource::new(
        move || {
            let asked = asked.get();
            (zone.with_value(|zone| asked.filter(zone)), asked.before)
        },
        move |(filter, before)| list_audit_entries(workspace, filter, before),
    );
    let file = move |format| zone.with_value(|zone| asked.read().file(workspace, format, zone));
    let here = {
        let section = if of_server {
            Section::ServerLog
        } else {
            Section::AuditLog
        };
        href::section(&slug_of(rows), section)
    };
    let lead = if of_server {
        "Accounts, sign-ins, tokens and what is about the server. Entries are chained to one another: what was taken away or changed shows."
    } else {
        "What changed who may do or see what in this workspace, and what was refused. Entries are chained to one another: what was taken away or changed shows."
    };
    let address = here.clone();
    view! {
        <section>
            <h2>"Audit log"</h2>
            <p class="page__lead">{lead}</p>
            <Verify workspace=workspace/>
        </section>
        <section>
            <Search here=here asked=asked.get_untracked() days_are=days_are/>
            <p class="audit__files">
                <a rel="external" download="" href=move || file("csv")>"Download as CSV"</a>
                <a rel="external" download="" href=move || file("jsonl")>"Download as JSON Lines"</a>
            </p>
            <Transition fallback=|| view! { <Skeleton count=3/> }>
                {move || {
                    let here = address.clone();
                    Suspend::new(async move {
                        let page = page.await;
                        let asked = asked.get_untracked();
                        view! { <Lines page=page asked=asked here=here/> }
                    })
                }}
            </Transition>
        </section>
    }
}

/// Whether the log is as it was written.
#[component]
fn Verify(workspace: Option<WorkspaceId>) -> impl IntoView {
    let verify = ServerAction::<VerifyAuditLog>::new();
    let verdict = move || {
        verify.value().with(|value| {
            let verdict = value.as_ref()?.as_ref().ok()?;
            Some(verdict.clone())
        })
    };
    view! {
        <FormProblem problem=problem(verify)/>
        {move || verdict().map(|verdict| view! { <Found verdict=verdict/> })}
        <ActionForm action=verify>
            {workspace.map(|id| view! { <input type="hidden" name="workspace" value=id.to_string()/> })}
            <Button kind=ButtonKind::Submit busy=verify.pending()>"Verify the log"</Button>
        </ActionForm>
    }
}

#[component]
fn Found(verdict: Verdict) -> impl IntoView {
    let Verdict {
        entries,
        gone,
        problem,
    } = verdict;
    let before = if gone > 0 {
        format!(" {gone} older ones went by the retention policy.")
    } else {
        String::new()
    };
    match problem {
        None => view! {
            <Banner tone=Tone::Success title="The log is whole.">
                {format!("{entries} entries hold on to one another.{before}")}
            </Banner>
        }
        .into_any(),
        Some(problem) => view! {
            <Banner tone=Tone::Danger title="The log was tampered with, or a part of it is lost.">
                {format!("{entries} entries are good, then {problem}. Compare it with a backup.")}
            </Banner>
        }
        .into_any(),
    }
}

#[component]
fn Search(
    here: String,
    asked: Asked,
    /// Of which clock the days are, where the person chose none.
    days_are: &'static str,
) -> impl IntoView {
    let rows = use_rows();
    let option = |value: String, text: String| SelectOption { value, text };
    let mut people: Vec<_> = rows.all::<Member>();
    people.sort_by_key(|member| member.name.as_str().to_lowercase());
    let anybody = option(String::new(), "Anybody".to_owned());
    let people: Vec<_> = std::iter::once(anybody)
        .chain(
            people
                .iter()
                .map(|member| option(member.id.to_string(), member.name.to_string())),
        )
        .collect();
    let anything = option(String::new(), "Anything".to_owned());
    let acts: Vec<_> = std::iter::once(anything)
        .chain(
            Act::ALL
                .iter()
                .map(|act| option(act.as_str().to_owned(), act.text().to_owned())),
        )
        .collect();
    view! {
        <Form method="GET" action=here attr:class="audit__search">
            <TextField label="Text" name="text" kind="search" initial=asked.text/>
            <Select label="Person" name="person" options=people initial=asked.person/>
            <Select label="What happened" name="act" options=acts initial=asked.act/>
            <TextField label=format!("From{days_are}") name="since" kind="date" initial=asked.since/>
            <TextField label=format!("To{days_are}") name="until" kind="date" initial=asked.until/>
            <Button kind=ButtonKind::Submit icon=IconName::Search>"Search"</Button>
        </Form>
    }
}

#[component]
fn Lines(page: Result<AuditPage, Failure>, asked: Asked, here: String) -> impl IntoView {
    let AuditPage { entries, before } = match page {
        Ok(page) => page,
        Err(failure) => {
            return view! { <Banner tone=Tone::Danger>{failure.0.message}</Banner> }.into_any();
        }
    };
    if entries.is_empty() {
        return view! {
            <EmptyState
                title="Nothing was found"
                text="Search for less, or for another time."
                icon=IconName::List
                compact=true
            />
        }
        .into_any();
    }
    let lines = entries
        .into_iter()
        .map(|entry| view! { <Line entry=entry/> });
    let older = before.map(|before| asked.older(&here, before));
    view! {
        <ol class="audit">{lines.collect_view()}</ol>
        {older.map(|older| view! { <p class="audit__files"><a href=older>"Older entries"</a></p> })}
    }
    .into_any()
}

#[component]
fn Line(entry: AuditEntry) -> impl IntoView {
    let text = entry.text().to_owned();
    let AuditEntry {
        at,
        actor,
        actor_name,
        via,
        subject,
        subject_name,
        count,
        address,
        user_agent,
        detail,
        ..
    } = entry;
    let rows = use_rows();
    // Whoever has no name any more has gone, and their id is all that is kept.
    let gone = actor.filter(|_| actor_name.is_none());
    let who = actor_name
        .or_else(|| gone.map(|_| "Somebody who has gone".to_owned()))
        .unwrap_or_else(|| "Nobody signed in".to_owned());
    let subject_name = subject_name.or_else(|| called(rows, subject.as_deref()?));
    let detail = detail.map(|detail| in_words(&detail, |id| called(rows, id)));
    let times = (count > 1).then(|| format!("{count} times"));
    // What has no name is known by its id, for who looks closer: the line itself stays readable.
    let nameless = subject.filter(|_| subject_name.is_none());
    let what = [subject_name, detail, times];
    let what: Vec<String> = what.into_iter().flatten().collect();
    let from: Vec<String> = [address, user_agent, via].into_iter().flatten().collect();
    view! {
        <li class="audit__entry">
            <p class="audit__what" title=nameless>
                <b title=gone.map(|id| id.to_string())>{who}</b>
                {format!(": {text}")}
                {(!what.is_empty()).then(|| format!(" ({})", what.join(", ")))}
            </p>
            <p class="audit__from">
                <Moment at=at/>
                {(!from.is_empty()).then(|| format!(" · {}", from.join(" · ")))}
            </p>
        </li>
    }
}

/// What the workspace calls somebody or something with that id.
fn called(rows: Rows, id: &str) -> Option<String> {
    let id: Uuid = id.parse().ok()?;
    let person = || Some(rows.get_untracked::<Member>(id.into())?.name.to_string());
    let project = || Some(rows.get_untracked::<Project>(id.into())?.name.to_string());
    let team = || Some(rows.get_untracked::<Team>(id.into())?.name.to_string());
    let workspace = || {
        rows.get_untracked::<Workspace>(id.into())
            .map(|it| it.name.to_string())
    };
    person().or_else(project).or_else(team).or_else(workspace)
}

/// A detail with names where it has ids of what still has one.
fn in_words(detail: &str, called: impl Fn(&str) -> Option<String>) -> String {
    let words = detail.split(' ');
    let words = words.map(|word| called(word).unwrap_or_else(|| word.to_owned()));
    words.collect::<Vec<_>>().join(" ")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_detail_says_names_where_there_are_any() {
        let called = |id: &str| (id == "7").then(|| "Ada King".to_owned());
        assert_eq!(in_words("person 7", called), "person Ada King");
        assert_eq!(in_words("person 8", called), "person 8");
    }

    #[test]
    fn a_day_is_asked_for_whole() {
        let asked = Asked {
            since: "2026-11-21".to_owned(),
            until: "2026-11-21".to_owned(),
            text: "a&b".to_owned(),
            ..Asked::default()
        };
        let filter = asked.filter(&Zone::default());
        let (since, until) = (filter.since.unwrap(), filter.until.unwrap());
        assert_eq!(until.0 - since.0, 86_400_000);
        assert_eq!(
            asked.older("/x", 7),
            "/x?before=7&since=2026-11-21&until=2026-11-21&text=a%26b"
        );
        let file = asked.file(None, "csv", &Zone::default());
        assert!(file.ends_with("&text=a%26b"));
        // Midnight in Berlin is an hour earlier.
        let berlin = asked.filter(&Zone(vec![(Time(0), 60)]));
        assert_eq!(since.0 - berlin.since.unwrap().0, 3_600_000);
    }
}
