//! What people are like: their picture, how they see things, and what they hear of.

use crate::harness::{Answer, Client, TestApp, on_both_engines};
use crate::links::form;
use crate::sync::Team;
use reqwest::Method;
use reqwest::multipart::{Form, Part};
use serde_json::{Value, json};
use shared::access::Role;
use shared::ids::UserId;
use shared::members::Member;
use shared::sync::Scope;

/// A PNG of one clear pixel.
const PIXEL: [u8; 70] = [
    0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a, 0x00, 0x00, 0x00, 0x0d, 0x49, 0x48, 0x44, 0x52,
    0x00, 0x00, 0x00, 0x01, 0x00, 0x00, 0x00, 0x01, 0x08, 0x06, 0x00, 0x00, 0x00, 0x1f, 0x15, 0xc4,
    0x89, 0x00, 0x00, 0x00, 0x0d, 0x49, 0x44, 0x41, 0x54, 0x78, 0x9c, 0x63, 0x60, 0x64, 0x62, 0x6e,
    0x00, 0x00, 0x00, 0x95, 0x00, 0x87, 0x13, 0xc8, 0xf6, 0x89, 0x00, 0x00, 0x00, 0x00, 0x49, 0x45,
    0x4e, 0x44, 0xae, 0x42, 0x60, 0x82,
];

async fn upload(who: &Client, file: Vec<u8>) -> Answer {
    let part = Part::bytes(file).file_name("me.png");
    let request = who.request(Method::POST, "/settings/avatar");
    who.send(request.multipart(Form::new().part("picture", part)))
        .await
}

async fn profile(who: &Client) -> Value {
    form(who, "find-profile", &[]).await.1
}

async fn member(team: &Team, id: UserId) -> Member {
    let mut read = team.t.app.db.unfenced().read().await.unwrap();
    let found = server::members::store::find(read.conn(), team.workspace, id.uuid()).await;
    found.unwrap().unwrap().row
}

on_both_engines! {
    async fn a_picture_is_drawn_anew_and_shown_to_everybody_at_once(t: TestApp) {
        let team = Team::start(t).await;
        let olive = team.t.user("olive@example.org").await;
        let mina_id = team.member("mina@example.org", Role::Member).await;
        let mut theirs = team.socket(mina_id, 2).await;
        let sent = upload(&olive, PIXEL.to_vec()).await;
        assert_eq!((sent.status, sent.header("location")), (303, Some("/settings/profile?done=picture")));
        let seen = theirs.frame().await;
        assert_eq!(seen.parts[0].scope, Scope::Workspace);
        let hash = member(&team, team.owner).await.avatar.unwrap().to_string();
        assert_eq!(profile(&olive).await["avatar"], json!(hash));
        let mina = team.t.user("mina@example.org").await;
        let address = format!("/avatars/{hash}");
        let picture = mina.get(&address).await;
        assert_eq!((picture.status, picture.header("content-type")), (200, Some("image/png")));
        assert_eq!(picture.header("x-content-type-options"), Some("nosniff"));
        assert_eq!(picture.header("content-security-policy"), Some("default-src 'none'; sandbox"));
        assert!(picture.header("cache-control").unwrap().contains("immutable"));
        assert_ne!(picture.body, PIXEL, "what is shown was written here");
        assert_eq!(team.t.anonymous().get(&address).await.status, 401);
        assert_eq!(mina.get("/avatars/nonsense").await.status, 404);
        assert_eq!(form(&olive, "remove-avatar", &[]).await.0, 200);
        assert_eq!(member(&team, team.owner).await.avatar, None);
        assert_eq!(mina.get(&address).await.status, 404);
    }

    async fn whatever_a_file_says_it_is_what_is_shown_is_a_picture(t: TestApp) {
        let team = Team::start(t).await;
        let olive = team.t.user("olive@example.org").await;
        let mut bomb = PIXEL.to_vec();
        // Width and height; the header's checksum is wrong then, which is no reason to unpack it.
        bomb[16..24].copy_from_slice(&[0, 0, 0xff, 0xff, 0, 0, 0xff, 0xff]);
        let zip = b"PK\x03\x04\x14\0\0\0\x08\0\0\0!\0....../../../../etc/passwd".to_vec();
        let magic = [&PIXEL[..8], b"<script>alert(1)</script>"].concat();
        for (name, kind, file) in [
            ("a.gif", "image/gif", b"GIF89a/*\x01\0\0\0*/=1;alert(1)//;".to_vec()),
            ("a.png", "image/png", b"<!doctype html><script>alert(1)</script>".to_vec()),
            ("a.svg", "image/png", b"<?xml version='1.0'?><svg xmlns='http://www.w3.org/2000/svg' onload='alert(1)'/>".to_vec()),
            ("a.zip", "application/zip", zip),
            ("a.pdf", "image/jpeg", b"%PDF-1.7 <script>".to_vec()),
            ("../../a.png", "image/png", bomb),
            ("a.html", "text/html", magic),
        ] {
            let part = Part::bytes(file).file_name(name).mime_str(kind).unwrap();
            let request = olive.request(Method::POST, "/settings/avatar");
            let sent = olive.send(request.multipart(Form::new().part("picture", part))).await;
            let told = sent.header("location").unwrap();
            assert!(sent.status == 303 && told.starts_with("/settings/profile?refused="), "{name}: {told}");
        }
        assert_eq!(member(&team, team.owner).await.avatar, None);
        // A picture that is a page, too, by another name and type: what is shown is neither that file nor of that type.
        let mut polyglot = PIXEL.to_vec();
        polyglot.extend(b"<script>alert(1)</script>");
        let part = Part::bytes(polyglot).file_name("\"><script>.html").mime_str("text/html").unwrap();
        let request = olive.request(Method::POST, "/settings/avatar");
        let sent = olive.send(request.multipart(Form::new().part("picture", part))).await;
        assert_eq!((sent.status, sent.header("location")), (303, Some("/settings/profile?done=picture")));
        let hash = member(&team, team.owner).await.avatar.unwrap().to_string();
        let picture = olive.get(&format!("/avatars/{hash}")).await;
        assert_eq!((picture.status, picture.header("content-type")), (200, Some("image/png")));
        assert_eq!(picture.header("x-content-type-options"), Some("nosniff"));
        assert_eq!(picture.header("content-security-policy"), Some("default-src 'none'; sandbox"));
        assert_eq!(picture.header("content-disposition"), Some("inline"));
        assert_eq!(picture.header("cross-origin-resource-policy"), Some("same-origin"));
        assert!(!picture.body.windows(6).any(|part| part == b"script"));
    }

    async fn what_is_no_picture_is_told_and_changes_nothing(t: TestApp) {
        let olive = t.user("olive@example.org").await;
        let svg = b"<svg xmlns='http://www.w3.org/2000/svg'><script>alert(1)</script></svg>";
        for (file, why) in [
            (svg.to_vec(), "unreadable"),
            (Vec::new(), "unreadable"),
            (vec![0; 5 * 1024 * 1024 + 1], "large"),
        ] {
            let sent = upload(&olive, file).await;
            let expected = format!("/settings/profile?refused={why}");
            assert_eq!((sent.status, sent.header("location")), (303, Some(expected.as_str())));
        }
        let page = olive.get("/settings/profile?refused=unreadable").await;
        assert!(page.text().contains("Choose a PNG, JPEG or WebP file."));
        assert_eq!(profile(&olive).await["avatar"], Value::Null);
    }

    async fn who_joins_brings_name_and_picture_along_and_a_new_name_goes_everywhere(t: TestApp) {
        let team = Team::start(t).await;
        let gus = team.t.user("gus@example.org").await;
        assert_eq!(upload(&gus, PIXEL.to_vec()).await.status, 303);
        let olive = team.t.user("olive@example.org").await;
        let workspace = team.workspace.to_string();
        let fields = [("workspace", workspace.as_str()), ("role", "member"), ("email", ""), ("days", "7")];
        let made = form(&olive, "create-invitation", &fields).await.1;
        let secret = made["address"].as_str().unwrap().rsplit('/').next().unwrap().to_owned();
        assert_eq!(form(&gus, "accept-invitation", &[("token", &secret)]).await.0, 200);
        let email = shared::values::Email::parse("gus@example.org").unwrap();
        let id = server::accounts::find_by_email(&team.t.app, &email).await.unwrap().unwrap().id;
        assert!(member(&team, id).await.avatar.is_some());
        assert_eq!(form(&gus, "create-workspace", &[("name", "Own")]).await.0, 200);
        assert_eq!(form(&gus, "rename-account", &[("name", "August")]).await.0, 200);
        assert_eq!(member(&team, id).await.name.as_str(), "August");
        let own = gus.get("/api/v1/workspaces/own/members").await.json();
        assert_eq!(own["items"][0]["name"], "August");
    }

    async fn theme_and_clock_follow_a_person_to_their_other_devices(t: TestApp) {
        let desk = t.user("olive@example.org").await;
        let phone = t.browser(&t.sign_in("olive@example.org").await);
        let save = async |zone: &str, theme: &str| {
            let fields = [("time_zone", zone), ("theme", theme)];
            let (status, answer) = form(&desk, "save-profile", &fields).await;
            (status, answer["field"].clone())
        };
        assert_eq!(save("Europe/Berlin", "dark").await, (200, Value::Null));
        let page = phone.get("/settings/profile").await.text();
        assert!(page.contains("data-theme=\"dark\""), "{page}");
        let kept = profile(&phone).await;
        assert_eq!(kept["time_zone"], "Europe/Berlin");
        assert_eq!(form(&phone, "save-theme", &[("theme", "light")]).await.0, 200);
        assert!(desk.get("/settings/profile").await.text().contains("data-theme=\"light\""));
        assert_eq!(profile(&desk).await["time_zone"], "Europe/Berlin");
        for zone in ["../etc", "<script>", "Europe/", "a/b/c/d"] {
            assert_eq!(save(zone, "dark").await, (400, json!("time_zone")), "{zone}");
        }
    }

    async fn what_somebody_wants_to_hear_of_is_kept(t: TestApp) {
        let olive = t.user("olive@example.org").await;
        let first = profile(&olive).await;
        assert!(first["notices"].as_array().unwrap().contains(&json!(["Assigned", "Mail"])));
        let fields = [("on[]", "due:mail"), ("on[]", "due:pigeon"), ("on[]", "nonsense")];
        assert_eq!(form(&olive, "save-notices", &fields).await.0, 200);
        assert_eq!(profile(&olive).await["notices"], json!([["Due", "Mail"]]));
        assert_eq!(form(&olive, "save-notices", &[]).await.0, 200);
        assert_eq!(profile(&olive).await["notices"], json!([]));
    }

    async fn times_are_shown_by_the_clock_of_who_reads_and_names_instead_of_ids(t: TestApp) {
        let team = Team::start(t).await;
        let mina = team.member("mina@example.org", Role::Member).await;
        let join = shared::projects::Mutation::AddMember { id: team.project, user: mina };
        team.commit(team.owner, join).await.unwrap();
        let olive = team.t.user("olive@example.org").await;
        // Without the marks between texts that children are found by.
        let log = olive.get("/w/team/settings/audit-log").await.text().replace("<!>", "");
        assert!(log.contains("title=\"15 Jan 2027, 08:00 UTC\">15 Jan 2027, 08:00 UTC</time>"), "{log}");
        assert!(log.contains("person mina"), "{log}");
        let fields = [("time_zone", "Asia/Kathmandu"), ("theme", "system")];
        assert_eq!(form(&olive, "save-profile", &fields).await.0, 200);
        for page in ["/w/team/settings/audit-log", "/settings/sessions"] {
            let html = olive.get(page).await.text().replace("<!>", "");
            assert!(html.contains("title=\"15 Jan 2027, 08:00 UTC\">15 Jan 2027, 13:45</time>"), "{page}: {html}");
        }
    }
}
