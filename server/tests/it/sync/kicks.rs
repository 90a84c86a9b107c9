//! A sign-in or membership that ends takes its open connections along, within a second.

use super::links::Events;
use super::team::Socket;
use super::{Team, name};
use crate::harness::{TestApp, on_both_engines};
use axum::http::HeaderMap;
use axum::http::header::COOKIE;
use server::accounts::identity::{self, Via};
use server::{sessions, tokens};
use shared::access::Role;
use shared::ids::SessionId;
use shared::members;
use shared::sync::protocol::ServerMessage;
use std::time::Duration;
use tokio::time::timeout;

const SOON: Duration = Duration::from_secs(1);

pub(super) async fn session_id(t: &TestApp, session: &sessions::SessionToken) -> SessionId {
    let mut headers = HeaderMap::new();
    let cookie = format!("teamflow_access={}", session.access());
    headers.insert(COOKIE, cookie.parse().unwrap());
    let who = identity::of_request(&t.app, &headers)
        .await
        .unwrap()
        .unwrap();
    match who.via {
        Via::Session(id) => id,
        Via::Token(_) => panic!("a cookie is a session"),
    }
}

on_both_engines! {
    async fn signing_out_ends_the_connections_of_that_session(t: TestApp) {
        let team = Team::start(t).await;
        let (desk, phone) = (team.t.sign_in("olive@example.org").await, team.t.sign_in("olive@example.org").await);
        let mut at_desk = Events::open(&team.t.browser(&desk), &team.hello(1, None)).await;
        let mut second_tab = Events::open(&team.t.browser(&desk), &team.hello(2, None)).await;
        let mut on_phone = Events::open(&team.t.browser(&phone), &team.hello(3, None)).await;
        for events in [&mut at_desk, &mut second_tab, &mut on_phone] {
            events.welcome().await;
        }
        let desk = session_id(&team.t, &desk).await;
        sessions::sign_out(&team.t.app, desk).await.unwrap();
        for events in [&mut at_desk, &mut second_tab] {
            let told = timeout(SOON, events.hear()).await.unwrap();
            assert!(matches!(told, Some(ServerMessage::Kick { .. })), "{told:?}");
            assert!(timeout(SOON, events.hear()).await.unwrap().is_none());
        }
        team.commit(team.owner, team.create(1, "one")).await.unwrap();
        assert!(matches!(on_phone.hear().await, Some(ServerMessage::Frame(_))));
    }

    async fn a_deleted_token_ends_its_connections(t: TestApp) {
        let team = Team::start(t).await;
        let (token, secret) = tokens::create(&team.t.app, team.owner, tokens::Wanted::full(name("Bot"))).await.unwrap();
        let mut bot = Socket::open(team.t.address, secret.as_str(), &team.hello(1, None)).await.unwrap();
        let mut other = team.socket(team.owner, 2).await;
        tokens::delete(&team.t.app, team.owner, token.id).await.unwrap();
        let told = timeout(SOON, bot.hear()).await.unwrap();
        assert!(matches!(told, ServerMessage::Kick { .. }), "{told:?}");
        assert_eq!(timeout(SOON, bot.closed()).await.unwrap(), 4001);
        team.commit(team.owner, team.create(1, "one")).await.unwrap();
        other.frame().await;
    }

    /// Between the request's own check and the moment from which on a kick would reach it.
    async fn a_sign_in_that_ends_while_a_connection_opens_is_told_nothing(t: TestApp) {
        let team = Team::start(t).await;
        let token = team.token(team.owner).await;
        // Known from an earlier request, it is let in although the database has forgotten it.
        Socket::open(team.t.address, &token, &team.hello(1, None)).await.unwrap();
        let id = tokens::list(&team.t.app, team.owner).await.unwrap()[0].id;
        let mut tx = team.t.app.db.write().await.unwrap();
        tokens::store::delete(tx.conn(), team.owner, id).await.unwrap();
        tx.commit().await.unwrap();
        let late = Socket::open(team.t.address, &token, &team.hello(1, None)).await;
        let told = late.err().unwrap();
        assert!(told.contains("not Kick"), "{told}");
    }

    async fn whoever_is_shut_out_of_a_workspace_loses_their_connections(t: TestApp) {
        let team = Team::start(t).await;
        let mina = team.member("mina@example.org", Role::Member).await;
        let mut theirs = team.socket(mina, 2).await;
        let mut mine = team.socket(team.owner, 1).await;
        let shut_out = members::Mutation::SetActive { id: mina, active: false };
        team.commit(team.owner, shut_out).await.unwrap();
        assert_eq!(timeout(SOON, theirs.closed()).await.unwrap(), 4004);
        mine.frame().await;
    }
}
