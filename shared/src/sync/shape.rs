//! What rows consist of, as a number: by it two builds tell that they write the same row in the same way.

use super::digest::{OFFSET, hashed};
use super::protocol::SCHEMA;
use super::rows::Table;

/// Tells apart what rows consist of: with other fields, or written in another way, the same row comes to something else, and
/// is not to be compared.
pub const SHAPE: u64 = Table::shape(hashed(OFFSET, &SCHEMA.to_le_bytes()));

#[cfg(test)]
mod tests {
    use super::*;
    use crate::sync::rows::AnyRow;
    use serde_json::{Map, Value};

    /// A row of every table, and every field of it in use.
    const SAMPLES: &[(Table, &str)] = &[
        (
            Table::Workspaces,
            r#"{"id":"00000000-0000-0000-0000-000000000001","name":"Acme","slug":"acme","created_at":1700000000000,"plan":"team","deleted_at":1700000000001,"two_step_required":true}"#,
        ),
        (
            Table::Members,
            r#"{"id":"00000000-0000-0000-0000-000000000002","name":"Mina","handle":"mina","color":"teal","avatar":"0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef","role":"member","active":true,"placeholder":true,"bot":true,"joined_at":1700000000000}"#,
        ),
        (
            Table::Projects,
            r#"{"id":"00000000-0000-0000-0000-000000000003","key":"WEB","name":"Website","color":"blue","visibility":"private","lead":"00000000-0000-0000-0000-000000000002","members":["00000000-0000-0000-0000-000000000002"],"start_on":"2026-01-31","due_on":"2026-02-28","next_number":7,"archived_at":1700000000001,"trashed_at":1700000000002,"created_by":"00000000-0000-0000-0000-000000000002","created_at":1700000000000}"#,
        ),
        (
            Table::Statuses,
            r#"{"id":"00000000-0000-0000-0000-000000000004","project":"00000000-0000-0000-0000-000000000003","name":"Doing","category":"started","color":"blue","rank":"a0","wip_limit":3,"archived_at":1700000000001}"#,
        ),
        (
            Table::Labels,
            r#"{"id":"00000000-0000-0000-0000-000000000005","project":"00000000-0000-0000-0000-000000000003","name":"Bug","color":"red"}"#,
        ),
        (
            Table::Tasks,
            r#"{"id":"00000000-0000-0000-0000-000000000006","project":"00000000-0000-0000-0000-000000000003","number":6,"title":"Draw","status":"00000000-0000-0000-0000-000000000004","rank":"a0","priority":"high","points":3,"estimate":90,"start_on":"2026-01-31","due_on":"2026-02-28","assignees":["00000000-0000-0000-0000-000000000002"],"labels":["00000000-0000-0000-0000-000000000005"],"parent":"00000000-0000-0000-0000-000000000007","checklist_total":2,"checklist_done":1,"comment_count":4,"has_description":true,"completed_at":1700000000001,"archived_at":1700000000002,"trashed_at":1700000000003,"created_by":"00000000-0000-0000-0000-000000000002","created_at":1700000000000}"#,
        ),
        (
            Table::Descriptions,
            r#"{"id":"00000000-0000-0000-0000-000000000006","project":"00000000-0000-0000-0000-000000000003","markdown":"Some *text*"}"#,
        ),
        (
            Table::ChecklistItems,
            r#"{"id":"00000000-0000-0000-0000-000000000008","task":"00000000-0000-0000-0000-000000000006","project":"00000000-0000-0000-0000-000000000003","text":"Sketch","done":true,"rank":"a0","heading":"First"}"#,
        ),
        (
            Table::Comments,
            r#"{"id":"00000000-0000-0000-0000-000000000009","task":"00000000-0000-0000-0000-000000000006","project":"00000000-0000-0000-0000-000000000003","author":"00000000-0000-0000-0000-000000000002","text":"Looks *good*","created_at":1700000000000,"edited_at":1700000000001}"#,
        ),
        (
            Table::Attachments,
            r#"{"id":"00000000-0000-0000-0000-00000000000a","task":"00000000-0000-0000-0000-000000000006","project":"00000000-0000-0000-0000-000000000003","title":"Draft","url":"https://example.org/draft","added_by":"00000000-0000-0000-0000-000000000002","added_at":1700000000000}"#,
        ),
        (
            Table::Imports,
            r#"{"id":"00000000-0000-0000-0000-00000000000b","project":"00000000-0000-0000-0000-000000000003","source":"trello","name":"Old board","placeholders":["00000000-0000-0000-0000-000000000002"],"task_count":12,"created_by":"00000000-0000-0000-0000-000000000002","created_at":1700000000000,"undone_at":1700000000001}"#,
        ),
        (
            Table::Teams,
            r#"{"id":"00000000-0000-0000-0000-00000000000c","name":"Design","lead":"00000000-0000-0000-0000-000000000002","members":["00000000-0000-0000-0000-000000000002"],"created_at":1700000000000}"#,
        ),
    ];
    /// What the samples come to under [`SCHEMA`]. Where they are written in another way, raise that, and write the new sum
    /// here: a browser that has kept rows as they were fetches them anew.
    const FINGERPRINT: (u32, u64) = (1, 15_826_840_732_813_070_195);

    #[test]
    fn rows_are_written_as_the_schema_says() {
        let tables: Vec<Table> = SAMPLES.iter().map(|(table, _)| *table).collect();
        assert_eq!(tables, Table::ALL, "each table has a sample");
        let mut sum = OFFSET;
        for (table, sample) in SAMPLES {
            let row = AnyRow::from_json(*table, sample).unwrap();
            assert_eq!(row.to_json(), *sample, "{}", table.as_str());
            let written: Map<String, Value> = serde_json::from_str(sample).unwrap();
            let fields: Vec<&str> = table.fields().split_whitespace().collect();
            let unwritten = fields.iter().find(|field| !written.contains_key(**field));
            assert_eq!(
                unwritten,
                None,
                "{}: the sample uses each field",
                table.as_str()
            );
            sum = hashed(sum, sample.as_bytes());
        }
        assert_eq!(
            (SCHEMA, sum),
            FINGERPRINT,
            "rows are written in another way: raise SCHEMA"
        );
    }
}
