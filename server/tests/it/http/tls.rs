//! TLS in the program, and connections that take their time.

use crate::harness::{Engine, PASSWORD, Setup, TestApp};
use rcgen::generate_simple_self_signed;
use rustls::pki_types::{CertificateDer, ServerName};
use rustls::version::{TLS12, TLS13};
use rustls::{ClientConfig, ProtocolVersion, RootCertStore, SupportedProtocolVersion};
use server::http::tls::Certificates;
use std::fs;
use std::path::Path;
use std::sync::Arc;
use tempfile::TempDir;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;
use tokio_rustls::TlsConnector;
use tokio_rustls::client::TlsStream;

/// Writes a new certificate and its key; what browsers have to trust.
fn write_certificate(dir: &Path) -> CertificateDer<'static> {
    let made = generate_simple_self_signed(vec!["localhost".to_owned()]).unwrap();
    fs::write(dir.join("cert.pem"), made.cert.pem()).unwrap();
    fs::write(dir.join("key.pem"), made.signing_key.serialize_pem()).unwrap();
    made.cert.der().clone()
}

async fn start(dir: &TempDir) -> TestApp {
    let path = |name: &str| dir.path().join(name).display().to_string();
    let setup = Setup::new(Engine::Sqlite).var("TEAMFLOW_TLS_CERT", &path("cert.pem"));
    let setup = setup.var("TEAMFLOW_TLS_KEY", &path("key.pem"));
    setup
        .var("TEAMFLOW_HEADER_TIMEOUT_SECONDS", "1")
        .start()
        .await
}

async fn connect(
    t: &TestApp,
    trusted: &CertificateDer<'static>,
    version: &'static SupportedProtocolVersion,
    alpn: &str,
) -> std::io::Result<TlsStream<TcpStream>> {
    let mut roots = RootCertStore::empty();
    roots.add(trusted.clone()).unwrap();
    let mut config = ClientConfig::builder_with_protocol_versions(&[version])
        .with_root_certificates(roots)
        .with_no_client_auth();
    config.alpn_protocols = vec![alpn.as_bytes().to_vec()];
    let stream = TcpStream::connect(t.address).await?;
    let name = ServerName::try_from("localhost").unwrap();
    TlsConnector::from(Arc::new(config))
        .connect(name, stream)
        .await
}

/// Everything until the server closes the connection.
async fn rest(stream: &mut (impl tokio::io::AsyncRead + Unpin)) -> String {
    let mut bytes = Vec::new();
    // Without a good-bye is an end, too.
    let _ = stream.read_to_end(&mut bytes).await;
    String::from_utf8_lossy(&bytes).into_owned()
}

/// What a connection of HTTP/2 begins with: the preface, and settings that say nothing.
const PREFACE: &[u8] = b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n\0\0\0\x04\0\0\0\0\0";

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_silent_connection_of_http2_does_not_keep_the_server_up() {
    let dir = tempfile::tempdir().unwrap();
    let certificate = write_certificate(dir.path());
    let mut t = start(&dir).await;
    let mut silent = connect(&t, &certificate, &TLS13, "h2").await.unwrap();
    silent.write_all(PREFACE).await.unwrap();
    let mut settings = [0; 9];
    silent.read_exact(&mut settings).await.unwrap();
    t.stop().await;
    // A server that gives up does not come that far.
    assert!(t.app.tasks.is_closed());
}

const ASK: &[u8] = b"GET /health HTTP/1.1\r\nhost: localhost\r\nconnection: close\r\n\r\n";

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn both_versions_are_spoken_and_browsers_may_choose_http2() {
    let dir = tempfile::tempdir().unwrap();
    let certificate = write_certificate(dir.path());
    let t = start(&dir).await;
    assert!(t.app.public_url.is_secure());
    for (version, expected) in [
        (&TLS13, ProtocolVersion::TLSv1_3),
        (&TLS12, ProtocolVersion::TLSv1_2),
    ] {
        let mut stream = connect(&t, &certificate, version, "http/1.1")
            .await
            .unwrap();
        assert_eq!(stream.get_ref().1.protocol_version(), Some(expected));
        stream.write_all(ASK).await.unwrap();
        let answer = rest(&mut stream).await;
        assert!(
            answer.starts_with("HTTP/1.1 200") && answer.contains(r#"{"status":"ok"}"#),
            "{answer}"
        );
    }
    let trusted = reqwest::Certificate::from_der(&certificate).unwrap();
    let client = reqwest::Client::builder()
        .no_proxy()
        .tls_certs_only([trusted])
        .resolve("localhost", t.address)
        .build()
        .unwrap();
    let base = format!("https://localhost:{}", t.address.port());
    let health = client.get(format!("{base}/health")).send().await.unwrap();
    assert_eq!(
        (health.status().as_u16(), health.version()),
        (200, reqwest::Version::HTTP_2)
    );
    // The whole way of coming in, with cookies that are bound to the host.
    t.sign_up("ada@example.org").await;
    let body = serde_json::json!({ "email": "ada@example.org", "password": PASSWORD });
    let sent = client
        .post(format!("{base}/api/v1/auth/sign-in"))
        .json(&body)
        .send()
        .await;
    assert_eq!(sent.unwrap().status().as_u16(), 200);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn changed_files_are_taken_up_and_broken_ones_are_not() {
    let dir = tempfile::tempdir().unwrap();
    let first = write_certificate(dir.path());
    let t = start(&dir).await;
    let certificates = t.app.certificates.get().unwrap();
    assert!(connect(&t, &first, &TLS13, "http/1.1").await.is_ok());
    assert!(!certificates.look().unwrap(), "nothing has changed");
    // Half of a new pair, as when it is being written.
    let kept = fs::read(dir.path().join("key.pem")).unwrap();
    let second = write_certificate(dir.path());
    let key = fs::read(dir.path().join("key.pem")).unwrap();
    fs::write(dir.path().join("key.pem"), &kept).unwrap();
    let error = certificates.look().unwrap_err();
    assert!(
        format!("{error:#}").contains("is not for the key"),
        "{error:#}"
    );
    assert!(connect(&t, &first, &TLS13, "http/1.1").await.is_ok());
    fs::write(dir.path().join("key.pem"), &key).unwrap();
    assert!(certificates.look().unwrap());
    assert!(connect(&t, &second, &TLS13, "http/1.1").await.is_ok());
    assert!(connect(&t, &first, &TLS13, "http/1.1").await.is_err());
}

#[test]
fn wrong_files_are_told_and_never_quoted() {
    let dir = tempfile::tempdir().unwrap();
    let path = |name: &str| dir.path().join(name);
    let files = server::config::TlsFiles {
        certificate: path("cert.pem"),
        key: path("key.pem"),
    };
    let told = || format!("{:#}", Certificates::open(&files).unwrap_err());
    assert!(
        told().contains("let TEAMFLOW_TLS_CERT name a file"),
        "{}",
        told()
    );
    write_certificate(dir.path());
    fs::write(path("key.pem"), "a planted secret").unwrap();
    assert!(
        told().contains("there is no private key in") && !told().contains("planted"),
        "{}",
        told()
    );
    fs::write(path("cert.pem"), "nothing").unwrap();
    assert!(told().contains("there is no certificate in"), "{}", told());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn whoever_takes_too_long_to_ask_is_hung_up_on() {
    let dir = tempfile::tempdir().unwrap();
    let certificate = write_certificate(dir.path());
    let tls = start(&dir).await;
    let setup = Setup::new(Engine::Sqlite).var("TEAMFLOW_HEADER_TIMEOUT_SECONDS", "1");
    let plain = setup.start().await;
    // Each waits for the server to hang up; if it did not, the test would not end.
    let silent = async {
        let mut stream = TcpStream::connect(plain.address).await.unwrap();
        rest(&mut stream).await;
    };
    let half_a_header = async {
        let mut stream = TcpStream::connect(plain.address).await.unwrap();
        stream
            .write_all(b"GET /health HTTP/1.1\r\nhost: loc")
            .await
            .unwrap();
        assert!(!rest(&mut stream).await.contains("200 OK"));
    };
    let no_handshake = async {
        let mut stream = TcpStream::connect(tls.address).await.unwrap();
        rest(&mut stream).await;
    };
    let no_preface = async {
        let mut stream = connect(&tls, &certificate, &TLS13, "h2").await.unwrap();
        stream.write_all(b"PRI * HTTP/2.0").await.unwrap();
        rest(&mut stream).await;
    };
    tokio::join!(silent, half_a_header, no_handshake, no_preface);
    assert_eq!(
        plain.anonymous().get("/health").await.status,
        200,
        "others are answered"
    );
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn headers_have_a_largest_size() {
    let t = TestApp::start(Engine::Sqlite).await;
    for (bytes, expected) in [(8_000, "HTTP/1.1 200"), (200_000, "HTTP/1.1 431")] {
        let mut stream = TcpStream::connect(t.address).await.unwrap();
        let header = format!("x-large: {}\r\n", "x".repeat(bytes));
        let ask =
            format!("GET /health HTTP/1.1\r\nhost: localhost\r\n{header}connection: close\r\n\r\n");
        // The server may hang up before all of it is sent.
        let _ = stream.write_all(ask.as_bytes()).await;
        let answer = rest(&mut stream).await;
        assert!(
            answer.starts_with(expected) || (bytes > 100_000 && answer.is_empty()),
            "{answer}"
        );
    }
}
