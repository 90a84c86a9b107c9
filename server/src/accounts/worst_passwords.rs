//! Passwords that are tried first, in lower case. Shorter ones are refused for their length.

#[rustfmt::skip]
pub(super) const WORST: &[&str] = &[
    "password", "password1", "password12", "password123", "password1234", "password12345",
    "passw0rd", "p@ssword", "p@ssw0rd", "p@ssword1", "pa$$word", "12345678", "123456789",
    "1234567890", "0123456789", "0987654321", "987654321", "87654321", "1234567891", "12345678910",
    "123123123", "123321123", "147258369", "159357258", "1q2w3e4r", "1q2w3e4r5t", "1qaz2wsx",
    "1qazxsw2", "zaq12wsx", "qwertyui", "qwertyuiop", "qwerty12", "qwerty123", "qwerty1234",
    "qwerty12345", "qwertz123", "qwertzui", "asdfghjk", "asdfghjkl", "zxcvbnm1", "zxcvbnm123",
    "1qaz1qaz", "q1w2e3r4", "q1w2e3r4t5", "a1b2c3d4", "abcd1234", "abc12345", "abcdefgh",
    "abcdefg1", "abcd12345", "aa123456", "aa12345678", "a1234567", "a12345678", "a123456789",
    "123456789a", "12345678a", "iloveyou", "iloveyou1", "iloveyou2", "sunshine", "sunshine1",
    "princess", "princess1", "football", "football1", "baseball", "baseball1", "basketball",
    "superman", "superman1", "batman123", "starwars", "starwars1", "pokemon1", "michelle",
    "jennifer", "jessica1", "michael1", "jordan23", "charlie1", "liverpool", "liverpool1",
    "chelsea1", "computer", "computer1", "internet", "whatever", "trustno1", "welcome1",
    "welcome123", "letmein1", "letmein123", "changeme", "changeme1", "changeme123", "admin123",
    "admin1234", "administrator", "root1234", "test1234", "testtest", "testing123", "default1",
    "secret123", "mypassword", "newpassword", "corvette", "mercedes", "samantha", "victoria",
    "elizabeth", "christian", "butterfly", "mustang1", "dragon123", "monkey123", "master123",
    "shadow123", "google123", "facebook1", "teamflow", "teamflow1",
];

#[cfg(test)]
mod tests {
    use super::WORST;

    #[test]
    fn the_list_holds_what_the_check_looks_for() {
        for password in WORST {
            assert!(password.len() >= 8, "{password} is too short anyway");
            assert_eq!(password.to_lowercase(), *password);
        }
    }
}
