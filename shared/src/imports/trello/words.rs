//! What Trello's words mean here: the categories of lists, guessed from their names, and the colours.

use crate::statuses::Category;
use crate::values::Color;

/// Names of lists by what being in them means, as whole words in lower case, parted by commas. The first category of
/// which one is found decides.
const WORDS: &[(Category, &[&str])] = &[
    // Not begun or not over, although a word of what follows is in the name.
    (
        Category::Todo,
        &[
            "not started, not done, to be done, to do, todo, ready for development, ready for dev",
            "definition of done, nicht begonnen, zu erledigen, por hacer, à faire, da fare, a fazer",
            "сделать, לביצוע",
        ],
    ),
    (
        Category::Cancelled,
        &[
            "cancelled, canceled, rejected, denied, declined, wontfix, won t do, won t fix, wont do",
            "abandoned, dropped, obsolete, invalid, duplicate, duplicates",
            "abgebrochen, abgelehnt, verworfen, annulé, annulée, annulés, abandonné, rejeté",
            "cancelado, cancelados, rechazado, descartado, rejeitado, annullato, geannuleerd, afgewezen",
            "anulowane, отменено, отклонено, בוטל, מבוטל, キャンセル, 取消",
        ],
    ),
    (
        Category::Done,
        &[
            "done, complete, completed, finished, closed, shipped, released, deployed, resolved, fixed",
            "delivered, erledigt, fertig, abgeschlossen, beendet",
            "terminé, terminée, terminés, fini, finie, finis, achevé, livré",
            "hecho, hechos, terminado, completado, finalizado, finalizada, listo, listos",
            "feito, concluído, concluido, fatto, completato, finito",
            "klaar, gereed, afgerond, voltooid, färdig, klart, klar, ferdig, færdig, valmis",
            "gotowe, zrobione, hotovo, kész, tamamlandı, bitti",
            "готово, выполнено, завершено, сделано, виконано, הושלם, בוצע, גמור, تم, منجز",
            "完了, 完成, 완료",
        ],
    ),
    (
        Category::Started,
        &[
            "doing, in progress, progress, wip, started, active, current, ongoing, working on",
            "development, developing, review, reviewing, test, testing, qa, verify, verification",
            "staging, blocked, waiting, on hold",
            "in arbeit, in bearbeitung, laufend, läuft, prüfung, en cours, en révision, en attente",
            "en proceso, en curso, en progreso, haciendo, en revisión, em andamento, em progresso",
            "fazendo, em curso, in corso, in lavorazione, bezig, in uitvoering, pågår, pågående, i gang",
            "w trakcie, w toku, в работе, в процессе, в роботі, devam ediyor",
            "בתהליך, בביצוע, בעבודה, قيد التنفيذ, 進行中, 进行中, 作業中, 진행 중, 진행중",
        ],
    ),
    (
        Category::Backlog,
        &[
            "backlog, icebox, ideas, idea, later, someday, suggestions, suggestion, wishlist, wish list",
            "parking lot, brainstorm, brainstorming, inbox, future, maybe, proposals",
            "ideen, ideenspeicher, später, vorschläge, idées, plus tard, propositions",
            "sugerencias, más tarde, pendientes, ideias, sugestões, mais tarde, idee, ideeën, suggesties",
            "pomysły, идеи, позже, רעיונות, הצעות, أفكار, アイデア, 想法",
        ],
    ),
];

/// What being in a list of that name means; work to do, unless the name says otherwise.
pub(super) fn category(name: &str) -> Category {
    let lower = name.to_lowercase();
    let words: Vec<&str> = lower
        .split(|c: char| !c.is_alphanumeric())
        .filter(|word| !word.is_empty())
        .collect();
    let words = format!(" {} ", words.join(" "));
    let says = |word: &'static str| {
        // These scripts put no spaces between words.
        let unspaced = word
            .chars()
            .any(|c| matches!(c, '\u{3040}'..='\u{30ff}' | '\u{4e00}'..='\u{9fff}'));
        if unspaced {
            words.contains(word)
        } else {
            words.contains(&format!(" {word} "))
        }
    };
    WORDS
        .iter()
        .find(|(_, lines)| lines.iter().flat_map(|line| line.split(", ")).any(says))
        .map_or(Category::Todo, |(category, _)| *category)
}

/// The colour of a list: the one it has, or the one of its category.
pub(super) fn list_color(name: &str, category: Category) -> Color {
    match category {
        _ if !name.is_empty() => color(name),
        Category::Backlog | Category::Todo | Category::Cancelled => Color::Gray,
        Category::Started => Color::Amber,
        Category::Done => Color::Green,
    }
}

/// Our colour for one of Trello's, such as `sky` or `green_dark`. Grey stands for none.
pub(super) fn color(name: &str) -> Color {
    let (base, shade) = name.split_once('_').unwrap_or((name, ""));
    match (base, shade) {
        ("yellow", "dark") => Color::Amber,
        ("orange", "dark") => Color::Brown,
        ("sky", "dark") => Color::Teal,
        ("blue", "dark") => Color::Indigo,
        ("sky", _) => Color::Cyan,
        ("purple", _) => Color::Violet,
        ("magenta", _) => Color::Pink,
        _ => Color::parse(base).unwrap_or_default(),
    }
}

/// What to call a label that is a colour alone: `green_dark` becomes `Dark green`.
pub(super) fn color_in_words(name: &str) -> String {
    let words = match name.split_once('_') {
        Some((base, shade)) => format!("{shade} {base}"),
        None => name.to_owned(),
    };
    let mut chars = words.chars();
    match chars.next() {
        Some(first) => first.to_uppercase().chain(chars).collect(),
        None => "No colour".into(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lists_get_the_category_that_their_name_says() {
        for (category_expected, names) in [
            (
                Category::Done,
                &[
                    "Done",
                    "DONE!",
                    "✅ Done",
                    "Finished",
                    "Erledigt",
                    "Terminé",
                    "Hecho",
                    "Готово",
                    "הושלם",
                    "已完成",
                ][..],
            ),
            (
                Category::Started,
                &[
                    "Doing",
                    "in_progress",
                    "Work in Progress",
                    "QA",
                    "Staging - Minor - v4.6.2",
                    "En cours",
                    "進行中のタスク",
                ],
            ),
            (
                Category::Backlog,
                &["Backlog", "Ideas 💡", "Suggestions", "Icebox", "Später"],
            ),
            (
                Category::Cancelled,
                &["Denied", "Won't do", "Cancelled / done", "Abgelehnt"],
            ),
            (
                Category::Todo,
                &[
                    "To Do",
                    "todo",
                    "Key",
                    "Not started",
                    "Front End",
                    "",
                    "Undone",
                    "Zu erledigen",
                    "Prioritized Stories",
                ],
            ),
        ] {
            for name in names {
                assert_eq!(category(name), category_expected, "{name}");
            }
        }
    }

    #[test]
    fn every_colour_of_trello_has_one_here() {
        let shades = ["", "_dark", "_light"];
        for base in [
            "green", "yellow", "orange", "red", "purple", "blue", "sky", "lime", "pink",
        ] {
            for shade in shades {
                assert_ne!(
                    color(&format!("{base}{shade}")),
                    Color::Gray,
                    "{base}{shade}"
                );
            }
        }
        for none in ["", "black", "black_dark", "gray", "unheard-of"] {
            assert_eq!(color(none), Color::Gray, "{none}");
        }
        assert_eq!(color_in_words("sky_light"), "Light sky");
        assert_eq!(color_in_words("green"), "Green");
        assert_eq!(color_in_words(""), "No colour");
    }
}
