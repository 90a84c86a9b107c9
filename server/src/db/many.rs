//! One statement for many rows: the database is asked once and not once for each.

use sqlx::AssertSqlSafe;

/// How many rows one statement takes. Few sizes, so that each text is prepared once and kept.
const SIZES: [usize; 4] = [64, 16, 4, 1];

/// Cuts rows into runs, each for one statement.
pub fn runs<T>(mut rows: &[T]) -> impl Iterator<Item = &[T]> {
    std::iter::from_fn(move || {
        let size = SIZES.into_iter().find(|size| *size <= rows.len())?;
        let (run, rest) = rows.split_at(size);
        rows = rest;
        Some(run)
    })
}

/// The text of an insert of one row, `insert into t (a, b) values ($1, $2)`, for so many rows. What follows the values,
/// such as `on conflict`, holds for each.
///
/// # Panics
/// If the text has no values.
pub fn insert(one: &'static str, rows: usize) -> AssertSqlSafe<String> {
    let (head, rest) = one.split_once("values (").expect("an insert has values");
    let (values, tail) = rest.split_once(')').expect("a list of values ends");
    let columns = values.matches('$').count();
    let row = |row: usize| {
        let places = (1..=columns).map(|column| format!("${}", row * columns + column));
        format!("({})", places.collect::<Vec<_>>().join(", "))
    };
    let rows = (0..rows).map(row).collect::<Vec<_>>().join(", ");
    // Made of a constant and numbers alone.
    AssertSqlSafe(format!("{head}values {rows}{tail}"))
}

/// The text of a query among values, `... in ($1)`, for so many of them.
///
/// # Panics
/// If the text does not ask for one.
pub fn among(one: &'static str, values: usize) -> AssertSqlSafe<String> {
    let (head, tail) = one
        .split_once("in ($1)")
        .expect("a query among values asks for one");
    let places: Vec<_> = (1..=values).map(|value| format!("${value}")).collect();
    // Made of a constant and numbers alone.
    AssertSqlSafe(format!("{head}in ({}){tail}", places.join(", ")))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_text_has_a_place_for_every_value() {
        let text = insert("insert into t (a, b) values ($1, $2)", 3).0;
        assert_eq!(
            text,
            "insert into t (a, b) values ($1, $2), ($3, $4), ($5, $6)"
        );
    }

    #[test]
    fn what_follows_the_values_stays() {
        let text = insert(
            "insert into t (a) values ($1) on conflict (a) do update set a = excluded.a",
            2,
        );
        assert_eq!(
            text.0,
            "insert into t (a) values ($1), ($2) on conflict (a) do update set a = excluded.a"
        );
    }

    #[test]
    fn a_query_has_a_place_for_every_value() {
        let text = among("select a from t where id in ($1) order by a", 3).0;
        assert_eq!(text, "select a from t where id in ($1, $2, $3) order by a");
    }

    #[test]
    fn runs_hold_every_row_once_in_order() {
        for count in [0, 1, 3, 4, 85, 200] {
            let rows: Vec<usize> = (0..count).collect();
            let cut: Vec<&[usize]> = runs(&rows).collect();
            assert!(cut.iter().all(|run| SIZES.contains(&run.len())));
            assert_eq!(cut.concat(), rows);
        }
    }
}
