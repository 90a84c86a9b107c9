//! What another site makes a browser send is not carried out.

use crate::harness::{Client, Engine, Setup, TestApp, on_both_engines};
use axum::Router;
use axum::routing::{get, post};
use reqwest::Method;
use reqwest::header::{CONNECTION, COOKIE, ORIGIN, UPGRADE};
use server::app::App;

fn routes() -> Router<App> {
    Router::new()
        .route("/test/change", post(async || "changed"))
        .route("/test/read", get(async || "read"))
        .route("/sf/sign_in", post(async || "signed in"))
}

async fn start(engine: Engine) -> TestApp {
    Setup::new(engine).routes(routes()).start().await
}

/// What is answered to a request with these headers and no others.
async fn answer(client: &Client, method: Method, path: &str, headers: &[(&str, &str)]) -> String {
    let mut request = client.request(method, path);
    for (name, value) in headers {
        request = request.header(*name, *value);
    }
    client.send(request).await.summary()
}

on_both_engines! {
    async fn a_change_with_a_cookie_must_come_from_our_own_pages(engine: Engine) {
        let t = start(engine).await;
        let client = t.anonymous();
        let own = format!("http://{}", t.address);
        let cookie = (COOKIE.as_str(), "teamflow_session=anything");
        let post = async |headers: &[(&str, &str)]| {
            let headers = [&[cookie], headers].concat();
            answer(&client, Method::POST, "/test/change", &headers).await
        };
        assert_eq!(post(&[("sec-fetch-site", "same-origin")]).await, "200");
        assert_eq!(post(&[("sec-fetch-site", "none")]).await, "200");
        assert_eq!(post(&[("origin", &own)]).await, "200");
        let refused = "403 cross_site";
        assert_eq!(post(&[]).await, refused);
        assert_eq!(post(&[("sec-fetch-site", "cross-site"), ("origin", &own)]).await, refused);
        assert_eq!(post(&[("sec-fetch-site", "same-site")]).await, refused);
        assert_eq!(post(&[("origin", "https://evil.example")]).await, refused);
        assert_eq!(post(&[("origin", "null")]).await, refused);
        // Reading changes nothing, and links from elsewhere are welcome.
        let headers = [cookie, ("sec-fetch-site", "cross-site")];
        assert_eq!(answer(&client, Method::GET, "/test/read", &headers).await, "200");
    }

    async fn a_program_without_a_cookie_is_no_concern(engine: Engine) {
        let t = start(engine).await;
        let client = t.token("ada@example.org").await;
        assert_eq!(answer(&client, Method::POST, "/test/change", &[]).await, "200");
        let elsewhere = [(ORIGIN.as_str(), "https://evil.example")];
        assert_eq!(answer(&client, Method::POST, "/test/change", &elsewhere).await, "200");
    }

    async fn server_functions_are_guarded_before_there_is_a_cookie(engine: Engine) {
        let t = start(engine).await;
        let client = t.anonymous();
        let post = async |headers: &[(&str, &str)]| {
            answer(&client, Method::POST, "/sf/sign_in", headers).await
        };
        assert_eq!(post(&[("sec-fetch-site", "same-origin")]).await, "200");
        assert_eq!(post(&[("sec-fetch-site", "cross-site")]).await, "403 cross_site");
        assert_eq!(post(&[]).await, "403 cross_site");
    }

    async fn a_socket_with_a_cookie_must_be_opened_by_our_own_pages(engine: Engine) {
        let t = start(engine).await;
        let ada = t.user("ada@example.org").await;
        let open = async |client: &Client, origin: &str| {
            let request = client.request(Method::GET, "/test/read");
            let mut request = request
                .header(CONNECTION, "upgrade")
                .header(UPGRADE, "websocket")
                .build()
                .unwrap();
            request.headers_mut().insert(ORIGIN, origin.parse().unwrap());
            client.execute(request).await.summary()
        };
        assert_eq!(open(&ada, &format!("http://{}", t.address)).await, "200");
        assert_eq!(open(&ada, "https://evil.example").await, "403 cross_site");
    }

    async fn the_public_address_counts_behind_a_proxy(engine: Engine) {
        let setup = Setup::new(engine).routes(routes());
        let t = setup.var("TEAMFLOW_PUBLIC_URL", "https://tasks.example.org").start().await;
        let client = t.anonymous();
        let cookie = (COOKIE.as_str(), "__Host-teamflow_session=anything");
        for (origin, expected) in [
            ("https://tasks.example.org", "200"),
            ("http://tasks.example.org", "403 cross_site"),
            ("https://other.example.org", "403 cross_site"),
        ] {
            let headers = [cookie, (ORIGIN.as_str(), origin)];
            assert_eq!(answer(&client, Method::POST, "/test/change", &headers).await, expected);
        }
    }
}
