//! Lengths for style sheets.

/// A length in whole pixels, such as `12px`. Fractions are not worth the code that prints them.
pub fn px(pixels: f64) -> String {
    #[expect(
        clippy::cast_possible_truncation,
        reason = "nothing on a screen is two billion pixels away"
    )]
    let whole = pixels.round() as i32;
    format!("{whole}px")
}

#[cfg(test)]
mod tests {
    use super::px;

    #[test]
    fn lengths_are_rounded_and_keep_their_sign() {
        assert_eq!([px(11.5), px(-0.4), px(-3.6)], ["12px", "0px", "-4px"]);
    }
}
