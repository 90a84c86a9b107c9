//! How often somebody may ask.

use crate::harness::{Client, Engine, PASSWORD, Redis, Setup, on_both_engines, redis_skipped};
use reqwest::Method;
use serde_json::json;
use std::time::Duration;

const PROXY: &str = "127.0.0.1, ::1";

on_both_engines! {
    async fn each_account_and_each_program_has_a_rate_of_its_own(engine: Engine) {
        let t = Setup::new(engine).var("TEAMFLOW_REQUESTS_PER_MINUTE", "3").start().await;
        let ada = t.user("ada@example.org").await;
        let (program, ben) = (t.token("ada@example.org").await, t.user("ben@example.org").await);
        for left in ["2", "1", "0"] {
            let answer = ada.get("/api/v1/workspaces").await;
            assert_eq!(answer.status, 200);
            assert_eq!(answer.header("ratelimit-limit"), Some("3"));
            assert_eq!(answer.header("ratelimit-remaining"), Some(left));
        }
        let refused = ada.get("/api/v1/workspaces").await;
        assert_eq!(refused.summary(), "429 too_many_requests");
        assert_eq!(refused.header("retry-after"), Some("20"));
        assert_eq!(refused.header("ratelimit-remaining"), Some("0"));
        assert_eq!(refused.header("ratelimit-reset"), Some("60"));
        assert_eq!(refused.header("ratelimit-policy"), Some("3;w=60"));
        assert!(refused.text().contains("Try again in 20 seconds."), "{}", refused.text());
        // What pages ask is refused in words that they understand.
        let form = ada.request(Method::POST, "/sf/list-tokens").header("accept", "application/json");
        let answer = ada.send(form).await;
        assert_eq!((answer.status, answer.json()["code"].clone()), (429, json!("too_many_requests")));
        for client in [&program, &ben] {
            assert_eq!(client.get("/api/v1/workspaces").await.status, 200);
        }
        // The site itself, and the link that a page keeps open, are not counted.
        for path in ["/health", "/pkg/teamflow-1.js", "/settings/tokens"] {
            assert_eq!(ada.get(path).await.status, 200, "{path}");
        }
        t.advance(Duration::from_secs(20));
        assert_eq!(ada.get("/api/v1/workspaces").await.status, 200);
        assert_eq!(ada.get("/api/v1/workspaces").await.status, 429);
        t.advance(Duration::from_mins(1));
        t.app.rates.tidy();
        assert_eq!(ada.get("/api/v1/workspaces").await.header("ratelimit-remaining"), Some("2"));
    }

    async fn pages_are_counted_by_account_and_refused_in_words(engine: Engine) {
        let t = Setup::new(engine).var("TEAMFLOW_PAGES_PER_MINUTE", "2").start().await;
        let (ada, ben) = (t.user("ada@example.org").await, t.user("ben@example.org").await);
        for left in ["1", "0"] {
            let answer = ada.get("/settings/account").await;
            assert_eq!((answer.status, answer.header("ratelimit-remaining")), (200, Some(left)));
        }
        let refused = ada.get("/settings/account").await;
        assert_eq!((refused.status, refused.header("retry-after")), (429, Some("30")));
        assert_eq!(refused.header("ratelimit-policy"), Some("2;w=60"));
        assert!(refused.header("content-type").unwrap().starts_with("text/html"));
        assert_eq!(refused.header("cache-control"), Some("no-store"));
        let text = refused.text();
        assert!(text.contains("<h1>Too many requests</h1>") && text.contains("Try again in 30 seconds."), "{text}");
        assert!(!text.contains("<script"), "{text}");
        // Behind the same address: another account, files of the site, and strangers, who have a count of their own.
        assert_eq!(ben.get("/settings/account").await.status, 200);
        assert_eq!(ada.get("/pkg/teamflow-1.js").await.status, 200);
        let nobody = t.anonymous();
        for status in [200, 200, 429] {
            assert_eq!(nobody.get("/sign-in").await.status, status);
        }
        assert_eq!(ben.get("/settings/account").await.status, 200);
        t.advance(Duration::from_secs(30));
        assert_eq!(ada.get("/settings/account").await.status, 200);
    }

    async fn what_pages_fetch_and_files_have_rates_of_their_own(engine: Engine) {
        let setup = Setup::new(engine).var("TEAMFLOW_SYNCS_PER_MINUTE", "2");
        let t = setup.var("TEAMFLOW_DOWNLOADS_PER_HOUR", "1").start().await;
        let (ada, ben) = (t.user("ada@example.org").await, t.user("ben@example.org").await);
        let picture = format!("/avatars/{}", "0".repeat(64));
        for left in ["1", "0"] {
            assert_eq!(ada.get(&picture).await.header("ratelimit-remaining"), Some(left));
        }
        let push = ada.post("/sw/push", json!({})).await;
        assert_eq!(push.summary(), "429 too_many_requests");
        assert_eq!(push.header("ratelimit-policy"), Some("2;w=60"));
        assert_ne!(ben.get(&picture).await.status, 429);
        assert_ne!(ada.get("/audit-log?format=csv").await.status, 429);
        let refused = ada.get("/exports/00000000-0000-0000-0000-000000000001").await;
        assert_eq!((refused.status, refused.header("ratelimit-policy")), (429, Some("1;w=3600")));
        assert_eq!(ada.get("/api/v1/workspaces").await.status, 200);
    }

    async fn somebody_sends_so_many_files_an_hour(engine: Engine) {
        let t = Setup::new(engine).var("TEAMFLOW_UPLOADS_PER_HOUR", "2").start().await;
        let ada = t.user("ada@example.org").await;
        let send = async || {
            let request = ada.request(Method::POST, "/imports/trello/preview").body("{}");
            ada.send(request).await
        };
        for left in ["1", "0"] {
            let answer = send().await;
            assert_ne!(answer.status, 429);
            assert_eq!(answer.header("ratelimit-remaining"), Some(left));
        }
        assert_eq!(send().await.summary(), "429 too_many_requests");
        // Others, and what is no file, are not held up by it.
        assert_eq!(ada.get("/api/v1/workspaces").await.status, 200);
        t.advance(Duration::from_hours(1));
        assert_ne!(send().await.status, 429);
    }

    async fn coming_in_is_counted_by_address_and_a_trusted_proxy_tells_it(engine: Engine) {
        let setup = Setup::new(engine).var("TEAMFLOW_SIGN_INS_PER_QUARTER_HOUR", "2");
        let t = setup.var("TEAMFLOW_TRUSTED_PROXIES", PROXY).start().await;
        let nobody = t.anonymous();
        let try_in = async |from: &str, n: u32| {
            let body = json!({ "email": format!("{n}@example.org"), "password": "a guess" });
            let request = nobody.request(Method::POST, "/api/v1/auth/sign-in").json(&body);
            nobody.send(request.header("x-forwarded-for", from)).await.status
        };
        assert_eq!(try_in("192.0.2.1", 1).await, 401);
        assert_eq!(try_in("192.0.2.1", 2).await, 401);
        assert_eq!(try_in("192.0.2.1", 3).await, 429);
        // What the client itself claims does not count.
        assert_eq!(try_in("198.51.100.9, 192.0.2.1", 4).await, 429);
        assert_eq!(try_in("192.0.2.2", 5).await, 401);
    }

    async fn who_gets_in_has_lost_no_attempt(engine: Engine) {
        let t = Setup::new(engine).var("TEAMFLOW_SIGN_INS_PER_QUARTER_HOUR", "2").start().await;
        t.sign_up("ada@example.org").await;
        let nobody = t.anonymous();
        let by_api = async |password: &str| {
            let body = json!({ "email": "ada@example.org", "password": password });
            let request = nobody.request(Method::POST, "/api/v1/auth/sign-in").json(&body);
            nobody.send(request).await
        };
        let by_form = async |password: &str| {
            let form = [("email", "ada@example.org"), ("password", password), ("remember", "true"), ("next", "/")];
            let request = nobody.request(Method::POST, "/sf/sign-in").form(&form);
            let request = request.header("sec-fetch-site", "same-origin").header("accept", "text/html");
            nobody.send(request).await
        };
        for _ in 0..3 {
            let answer = by_api(PASSWORD).await;
            assert_eq!((answer.status, answer.header("ratelimit-limit")), (200, Some("2")));
            let answer = by_form(PASSWORD).await;
            assert_eq!(answer.status / 100, 3, "{}", answer.text());
        }
        assert_eq!(by_form("a guess").await.header("ratelimit-remaining"), Some("1"));
        // Getting in between guesses is no way to guess on.
        assert_eq!(by_api(PASSWORD).await.header("ratelimit-remaining"), Some("0"));
        assert_eq!(by_api("a guess").await.status, 401);
        let refused = by_api(PASSWORD).await;
        assert_eq!(refused.summary(), "429 too_many_requests");
        assert!(refused.text().contains("Try again in 8 minutes."), "{}", refused.text());
        t.advance(Duration::from_secs(450));
        assert_eq!(by_api(PASSWORD).await.status, 200);
    }

    async fn tokens_cannot_be_guessed_at_without_an_end(engine: Engine) {
        let t = Setup::new(engine).var("TEAMFLOW_REQUESTS_PER_MINUTE", "3").start().await;
        let ada = t.token("ada@example.org").await;
        let guess = async |n: u32, path: &str| t.program(&format!("guess-{n}")).get(path).await;
        assert_eq!(guess(1, "/api/v1/workspaces").await.summary(), "401 unauthenticated");
        // Where others may ask far more often, who guesses may not.
        assert_eq!(guess(2, "/sync/poll").await.status, 401);
        assert_eq!(guess(3, "/api/v1/workspaces").await.status, 401);
        for path in ["/api/v1/workspaces", "/sync/poll"] {
            assert_eq!(guess(4, path).await.summary(), "429 too_many_requests", "{path}");
        }
        // Who is behind the same address and has a good one is counted alone.
        assert_eq!(ada.get("/api/v1/workspaces").await.status, 200);
        t.advance(Duration::from_mins(1));
        assert_eq!(guess(5, "/api/v1/workspaces").await.status, 401);
    }

    async fn nodes_count_together_by_redis_and_alone_without_it(engine: Engine) {
        if redis_skipped() || engine == Engine::Sqlite {
            return;
        }
        let mut redis = Redis::start().await;
        let setup = |setup: Setup| {
            let setup = setup.var("TEAMFLOW_REQUESTS_PER_MINUTE", "4");
            setup.var("TEAMFLOW_REDIS_URL", &redis.url())
        };
        let one = setup(Setup::new(engine)).start().await;
        let two = setup(Setup::new(engine).beside(&one)).start().await;
        for node in [&one, &two] {
            while !node.app.rates.are_shared() {
                tokio::task::yield_now().await;
            }
        }
        let session = one.sign_up("ada@example.org").await.1;
        let (here, there) = (one.browser(&session), two.browser(&session));
        let left = async |client: &Client| {
            let answer = client.get("/api/v1/workspaces").await;
            let left = answer.header("ratelimit-remaining").map(str::to_owned);
            (answer.status, left.unwrap())
        };
        assert_eq!(left(&here).await, (200, "3".to_owned()));
        assert_eq!(left(&there).await, (200, "2".to_owned()));
        assert_eq!(left(&here).await, (200, "1".to_owned()));
        assert_eq!(left(&there).await, (200, "0".to_owned()));
        assert_eq!(left(&here).await, (429, "0".to_owned()));
        redis.stop();
        // Each goes on with counts of its own, and nobody waits for what is not there.
        assert_eq!(left(&here).await, (200, "3".to_owned()));
        assert_eq!(left(&there).await, (200, "3".to_owned()));
        assert!(!one.app.rates.are_shared() && !two.app.rates.are_shared());
        redis.start_again().await;
        while !one.app.rates.are_shared() {
            tokio::task::yield_now().await;
        }
        assert_eq!(left(&here).await, (200, "3".to_owned()), "what was counted went with Redis");
    }

    async fn without_a_trusted_proxy_nobody_is_believed(engine: Engine) {
        let t = Setup::new(engine).var("TEAMFLOW_SIGN_INS_PER_QUARTER_HOUR", "1").start().await;
        let nobody = t.anonymous();
        for (from, status) in [("192.0.2.1", 401), ("192.0.2.2", 429)] {
            let body = json!({ "email": "ada@example.org", "password": "a guess" });
            let request = nobody.request(Method::POST, "/api/v1/auth/sign-in").json(&body);
            let answer = nobody.send(request.header("x-forwarded-for", from)).await;
            assert_eq!(answer.status, status, "{from}");
        }
    }

    async fn only_named_sites_may_use_the_api_and_without_cookies(engine: Engine) {
        let origins = "https://status.example.org, http://localhost:3000";
        let t = Setup::new(engine).var("TEAMFLOW_CORS_ORIGINS", origins).start().await;
        let nobody = t.anonymous();
        let preflight = async |origin: &str| {
            let request = nobody
                .request(Method::OPTIONS, "/api/v1/workspaces")
                .header("origin", origin)
                .header("access-control-request-method", "GET")
                .header("access-control-request-headers", "authorization");
            let answer = nobody.send(request).await;
            assert_eq!(answer.header("access-control-allow-credentials"), None);
            answer.header("access-control-allow-origin").map(str::to_owned)
        };
        for origin in ["https://status.example.org", "http://localhost:3000"] {
            assert_eq!(preflight(origin).await.as_deref(), Some(origin));
        }
        for origin in ["https://evil.example", "http://status.example.org", "null"] {
            assert_eq!(preflight(origin).await, None, "{origin}");
        }
    }

    async fn over_tls_browsers_are_told_to_stay_there(engine: Engine) {
        for (url, expected) in [
            ("https://tasks.example.org", Some("max-age=31536000")),
            ("http://tasks.example.org", None),
        ] {
            let t = Setup::new(engine).var("TEAMFLOW_PUBLIC_URL", url).start().await;
            let answer = t.anonymous().get("/sign-up").await;
            assert_eq!(answer.header("strict-transport-security"), expected);
            assert!(answer.header("permissions-policy").unwrap().contains("camera=()"));
            assert_eq!(answer.header("cross-origin-resource-policy"), Some("same-origin"));
            assert_eq!(answer.header("x-content-type-options"), Some("nosniff"));
            assert_eq!(answer.header("x-frame-options"), Some("DENY"));
            assert!(answer.header("access-control-allow-origin").is_none());
        }
    }
}
