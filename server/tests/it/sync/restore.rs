//! A database that is older than what was known of it.

use super::Team;
use crate::harness::{START, TestApp, on_both_engines};
use server::app::App;
use server::clock::Clock;
use server::db::Db;
use server::http::assets::Site;
use server::on_engine;
use server::rng::Rng;
use shared::ids::Epoch;

/// The lives of the log that the next server finds.
async fn epoch_after_start(team: &Team, seed: u64) -> Epoch {
    let config = team.t.app.config.clone();
    let (clock, rng) = (Clock::manual(START), Rng::seeded(seed));
    let app = App::open(config, Site::none(), clock, rng).await.unwrap();
    let epoch = app.sync.hub(team.workspace).await.unwrap().epoch;
    app.shutdown.cancel();
    app.db.close().await;
    epoch
}

/// Takes the order back by some changes, as a backup would.
async fn restore(team: &Team, changes: i64) {
    let db = Db::open(team.t.database()).await.unwrap();
    let mut tx = db.unfenced().write().await.unwrap();
    let head = "update workspace_heads set seq = seq - $1";
    on_engine!(tx.conn(), |c| sqlx::query(head)
        .bind(changes)
        .execute(c)
        .await
        .map(drop))
    .unwrap();
    for log in [
        "delete from tx_log where seq > (select seq from workspace_heads)",
        "delete from change_log where seq > (select seq from workspace_heads)",
    ] {
        on_engine!(tx.conn(), |c| sqlx::query(log).execute(c).await.map(drop)).unwrap();
    }
    tx.commit().await.unwrap();
    db.close().await;
}

on_both_engines! {
    async fn a_restored_database_begins_another_life_of_the_log(t: TestApp) {
        let mut team = Team::start(t).await;
        for n in 0..3 {
            team.commit(team.owner, team.create(n, "a task")).await.unwrap();
        }
        let first = team.t.app.sync.hub(team.workspace).await.unwrap().epoch;
        team.t.app.shutdown.cancel();
        (&mut team.t.serving).await.unwrap().unwrap();
        assert_eq!(epoch_after_start(&team, 11).await, first, "nothing was restored");
        restore(&team, 1).await;
        let second = epoch_after_start(&team, 12).await;
        assert_ne!(second, first);
        assert_eq!(epoch_after_start(&team, 13).await, second, "once is enough");
    }
}
