use shared::imports::{Ids, trello};
use shared::sync::Command;
use shared::values::Time;

/// A board of another tool: it is refused, or planned, and then every command of the plan can be sent.
pub fn imports(bytes: &[u8]) {
    let Ok(board) = trello::parse(bytes) else {
        return;
    };
    let target = board.target(&[]);
    let preview = trello::preview(&board, target.clone());
    let mut random = || [7; 10];
    let plan = trello::plan(&board, target, &mut Ids::new(Time(1_000), &mut random));
    assert_eq!(plan.preview, preview, "what is told is what is done");
    for command in &plan.commands {
        let json = serde_json::to_string(command).expect("a command is plain data");
        let again: Command = serde_json::from_str(&json).expect("what was written is read");
        assert_eq!(&again, command);
    }
}
