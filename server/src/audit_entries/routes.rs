//! The audit log as a file: CSV or JSON Lines, streamed page by page.

use super::{Chain, Note, note_alone};
use crate::access::Visit;
use crate::accounts;
use crate::app::App;
use crate::http::Error;
use crate::http::api::Moment;
use crate::http::extract::{Query, SignedIn};
use axum::Router;
use axum::body::Body;
use axum::extract::State;
use axum::http::header::{CACHE_CONTROL, CONTENT_DISPOSITION, CONTENT_TYPE};
use axum::response::{IntoResponse as _, Response};
use axum::routing::get;
use bytes::Bytes;
use futures::stream;
use serde::Deserialize;
use shared::access::Action;
use shared::audit_entries::{Act, AuditEntry, AuditFilter};
use shared::ids::{UserId, WorkspaceId};
use shared::values::Time;

/// How many entries are read at once.
const RUN: u32 = 500;

pub(crate) fn routes() -> Router<App> {
    Router::new().route("/audit-log", get(export))
}

#[derive(Clone, Copy, Deserialize)]
#[serde(rename_all = "lowercase")]
enum Format {
    Csv,
    Jsonl,
}

/// Which entries, and as what.
#[derive(Deserialize)]
struct Wanted {
    /// The workspace; the server's own log where it is not given.
    workspace: Option<WorkspaceId>,
    format: Format,
    person: Option<UserId>,
    act: Option<String>,
    since: Option<i64>,
    until: Option<i64>,
    text: Option<String>,
}

/// The chain that somebody may read, or why they may not.
pub(crate) async fn readable(
    app: &App,
    who: &SignedIn,
    workspace: Option<WorkspaceId>,
) -> Result<Chain, Error> {
    if let Some(id) = workspace {
        Visit::to(app, who, id).await?.require(Action::ReadAudit)?;
        return Ok(Chain::Workspace(id));
    }
    accounts::require_site_admin(app, who).await?;
    Ok(Chain::Server)
}

async fn export(
    State(app): State<App>,
    who: SignedIn,
    Query(wanted): Query<Wanted>,
) -> Result<Response, Error> {
    let chain = readable(&app, &who, wanted.workspace).await?;
    note_alone(&app, Note::of(chain, Act::LogExported)).await?;
    let filter = AuditFilter {
        person: wanted.person,
        act: wanted.act,
        since: wanted.since.map(Time),
        until: wanted.until.map(Time),
        text: wanted.text,
    };
    let (kind, name) = match wanted.format {
        Format::Csv => ("text/csv; charset=utf-8", "audit-log.csv"),
        Format::Jsonl => ("application/jsonl", "audit-log.jsonl"),
    };
    let head = match wanted.format {
        Format::Csv => CSV_HEAD,
        Format::Jsonl => "",
    };
    let format = wanted.format;
    // Read as fast as it is taken: nobody's memory holds the whole log.
    let pages = stream::try_unfold(Some((head.to_owned(), None)), move |state| {
        let (app, filter) = (app.clone(), filter.clone());
        async move {
            let Some((mut text, before)) = state else {
                return Ok::<_, std::io::Error>(None);
            };
            let page = super::list(&app, chain, &filter, before, RUN).await;
            let page =
                page.map_err(|error| std::io::Error::other(error.into_rejected().message))?;
            for entry in &page.entries {
                match format {
                    Format::Csv => csv_line(&mut text, entry),
                    Format::Jsonl => {
                        text.push_str(&serde_json::to_string(entry)?);
                        text.push('\n');
                    }
                }
            }
            let next = page.before.map(|before| (String::new(), Some(before)));
            Ok(Some((Bytes::from(text), next)))
        }
    });
    let headers = [
        (CONTENT_TYPE, kind.to_owned()),
        (CACHE_CONTROL, "no-store".to_owned()),
        (
            CONTENT_DISPOSITION,
            format!("attachment; filename=\"{name}\""),
        ),
    ];
    Ok((headers, Body::from_stream(pages)).into_response())
}

const CSV_HEAD: &str =
    "number,time,act,actor,actor_name,via,subject,subject_name,count,address,user_agent,detail\r\n";

fn csv_line(text: &mut String, entry: &AuditEntry) {
    let fields = [
        entry.seq.to_string(),
        Moment(entry.at).to_string(),
        entry.act.clone(),
        entry.actor.map(|id| id.to_string()).unwrap_or_default(),
        entry.actor_name.clone().unwrap_or_default(),
        entry.via.clone().unwrap_or_default(),
        entry.subject.clone().unwrap_or_default(),
        entry.subject_name.clone().unwrap_or_default(),
        entry.count.to_string(),
        entry.address.clone().unwrap_or_default(),
        entry.user_agent.clone().unwrap_or_default(),
        entry.detail.clone().unwrap_or_default(),
    ];
    let fields: Vec<String> = fields.iter().map(|field| csv_field(field)).collect();
    text.push_str(&fields.join(","));
    text.push_str("\r\n");
}

/// A field in quotes. Spreadsheets carry out what begins like a formula; an apostrophe before it keeps it a text.
fn csv_field(field: &str) -> String {
    let is_formula = field.starts_with(['=', '+', '-', '@', '\t', '\r']);
    let guard = if is_formula { "'" } else { "" };
    format!("\"{guard}{}\"", field.replace('"', "\"\""))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_field_can_neither_break_out_nor_be_a_formula() {
        assert_eq!(csv_field("a\"b,c\nd"), "\"a\"\"b,c\nd\"");
        assert_eq!(csv_field("=HYPERLINK(1)"), "\"'=HYPERLINK(1)\"");
        assert_eq!(csv_field("@x"), "\"'@x\"");
    }
}
