//! What a program may be called: people judge by the name whom they let in, so nobody else's says that it is one of ours.

use shared::values::Name;

const OURS: &str = "teamflow";

/// Whether a name reads like that of a program of our own.
pub(super) fn is_ours(name: &Name) -> bool {
    folded(name.as_str()).contains(OURS)
}

/// A name as it is read at a glance: what looks alike is one letter, and what is no letter is nothing.
fn folded(name: &str) -> String {
    let lower = name.chars().map(plain).flat_map(char::to_lowercase);
    let folded: String = lower
        .map(alike)
        .filter(|letter| letter.is_alphanumeric())
        .collect();
    folded.replace("rn", "m").replace("vv", "w")
}

/// Letters that Unicode has once more, for widths, circles and formulas.
fn plain(letter: char) -> char {
    let code = u32::from(letter);
    let at = match code {
        0xff21..=0xff3a => code - 0xff21,
        0xff41..=0xff5a => code - 0xff41,
        0x24b6..=0x24cf => code - 0x24b6,
        0x24d0..=0x24e9 => code - 0x24d0,
        0x1d400..=0x1d6a3 => (code - 0x1d400) % 26,
        _ => return letter,
    };
    char::from_u32(u32::from('a') + at).unwrap_or(letter)
}

/// The letter of ours that a small one looks like.
fn alike(letter: char) -> char {
    match letter {
        'а' | 'α' | 'à' | 'á' | 'â' | 'ã' | 'ä' | 'å' | 'ā' | 'ă' | 'ą' | 'ᴀ' | '4' | '@' => {
            'a'
        }
        'е' | 'ε' | 'є' | 'ё' | 'è' | 'é' | 'ê' | 'ë' | 'ē' | 'ė' | 'ę' | 'ě' | 'ᴇ' | '3' => {
            'e'
        }
        'ƒ' | 'ғ' | 'ꜰ' => 'f',
        '1' | '|' | '!' | 'i' | 'ı' | 'і' | 'ӏ' | 'ι' | 'í' | 'ì' | 'î' | 'ï' | 'ł' | 'ĺ' | 'ļ'
        | 'ľ' | 'ʟ' => 'l',
        'м' | 'ᴍ' => 'm',
        '0' | 'о' | 'ο' | 'σ' | 'ò' | 'ó' | 'ô' | 'õ' | 'ö' | 'ø' | 'ō' | 'ő' | 'ᴏ' => {
            'o'
        }
        'т' | 'τ' | 'ţ' | 'ť' | 'ŧ' | 'ț' | 'ᴛ' | '7' | '+' => 't',
        'ω' | 'ԝ' | 'ѡ' | 'ŵ' | 'ᴡ' => 'w',
        other => other,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_reads_like_ours_is_ours() {
        let is_ours = |name: &str| is_ours(&Name::parse(name).unwrap());
        for ours in [
            "TeamFlow command line",
            "teamflow mobile",
            "Team-Flow",
            "T e a m F l o w",
            "ＴｅａｍＦｌｏｗ",
            "𝐓𝐞𝐚𝐦𝐅𝐥𝐨𝐰",
            "ⓉⓔⓐⓜⒻⓛⓞⓦ",
            "TеаmFlоw",
            "TeamFIow",
            "Tëamfl0w",
            "Tearnflovv",
            "The new TeamFlow",
        ] {
            assert!(is_ours(ours), "{ours}");
        }
        for other in ["Dash & Board", "Workflow team", "Build server", "Команда"] {
            assert!(!is_ours(other), "{other}");
        }
    }
}
