//! From a board to commands: lists become columns, cards tasks, and so on; what that leaves behind is written down.

use super::board::Board;
use super::cards::{self, Lookup};
use super::left;
use super::people::People;
use super::report::Report;
use super::words;
use crate::ids::{LabelId, ProjectId};
use crate::imports::plan::{Beginning, commands};
use crate::imports::report::{Ledger, number_of};
use crate::imports::text::Texts;
use crate::imports::{self, Ids, ImportedLabel, ImportedTask, Plan, Preview, Source, Target};
use crate::projects::NewStatus;
use crate::statuses::Category;
use crate::values::{Color, LabelName, Name, ProjectKey, Rank, Time};
use std::collections::{BTreeMap, BTreeSet};

/// Trello counts a board's cards from 1. Numbers beyond this are not Trello's.
const NUMBER_MAX: f64 = 1_000_000.0;

/// A plan in the making.
pub(super) struct Draft<'a, 'i> {
    pub(super) board: &'a Board,
    pub(super) ids: &'a mut Ids<'i>,
    pub(super) texts: Texts,
    pub(super) ledger: Ledger,
}

impl Board {
    /// What to call the project: as the board, with a key that is not among those taken.
    pub fn target(&self, taken: &[ProjectKey]) -> Target {
        let name = Texts::default().fit(&self.name, "board names");
        let name = name
            .unwrap_or_else(|| Name::parse("Imported board").expect("a constant name is valid"));
        Target::suggested(name, taken)
    }
}

/// What an import would do, without doing it.
pub fn preview(board: &Board, target: Target) -> Preview {
    let mut same = || [0; 10];
    plan(board, target, &mut Ids::new(Time::default(), &mut same)).preview
}

/// The commands that import a board. Whoever carries them out owns the project; nobody else's words become theirs.
pub fn plan(board: &Board, target: Target, ids: &mut Ids<'_>) -> Plan {
    let mut draft = Draft {
        board,
        ids,
        texts: Texts::default(),
        ledger: Ledger::default(),
    };
    draft.texts.mended(board.mended);
    let (import, project): (_, ProjectId) = (draft.ids.fresh(), draft.ids.fresh());
    let columns = Columns::of(&mut draft);
    let labels = Labels::of(&mut draft);
    let people = People::of(&mut draft, columns.statuses.len());
    let lookup = Lookup::of(board, columns, labels.by_key, people);
    let places = places(&mut draft, &lookup.columns);
    let tasks: Vec<ImportedTask> = numbers(&mut draft, &places)
        .into_iter()
        .map(|(number, card)| cards::task(&mut draft, &lookup, card, number, places[card].clone()))
        .collect();
    cards::tell(&mut draft.ledger, board, &tasks);
    left::tell(&mut draft.ledger, board);
    let Draft {
        texts, mut ledger, ..
    } = draft;
    texts.tell(&mut ledger);
    let preview = Preview {
        report: imports::Report::Trello(Report::of(board)),
        name: target.name.clone(),
        key: target.key.clone(),
        maps: ledger.maps,
        unmapped: ledger.unmapped,
        notes: ledger.notes,
    };
    let beginning = Beginning {
        import,
        project,
        source: Source::Trello,
        target,
        statuses: lookup.columns.statuses,
        labels: labels.imported,
        people: lookup.people.imported,
    };
    Plan {
        import,
        project,
        commands: commands(beginning, tasks),
        preview,
    }
}

/// The columns, in order, and which list became which.
pub(super) struct Columns {
    pub(super) statuses: Vec<NewStatus>,
    by_list: BTreeMap<String, usize>,
    /// Where cards go whose list is not in the file.
    fallback: usize,
}

impl Columns {
    fn of(draft: &mut Draft<'_, '_>) -> Self {
        let mut lists: Vec<_> = draft.board.lists.iter().collect();
        lists.sort_by(|a, b| a.pos.total_cmp(&b.pos));
        let mut columns = Self {
            statuses: Vec::new(),
            by_list: BTreeMap::new(),
            fallback: 0,
        };
        let mut untitled = 0;
        for list in lists {
            let category = words::category(&list.name);
            let name = draft.texts.fit(&list.name, "names of lists");
            untitled += usize::from(name.is_none());
            let name =
                name.unwrap_or_else(|| Name::parse("Untitled").expect("a constant name is valid"));
            if !list.id.is_empty() {
                let at = columns.statuses.len();
                columns.by_list.entry(list.id.clone()).or_insert(at);
            }
            columns.statuses.push(NewStatus {
                id: draft.ids.fresh(),
                name,
                category,
                color: words::list_color(&list.color, category),
                archived: list.closed,
                wip_limit: None,
            });
        }
        let lists = number_of(untitled, "list");
        let text = format!("{lists} without a name: called \"Untitled\".");
        draft.ledger.note("untitled_lists", untitled, text);
        let archived = columns
            .statuses
            .iter()
            .filter(|status| status.archived)
            .count();
        draft
            .ledger
            .map("Lists", "Columns", columns.statuses.len() - archived);
        draft
            .ledger
            .map("Archived lists", "Archived columns", archived);
        columns.open_one(draft);
        columns
    }

    /// A project needs a column that takes tasks.
    fn open_one(&mut self, draft: &mut Draft<'_, '_>) {
        if let Some(open) = self.statuses.iter().position(|status| !status.archived) {
            self.fallback = open;
        } else if let Some(first) = self.statuses.first_mut() {
            first.archived = false;
            let text = format!("All lists were archived; \"{}\" was restored.", first.name);
            draft.ledger.note("restored_list", 1, text);
        } else {
            let id = draft.ids.fresh();
            self.statuses.push(NewStatus {
                id,
                name: Name::parse("Inbox").expect("a constant name is valid"),
                category: Category::Todo,
                color: Color::Gray,
                archived: false,
                wip_limit: None,
            });
            let text = "The board had no lists; it begins with the column \"Inbox\".";
            draft.ledger.note("no_lists", 1, text.into());
        }
    }

    fn find(&self, list: &str) -> Option<usize> {
        self.by_list.get(list).copied()
    }
}

struct Labels {
    imported: Vec<ImportedLabel>,
    by_key: BTreeMap<String, LabelId>,
}

impl Labels {
    /// The board's labels, and those that only stand on cards: very old exports have no others.
    fn of(draft: &mut Draft<'_, '_>) -> Self {
        let board = draft.board;
        let mut labels = Self {
            imported: Vec::new(),
            by_key: BTreeMap::new(),
        };
        let mut unnamed = 0;
        let on_cards = board.cards.iter().flat_map(|card| &card.labels);
        for (at, label) in board.labels.iter().chain(on_cards).enumerate() {
            let key = label.key();
            if at >= board.labels.len() && labels.by_key.contains_key(&key) {
                continue;
            }
            let name = draft.texts.fit(&label.name, "names of labels");
            unnamed += usize::from(name.is_none());
            let name = name
                .or_else(|| {
                    draft
                        .texts
                        .fit(&words::color_in_words(&label.color), "names of labels")
                })
                .unwrap_or_else(|| LabelName::parse("Label").expect("a constant name is valid"));
            let id = draft.ids.fresh();
            labels.by_key.entry(key).or_insert(id);
            labels.imported.push(ImportedLabel {
                id,
                name,
                color: words::color(&label.color),
            });
        }
        draft.ledger.map("Labels", "Labels", labels.imported.len());
        let text = format!(
            "{} without a name: called by their colour.",
            number_of(unnamed, "label")
        );
        draft.ledger.note("unnamed_labels", unnamed, text);
        labels
    }
}

/// Where a card goes.
#[derive(Clone)]
pub(super) struct Place {
    /// Among the columns.
    pub(super) column: usize,
    pub(super) rank: Rank,
}

/// The place of each card, in the order of the file.
fn places(draft: &mut Draft<'_, '_>, columns: &Columns) -> Vec<Place> {
    let cards = &draft.board.cards;
    // Strangers come after those who were there.
    let mut order: Vec<(usize, bool, usize)> = cards
        .iter()
        .enumerate()
        .map(|(at, card)| match columns.find(&card.id_list) {
            Some(column) => (column, false, at),
            None => (columns.fallback, true, at),
        })
        .collect();
    let strangers = order.iter().filter(|(_, stranger, _)| *stranger).count();
    let name = &columns.statuses[columns.fallback].name;
    let lost = number_of(strangers, "card");
    let text = format!("{lost} on no list of the file: put into \"{name}\".");
    draft.ledger.note("cards_without_list", strangers, text);
    order.sort_by(|a, b| {
        let pos = |at: usize| cards[at].pos;
        (a.0, a.1)
            .cmp(&(b.0, b.1))
            .then(pos(a.2).total_cmp(&pos(b.2)))
    });
    let mut places = vec![
        Place {
            column: 0,
            rank: Rank::default()
        };
        cards.len()
    ];
    for column in order.chunk_by(|a, b| a.0 == b.0) {
        for ((column, _, at), rank) in column.iter().zip(Rank::spread(column.len())) {
            places[*at] = Place {
                column: *column,
                rank,
            };
        }
    }
    places
}

/// The number of each task and its card, in ascending order: Trello's own numbers, as people know and quote them, or new
/// ones where those are missing or repeated.
fn numbers(draft: &mut Draft<'_, '_>, places: &[Place]) -> Vec<(u32, usize)> {
    let cards = &draft.board.cards;
    let own: BTreeSet<(u32, usize)> = cards
        .iter()
        .enumerate()
        .filter_map(|(at, card)| Some((number(card.id_short)?, at)))
        .collect();
    let distinct: BTreeSet<u32> = own.iter().map(|(number, _)| *number).collect();
    if distinct.len() == cards.len() {
        return own.into_iter().collect();
    }
    let text =
        "The cards have no numbers of their own, or the same twice; tasks are numbered from 1.";
    draft.ledger.note("numbered_anew", cards.len(), text.into());
    let mut order: Vec<usize> = (0..cards.len()).collect();
    order.sort_by_key(|at| (places[*at].column, &places[*at].rank));
    (1..).zip(order).collect()
}

fn number(id_short: f64) -> Option<u32> {
    let fits = (1.0..=NUMBER_MAX).contains(&id_short) && id_short.fract() == 0.0;
    #[expect(
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        reason = "a whole number between 1 and a million"
    )]
    fits.then_some(id_short as u32)
}
