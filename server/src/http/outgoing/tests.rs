//! Ways to make a server ask its own network.

use super::*;
use axum::Router;
use axum::http::Uri;
use axum::response::{IntoResponse as _, Redirect};
use std::collections::VecDeque;
use std::sync::Mutex;

fn settings(allowed: &[&str]) -> OutgoingSettings {
    OutgoingSettings {
        allowed: allowed
            .iter()
            .map(|network| network.parse().unwrap())
            .collect(),
        timeout: Duration::from_secs(20),
        bytes_max: 1_000,
    }
}

/// A way out in which names are looked up here: each answer once, the last for ever.
fn outgoing(allowed: &[&str], answers: &[&[&str]]) -> Outgoing {
    let _ = rustls::crypto::ring::default_provider().install_default();
    let parse = |answer: &&[&str]| answer.iter().map(|text| text.parse().unwrap()).collect();
    let answers: VecDeque<Vec<IpAddr>> = answers.iter().map(parse).collect();
    let answers = Arc::new(Mutex::new(answers));
    let lookup: Lookup = Arc::new(move |_| {
        let mut answers = answers.lock().unwrap();
        let found = match answers.len() {
            1 => answers[0].clone(),
            _ => answers.pop_front().unwrap_or_default(),
        };
        Box::pin(async move { Ok(found) })
    });
    Outgoing::with(&settings(allowed), lookup)
}

#[tokio::test]
async fn what_the_operator_named_may_be_asked_wherever_it_is_and_nothing_beside_it() {
    let guard = |named: &str| outgoing(&[], &[&["10.0.0.7"]]).guard([named.to_owned()]);
    let check = |named: &str, address: &str| guard(named).check(&address.parse().unwrap());
    assert_eq!(check("127.0.0.1", "http://127.0.0.1:8080/keys"), Ok(()));
    assert_eq!(check("[::1]", "http://[::1]:8080/keys"), Ok(()));
    assert!(is_refused(&check("127.0.0.1", "http://127.0.0.2/keys")));
    assert!(is_refused(&check(
        "id.example.org",
        "http://169.254.169.254/"
    )));
    let id = guard("ID.example.org");
    let found = id.addresses("id.example.org").await.unwrap();
    assert_eq!(found, [SocketAddr::from(([10, 0, 0, 7], 0))]);
    assert!(id.addresses("metadata.example.org").await.is_err());
}

async fn ask(outgoing: &Outgoing, address: &str) -> Result<(u16, String), Unanswered> {
    let request = outgoing.request(Method::GET, address)?;
    let answer = outgoing.send(request).await?;
    Ok((
        answer.status.as_u16(),
        String::from_utf8(answer.body).unwrap(),
    ))
}

fn is_refused<T: fmt::Debug>(answer: &Result<T, Unanswered>) -> bool {
    matches!(answer, Err(Unanswered::Refused(_)))
}

/// A server on this machine; its port.
async fn neighbour() -> u16 {
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let port = listener.local_addr().unwrap().port();
    let answer = async |uri: Uri| match uri.path() {
        "/" => "here".into_response(),
        "/again" => Redirect::temporary("/again").into_response(),
        path => match (path.strip_prefix("/large/"), path.strip_prefix("/to/")) {
            (Some(bytes), _) => "x".repeat(bytes.parse().unwrap()).into_response(),
            (_, to) => Redirect::temporary(to.unwrap()).into_response(),
        },
    };
    let routes = Router::new().fallback(answer);
    tokio::spawn(async move { axum::serve(listener, routes).await });
    port
}

#[tokio::test]
async fn however_an_address_is_written_it_is_the_same() {
    let out = outgoing(&[], &[&["1.1.1.1"]]);
    for address in [
        "http://127.0.0.1/",
        "http://2130706433/",
        "http://0177.0.0.1/",
        "http://0x7f.0.0.1/",
        "http://0x7f000001/",
        "http://127.1/",
        "http://127.0.0.1./",
        "http://0/",
        "http://１２７.０.０.１/",
        "http://169.254.169.254/latest/meta-data/",
        "http://[::1]/",
        "http://[::ffff:127.0.0.1]/",
        "http://[::ffff:7f00:1]/",
        "http://[0:0:0:0:0:ffff:a9fe:a9fe]/",
        "http://[64:ff9b::127.0.0.1]/",
        "http://[fd00:ec2::254]/",
        "https://10.0.0.1:8443/",
        "http://user:password@example.org/",
        "file:///etc/passwd",
        "gopher://example.org/",
        "//example.org/",
        "example.org",
        "",
    ] {
        let answer = out.request(Method::GET, address);
        assert!(is_refused(&answer), "{address}: {answer:?}");
    }
}

#[tokio::test]
async fn a_name_for_an_address_inside_is_refused() {
    for answers in [
        &["127.0.0.1"][..],
        &["::1"],
        &["::ffff:10.0.0.1"],
        // One good one does not excuse the others.
        &["1.1.1.1", "192.168.0.1"],
    ] {
        let answer = ask(&outgoing(&[], &[answers]), "http://intern.example/").await;
        assert!(is_refused(&answer), "{answers:?}: {answer:?}");
    }
}

#[tokio::test]
async fn a_name_that_changes_its_mind_gains_nothing() {
    let port = neighbour().await;
    // What is allowed is asked at the address that was looked at.
    let out = outgoing(&["127.0.0.1/32"], &[&["127.0.0.1"], &["10.0.0.1"]]);
    let address = format!("http://rebinding.example:{port}/");
    assert_eq!(ask(&out, &address).await, Ok((200, "here".to_owned())));
    // Each connection looks anew: the one that is there is used again, to the address that was good.
    let fresh = format!("http://other.example:{port}/");
    assert!(is_refused(&ask(&out, &fresh).await));
}

#[tokio::test]
async fn a_redirect_is_looked_at_like_an_address() {
    let port = neighbour().await;
    let out = outgoing(&["127.0.0.1/32"], &[&["127.0.0.1"], &["10.0.0.1"]]);
    let base = format!("http://127.0.0.1:{port}");
    let to = |address: &str| format!("{base}/to/{address}");
    assert_eq!(ask(&out, &to("/")).await, Ok((200, "here".to_owned())));
    for address in [
        "http://169.254.169.254/",
        "http://[::1]/",
        "http://2852039166/",
    ] {
        let answer = ask(&out, &to(address)).await;
        assert!(is_refused(&answer), "{address}: {answer:?}");
    }
    assert!(is_refused(&ask(&out, &format!("{base}/again")).await));
    // Where no HTTP is spoken, nobody follows.
    assert_eq!(
        ask(&out, &to("file:///etc/passwd")).await,
        Ok((307, String::new()))
    );
}

#[tokio::test]
async fn an_answer_has_a_largest_size() {
    let port = neighbour().await;
    let out = outgoing(&["127.0.0.1/32"], &[&["127.0.0.1"]]);
    let sized = |bytes: usize| format!("http://127.0.0.1:{port}/large/{bytes}");
    assert_eq!(ask(&out, &sized(1_000)).await.unwrap().1.len(), 1_000);
    assert_eq!(ask(&out, &sized(1_001)).await, Err(Unanswered::TooLarge));
}

#[tokio::test]
async fn nobody_learns_what_there_is_inside() {
    let out = outgoing(&["127.0.0.1/32"], &[&["127.0.0.1"]]);
    let closed = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let port = closed.local_addr().unwrap().port();
    drop(closed);
    let answer = ask(&out, &format!("http://127.0.0.1:{port}/")).await;
    assert_eq!(answer, Err(Unanswered::Unreachable));
}
