//! Settings are read without a process environment, so these run in parallel.

use super::*;
use insta::assert_snapshot;
use std::time::Duration;

fn read(vars: &[(&str, &str)], file: &str) -> Result<Config, Problems> {
    let vars = vars
        .iter()
        .map(|(name, value)| ((*name).to_owned(), (*value).to_owned()))
        .collect();
    Config::read(&vars, Some(file))
}

#[test]
fn everything_has_a_default() {
    let config = Config::read(&BTreeMap::new(), None).unwrap();
    assert_eq!(config.listen.address.to_string(), "127.0.0.1:8080");
    let url = config.listen.public_url();
    assert_eq!(url.origin(), "http://127.0.0.1:8080");
    assert_eq!(config.listen.drain, Duration::ZERO);
    assert_eq!(config.storage.database_url, "sqlite:./data/teamflow.db");
    assert_eq!(config.history.age, Duration::from_hours(30 * 24));
    assert_eq!(config.history.changes_max, 2_000_000);
    assert_eq!(config.log.filter, "info");
    assert_eq!(config.log.format, None);
    assert_eq!(config.auth.sign_up, SignUp::Open);
    assert_eq!(config.auth.session_lifetime, Duration::from_hours(30 * 24));
    assert!(!config.site.dev_reload);
}

#[test]
fn a_variable_wins_over_the_file_and_the_file_over_the_default() {
    let file =
        "listen = \"127.0.0.1:1\"\nsession_days = 7\ndev_reload = true\nsign_up = \"closed\"";
    let config = read(
        &[("TEAMFLOW_LISTEN", "0.0.0.0:2"), ("TEAMFLOW_SIGN_UP", "")],
        file,
    )
    .unwrap();
    assert_eq!(config.listen.address.port(), 2);
    assert_eq!(config.auth.session_lifetime, Duration::from_hours(7 * 24));
    assert_eq!(
        config.auth.sign_up,
        SignUp::Closed,
        "an empty variable is not set"
    );
    assert!(config.site.dev_reload);
    let url = config.listen.public_url();
    assert_eq!(
        url.origin(),
        "http://127.0.0.1:2",
        "a browser cannot go to 0.0.0.0"
    );
}

#[test]
fn the_database_lies_in_the_data_folder_unless_it_is_named() {
    let config = read(&[("TEAMFLOW_DATA_DIR", "/var/lib/teamflow")], "").unwrap();
    assert_eq!(
        config.storage.database_url,
        "sqlite:/var/lib/teamflow/teamflow.db"
    );
    let config = read(&[("TEAMFLOW_DATABASE_URL", "postgres://localhost/a")], "").unwrap();
    assert_eq!(config.storage.database_url, "postgres://localhost/a");
}

#[test]
fn all_problems_are_reported_at_once() {
    let vars = [
        ("TEAMFLOW_LISTEN", "8080"),
        ("TEAMFLOW_DATABASE_URL", "mysql://root:secret@localhost"),
        ("TEAMFLOW_PUBLIC_URL", "https://example.org/tasks"),
        ("TEAMFLOW_REDIS_URL", "http://user:secret@localhost"),
        ("TEAMFLOW_HISTORY_CHANGES_MAX", "1"),
        ("TEAMFLOW_LOG", "==="),
        ("TEAMFLOW_SESION_DAYS", "3"),
        ("TEAMFLOW_COLOUR", "red"),
        ("TEAMFLOW_TEST_SKIP_POSTGRES", "1"),
        ("TEAMFLOW_CONFIG", "teamflow.toml"),
        ("PATH", "/bin"),
    ];
    let file = "sign_up = \"maybe\"\nsession_days = 0\nlog-format = \"json\"";
    assert_snapshot!(read(&vars, file).unwrap_err(), @r#"
    11 settings are wrong:
      - TEAMFLOW_LISTEN: "8080" is not an address such as 127.0.0.1:8080
      - TEAMFLOW_PUBLIC_URL: "https://example.org/tasks" has a path; TeamFlow needs a host of its own
      - TEAMFLOW_DATABASE_URL: it begins with neither sqlite: nor postgres://
      - TEAMFLOW_REDIS_URL: it is not an address such as redis://127.0.0.1:6379
      - TEAMFLOW_HISTORY_CHANGES_MAX: "1" is not a whole number from 10000 to 1000000000
      - TEAMFLOW_LOG: "===" is not a list of levels such as info,server::sync=debug
      - `session_days` in the file: "0" is not a whole number from 1 to 3650
      - `sign_up` in the file: "maybe" is none of: open, invited, domains, first, closed
      - TEAMFLOW_COLOUR is not a setting.
      - TEAMFLOW_SESION_DAYS is not a setting. Did you mean TEAMFLOW_SESSION_DAYS?
      - `log-format` in the file is not a setting. Did you mean log_format?
    "#);
}

#[test]
fn a_file_that_is_not_toml_is_one_problem() {
    let problems = read(&[], "listen = ").unwrap_err().to_string();
    assert!(
        problems.starts_with("one setting is wrong:\n  - the file is not TOML:"),
        "{problems}"
    );
}

#[test]
fn a_public_url_is_kept_as_browsers_write_an_origin() {
    let url = PublicUrl::parse("https://Tasks.Example.org:443/").unwrap();
    assert_eq!(url.origin(), "https://tasks.example.org");
    assert!(url.is_secure());
    assert_eq!(
        PublicUrl::parse("http://[::1]:8080").unwrap().origin(),
        "http://[::1]:8080"
    );
    for bad in [
        "example.org",
        "ftp://example.org",
        "https://",
        "https://a@b",
        "/",
    ] {
        assert!(PublicUrl::parse(bad).is_err(), "{bad}");
    }
}

#[test]
fn a_password_in_an_address_is_never_printed() {
    let url = "postgres://ada:secret@localhost/teamflow";
    let redis = "rediss://ada:secret@localhost:6380";
    let vars = [
        ("TEAMFLOW_DATABASE_URL", url),
        ("TEAMFLOW_REDIS_URL", redis),
    ];
    let config = read(&vars, "").unwrap();
    assert_eq!(config.storage.redis_url.as_deref(), Some(redis));
    assert!(!format!("{config:?}").contains("secret"));
}

#[test]
fn providers_are_named_by_their_variables() {
    let vars = [
        ("TEAMFLOW_GOOGLE_CLIENT_ID", "teamflow.apps"),
        ("TEAMFLOW_GOOGLE_CLIENT_SECRET", "hidden"),
        (
            "TEAMFLOW_OIDC_MY_IDP_ISSUER",
            "https://id.example.org/realms/a",
        ),
        ("TEAMFLOW_OIDC_MY_IDP_CLIENT_ID", "teamflow"),
    ];
    let file = "oidc_local_issuer = \"http://127.0.0.1:1\"\noidc_local_client_id = \"x\"\noidc_local_name = \"Here\"";
    let config = read(&vars, file).unwrap();
    let names: Vec<_> = config
        .providers
        .iter()
        .map(|it| (it.id.as_str(), it.name.as_str(), it.issuer.as_str()))
        .collect();
    assert_eq!(
        names,
        [
            ("google", "Google", "https://accounts.google.com"),
            ("local", "Here", "http://127.0.0.1:1"),
            ("my_idp", "My idp", "https://id.example.org/realms/a"),
        ]
    );
    assert!(!format!("{config:?}").contains("hidden"));
}

#[test]
fn what_a_provider_lacks_is_told_with_everything_else() {
    let vars = [
        ("TEAMFLOW_GOOGLE_CLIENT_ID", "teamflow.apps"),
        ("TEAMFLOW_OIDC_A_NAME", "A"),
        ("TEAMFLOW_OIDC_B_ISSUER", "http://id.example.org"),
        ("TEAMFLOW_OIDC_B_CLIENT_ID", "b"),
        ("TEAMFLOW_OIDC_C_ISUER", "https://id.example.org"),
        ("TEAMFLOW_OIDC_ISSUER", "https://id.example.org"),
    ];
    assert_snapshot!(read(&vars, "").unwrap_err(), @r#"
    6 settings are wrong:
      - TEAMFLOW_GOOGLE_CLIENT_SECRET: it is missing; signing in with Google needs both
      - TEAMFLOW_OIDC_A_ISSUER: it is missing; the provider a needs it
      - TEAMFLOW_OIDC_A_CLIENT_ID: it is missing; the provider a needs it
      - TEAMFLOW_OIDC_B_ISSUER: "http://id.example.org" is not protected by TLS; it must begin with https://
      - TEAMFLOW_OIDC_C_ISUER is not a setting. Did you mean TEAMFLOW_OIDC_A_ISSUER?
      - TEAMFLOW_OIDC_ISSUER is not a setting. Did you mean TEAMFLOW_OIDC_A_ISSUER?
    "#);
}
