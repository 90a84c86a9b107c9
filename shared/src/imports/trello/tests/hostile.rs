//! Boards that are too long, too crowded, broken or made to do harm.

use super::*;
use proptest::prelude::*;

/// A fixture with a change.
fn changed(json: &str, change: impl FnOnce(&mut Value)) -> String {
    let mut file: Value = serde_json::from_str(json).unwrap();
    change(&mut file);
    file.to_string()
}

#[test]
fn texts_that_are_too_long_are_cut_and_listed() {
    let json = changed(WORKSHOP, |file| {
        file["name"] = json!("b".repeat(200));
        file["cards"][0]["name"] = json!("é".repeat(400));
        file["cards"][0]["desc"] = json!("d".repeat(60_000));
        file["actions"][1]["data"]["text"] = json!("c".repeat(30_000));
        file["cards"][0]["attachments"][0]["url"] =
            json!(format!("https://example.org/{}", "x".repeat(3_000)));
    });
    let (world, plan) = imported(&json);
    let task = world.task(&format!("{}…", "é".repeat(254)));
    let description = world.tables.get::<Description>(task.id).unwrap();
    assert_eq!(description.markdown.as_str().chars().count(), 50_000);
    for what in [
        "Long board names",
        "Long titles of cards",
        "Long descriptions",
        "Long comments",
        "Attachments with broken links",
    ] {
        assert_eq!(lost(&plan.preview, what), 1, "{what}");
    }
}

#[test]
fn a_board_without_lists_gets_one() {
    let json = changed(WORKSHOP, |file| file["lists"] = json!([]));
    let (world, plan) = imported(&json);
    assert_eq!(noted(&plan.preview, "no_lists"), 1);
    assert_eq!(noted(&plan.preview, "cards_without_list"), 9);
    assert_eq!(
        world.tables.all::<Status>().next().unwrap().name.as_str(),
        "Inbox"
    );
    let empty = r#"{"name":"Empty","lists":[],"cards":[]}"#;
    let (world, plan) = imported(empty);
    assert_eq!(
        (plan.commands.len(), world.count::<Status>(|_| true)),
        (1, 1)
    );
}

#[test]
fn crowded_boards_are_brought_in_parts_and_what_does_not_fit_is_listed() {
    let people = 700;
    let json = changed(WORKSHOP, |file| {
        let person =
            |at: usize| json!({"id": format!("p{at}"), "fullName": format!("Person {at}")});
        file["members"] = (0..people).map(person).collect();
        let label = |at: usize| json!({"id": format!("l{at}"), "name": format!("Label {at}"), "color": "red"});
        file["labels"] = (0..600).map(label).collect();
        let all = |letter: &str, count: usize| {
            (0..count)
                .map(|at| format!("{letter}{at}"))
                .collect::<Value>()
        };
        let card = &mut file["cards"][1];
        card["idMembers"] = all("p", 60);
        card["idLabels"] = all("l", 120);
        let id = card["id"].clone();
        let lines = |at: usize| json!({"name": format!("Line {at}"), "state": "complete"});
        file["checklists"] =
            json!([{"idCard": id, "checkItems": (0..900).map(lines).collect::<Value>()}]);
        let comment = |at: usize| {
            let data = json!({"text": "Hello", "card": {"id": id}});
            json!({"type": "commentCard", "idMemberCreator": format!("p{at}"), "data": data})
        };
        file["actions"] = (0..500).map(comment).collect();
    });
    let (world, plan) = imported(&json);
    let preview = &plan.preview;
    let comments = world.count::<Comment>(|_| true);
    assert_eq!(comments + lost(preview, "Comments of crowded cards"), 500);
    assert_eq!(
        world.count::<ChecklistItem>(|_| true) + lost(preview, "Check items of crowded cards"),
        900
    );
    assert_eq!(lost(preview, "Members of crowded cards"), 10);
    assert_eq!(lost(preview, "Labels of crowded cards"), 20);
    // Six more stand on other cards only.
    assert_eq!(world.count::<Label>(|_| true), 606);
    let placeholders = world.count::<Member>(|member| member.placeholder);
    let alone = placeholders - 1;
    assert_eq!(
        alone + lost(preview, "Members without cards") + lost(preview, "People of their own"),
        people + 2
    );
    let shared = world
        .tables
        .all::<Comment>()
        .find(|c| c.text.as_str().ends_with(": Hello"));
    let author = world.tables.get::<Member>(shared.unwrap().author).unwrap();
    assert_eq!(author.name.as_str(), "Other people");
}

#[test]
fn five_thousand_cards_come_in_commands_of_bounded_size() {
    let json = changed(WORKSHOP, |file| {
        let list = file["lists"][0]["id"].clone();
        let card = |at: u32| json!({"name": format!("Card {at}"), "desc": "x".repeat(500), "idList": list, "idShort": at, "pos": at});
        file["cards"] = (1..=5_000).rev().map(card).collect();
    });
    let (world, plan) = imported(&json);
    for command in &plan.commands {
        assert!(serde_json::to_string(command).unwrap().len() < 2 << 20);
        if let Command::Imports(imports::Mutation::Add { tasks, .. }) = command {
            assert!(tasks.len() < 128);
        }
    }
    let done = world.task("Card 1").status;
    let numbers: Vec<u32> = world
        .tables
        .list(List::Tasks(done))
        .map(|id| world.tables.get::<Task>(id.into()).unwrap().number)
        .collect();
    assert_eq!(numbers, (1..=5_000).collect::<Vec<_>>());
}

#[test]
fn wrong_files_get_a_refusal_that_says_what_to_do() {
    let cards = format!(
        r#"{{"name":"x","lists":[],"cards":[{}{{}}]}}"#,
        "{},".repeat(20_000)
    );
    for (json, part) in [
        (
            r#"{"name":"x","cards":[]}"#,
            "not a Trello board export: missing field `lists`",
        ),
        (
            r#"{"name":"x","lists":[],"cards":{}}"#,
            "not a Trello board export: invalid type: map",
        ),
        (
            r#"{"name":"x","lists":null,"cards":null}"#,
            "not a Trello board export: invalid type: null",
        ),
        (
            r#"{"items":[{"id":1}]}"#,
            "not a Trello board export: missing field `name`",
        ),
        (r#"{"name":"x","lists":[{"id":"#, "ends in the middle"),
        (r#"{"name":"x","lists":[{"pos":47."#, "ends in the middle"),
        (
            r#"{"name":"x","lists":[{"closed":"no"}]"#,
            "not a Trello board export: invalid type: string",
        ),
        ("summary,key\nA,B", "not JSON"),
        (&cards, "more than 20000 cards"),
    ] {
        let refused = parse(json.as_bytes()).unwrap_err();
        assert_eq!(refused.code, crate::codes::Code::ImportInvalid);
        assert!(refused.message.contains(part), "{}", refused.message);
    }
    let refused = parse(b"{}").unwrap_err();
    assert!(
        refused.message.contains("Export as JSON"),
        "{}",
        refused.message
    );
}

#[test]
fn the_same_file_gives_the_same_commands() {
    let board = board(WORKSHOP);
    assert_eq!(planned(&board).commands, planned(&board).commands);
}

/// Replaces the n-th value of a tree; objects count before what is in them.
fn replace_nth(value: &mut Value, n: &mut usize, with: &Value) -> bool {
    if *n == 0 {
        *value = with.clone();
        return true;
    }
    *n -= 1;
    match value {
        Value::Array(list) => list.iter_mut().any(|value| replace_nth(value, n, with)),
        Value::Object(map) => map.values_mut().any(|value| replace_nth(value, n, with)),
        _ => false,
    }
}

fn any_value() -> impl Strategy<Value = Value> {
    prop_oneof![
        Just(json!(null)),
        Just(json!(true)),
        Just(json!(-1)),
        Just(json!(0.5)),
        Just(json!(1e300)),
        Just(json!(u64::MAX)),
        Just(json!("")),
        Just(json!("\u{0}\n\u{7f}")),
        Just(json!("9999-12-31T23:59:59.999-23:59")),
        Just(json!("0000-01-01T00:00:00+23:59")),
        Just(json!("ffffffffffffffffffffffff")),
        Just(json!([])),
        Just(json!({})),
        Just(json!([{}, null, [1], "x"])),
        "\\PC{0,400}".prop_map(Value::from),
        any::<f64>().prop_map(Value::from),
    ]
}

/// Whatever is accepted can be carried out.
fn parse_and_carry_out(bytes: &[u8]) {
    if let Ok(board) = parse(bytes) {
        let plan = planned(&board);
        World::new().carry_out(&plan);
    }
}

proptest! {
    #[test]
    fn any_bytes_are_read_or_refused(bytes in proptest::collection::vec(any::<u8>(), 0..200), text in "\\PC{0,200}") {
        parse_and_carry_out(&bytes);
        parse_and_carry_out(text.as_bytes());
        parse_and_carry_out(&[b"{\"name\":", bytes.as_slice()].concat());
    }

    #[test]
    fn a_file_that_ends_early_is_refused(at in 0..WORKSHOP.trim_end().len()) {
        let refused = parse(&WORKSHOP.as_bytes()[..at]).unwrap_err();
        prop_assert!(at == 0 || refused.message.contains("ends in the middle"), "{}", refused.message);
    }

    #[test]
    fn values_of_other_types_are_taken_or_refused(
        fixture in prop::sample::select(&FIXTURES[..]),
        changes in proptest::collection::vec((any::<prop::sample::Index>(), any_value()), 1..4),
    ) {
        let mut file: Value = serde_json::from_str(fixture.1).unwrap();
        for (at, with) in changes {
            replace_nth(&mut file, &mut at.index(1_200), &with);
        }
        parse_and_carry_out(file.to_string().as_bytes());
    }

    #[test]
    fn bytes_that_were_damaged_are_taken_or_refused(at in 0..WORKSHOP.len(), byte: u8) {
        let mut bytes = WORKSHOP.as_bytes().to_vec();
        bytes[at] = byte;
        parse_and_carry_out(&bytes);
    }
}
