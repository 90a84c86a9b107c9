use shared::ids::{CommandId, ProjectId, StatusId, TaskId, UserId, WorkspaceId};
use shared::limits::Limits;
use shared::projects::{self, Visibility, default_statuses};
use shared::sync::frame_text::FrameText;
use shared::sync::protocol::{ClientMessage, Push, ServerMessage};
use shared::sync::{Command, Context, Heard, Part, Tables, changes, take_over};
use shared::values::{Color, Name, Place, ProjectKey, Slug, Time, Title};
use shared::{tasks, workspaces};
use uuid::Uuid;

/// A message of a browser or of a server, or what is in one. What can be read is written and read again alike, commands are
/// carried out or refused, and changes are taken over or not.
pub fn protocol(bytes: &[u8]) {
    let Ok(text) = std::str::from_utf8(bytes) else {
        return;
    };
    if let Ok(message) = serde_json::from_str::<ClientMessage>(text) {
        let json = serde_json::to_string(&message).expect("a message is plain data");
        assert!(
            serde_json::from_str::<ClientMessage>(&json).is_ok(),
            "{json}"
        );
        if let ClientMessage::Push { commands } = &message {
            for numbered in commands {
                carry_out(numbered.command.get());
            }
        }
    }
    if let Ok(push) = serde_json::from_str::<Push>(text) {
        for numbered in &push.commands {
            carry_out(numbered.command.get());
        }
    }
    carry_out(text);
    if let Ok(message) = serde_json::from_str::<ServerMessage>(text) {
        let _ = Heard::of(&message);
        if let ServerMessage::Frame(frame) = &message {
            let parts: Vec<&Part> = frame.parts.iter().collect();
            let _ = take_over(&mut rows(), &parts, |_| true);
            put_together(&frame.parts);
        }
    }
}

fn put_together(parts: &[Part]) {
    let mut message = FrameText::from(0);
    message.to = 1;
    for part in parts {
        message.part(&serde_json::to_string(part).expect("a part is plain data"));
    }
    let text = message.take();
    assert!(
        serde_json::from_str::<ServerMessage>(&text).is_ok(),
        "{text}"
    );
}

fn carry_out(text: &str) {
    let Ok(command) = serde_json::from_str::<Command>(text) else {
        return;
    };
    let json = serde_json::to_string(&command).expect("a command is plain data");
    let again: Command = serde_json::from_str(&json).expect("what was written is read");
    assert_eq!(again, command);
    let rows = rows();
    let _ = (
        command.needs(),
        command.further_needs(&rows),
        command.permission(),
    );
    let _ = command.inverse(&rows, context());
    if let Ok(writes) = command.apply_limited(&rows, context(), Limits::default()) {
        for (scope, changes) in changes(&rows, &writes) {
            let part = Part {
                seq: 1_000,
                scope,
                by: None,
                seen: None,
                changes,
            };
            put_together(&[part]);
        }
    }
}

fn context() -> Context {
    Context {
        actor: UserId::from_uuid(Uuid::from_u128(9)),
        now: Time(1_700_000_000_000),
        cid: CommandId::from_uuid(Uuid::from_u128(10)),
    }
}

/// A workspace with a project and a task, by ids that the corpus names.
fn rows() -> Tables {
    let project = ProjectId::from_uuid(Uuid::from_u128(2));
    let mut next = 100;
    let statuses = default_statuses(|| {
        next += 1;
        StatusId::from_uuid(Uuid::from_u128(next))
    });
    let status = statuses[0].id;
    let name = |text| Name::parse(text).expect("a constant name is valid");
    let commands: [Command; 3] = [
        workspaces::Mutation::Create {
            id: WorkspaceId::from_uuid(Uuid::from_u128(1)),
            name: name("North light"),
            slug: Slug::parse("north-light").expect("a constant address is valid"),
            owner_name: name("Olive"),
        }
        .into(),
        projects::Mutation::Create {
            id: project,
            key: ProjectKey::parse("WEB").expect("a constant key is valid"),
            name: name("Web app"),
            color: Color::Teal,
            visibility: Visibility::Workspace,
            statuses,
        }
        .into(),
        tasks::Mutation::Create {
            id: TaskId::from_uuid(Uuid::from_u128(3)),
            project,
            status,
            place: Place::Last,
            title: Title::parse("One").expect("a constant title is valid"),
            fields: Box::default(),
        }
        .into(),
    ];
    let mut rows = Tables::default();
    for (seq, command) in (1..).zip(commands) {
        let writes = command.apply_limited(&rows, context(), Limits::default());
        for (_, row) in writes.expect("it may begin") {
            if let Some(row) = row {
                drop(rows.put(seq, row));
            }
        }
    }
    rows
}
