//! Connections to the server that `tests/with-postgres` starts, and to one that is not there.

use crate::{ConnectError, Passwords, Server};
use postgres::Client;
use std::path::Path;
use test_support::skip::Need;
use test_support::tls;

fn connect(url: &str) -> Result<Client, ConnectError> {
    url.parse::<Server>().unwrap().connect()
}

/// Whether the server says that the connection is encrypted.
fn is_encrypted(client: &mut Client) -> bool {
    client.query_one("SELECT ssl FROM pg_stat_ssl WHERE pid = pg_backend_pid()", &[]).unwrap().get(0)
}

/// A value of `sslrootcert` and the like.
fn file(name: &str) -> String {
    tls::file(name).display().to_string()
}

#[track_caller]
fn check(url: &str, encrypted: bool) {
    let mut client = connect(url).unwrap_or_else(|error| panic!("{url}: {error}"));
    assert_eq!(is_encrypted(&mut client), encrypted, "{url}");
}

#[track_caller]
fn check_refused(url: &str, parts: &[&str]) {
    let error = connect(url).map(|_| ()).unwrap_err().to_string();
    assert!(parts.iter().all(|part| error.contains(part)), "{url}: {error}");
    assert!(!error.contains("sesame"), "{error}");
}

#[test]
fn each_mode_encrypts_and_checks_what_it_says() {
    let Some(server) = Need::PostgreSql.or_skip() else { return };
    let url = |host: &str, query: &str| tls::url(&server, "holdfast", host, query);
    let (right, wrong) = (file("authority.pem"), file("other-authority.pem"));
    check(&url("localhost", "sslmode=disable"), false);
    // Neither looks at the certificate, let alone at its name.
    for query in ["", "sslmode=prefer", "sslmode=require"] {
        check(&url("elsewhere.example", query), true);
    }
    let rooted = |mode: &str, root: &str| format!("sslmode={mode}&sslrootcert={root}");
    check(&url("elsewhere.example", &rooted("verify-ca", &right)), true);
    check(&url("elsewhere.example", &rooted("require", &right)), true);
    check(&url("localhost", &rooted("verify-full", &right)), true);
    check(&url("127.0.0.1", &rooted("verify-full", &right)), true);
    for mode in ["require", "verify-ca", "verify-full"] {
        check_refused(
            &url("localhost", &rooted(mode, &wrong)),
            &["error performing TLS handshake: invalid peer certificate", "set sslrootcert in the URL"],
        );
    }
    // Like libpq, it would rather be plain than not be.
    check(&url("localhost", &rooted("prefer", &wrong)), false);
    check_refused(
        &url("elsewhere.example", &rooted("verify-full", &right)),
        &["\"elsewhere.example\"", "localhost", "write a host that the certificate names"],
    );
    for query in ["sslmode=verify-full", "sslrootcert=system"] {
        check_refused(&url("localhost", query), &["UnknownIssuer", "set sslrootcert in the URL"]);
    }
}

#[test]
fn a_server_that_insists_on_encryption_says_so() {
    let Some(server) = Need::PostgreSql.or_skip() else { return };
    let url = |role: &str, query: &str| tls::url(&server, role, "localhost", query);
    check(&url("only_tls", ""), true);
    check_refused(
        &url("only_tls", "sslmode=disable"),
        &["SQLSTATE 28000", "no encryption", "set sslmode=require or more in the URL"],
    );
    // The reverse: a server that offers encryption, and an entry without it.
    check(&url("only_plain", ""), false);
    check_refused(&url("only_plain", "sslmode=require"), &["SQLSTATE 28000"]);
    check_refused(&url("nobody", ""), &["SQLSTATE 28000", "; without encryption: SQLSTATE 28000"]);
}

#[test]
fn passwords_are_bound_to_the_connection() {
    let Some(server) = Need::PostgreSql.or_skip() else { return };
    let url = |query: &str| tls::url(&server, "with_password", "localhost", query);
    let connect = |passwords: Passwords, query: &str| {
        let server: Server = url(query).parse().unwrap();
        server.with_passwords(passwords).connect()
    };
    let bound = "sslmode=require&channel_binding=require";
    assert!(is_encrypted(&mut connect(Passwords::given("open sesame"), bound).unwrap()));
    let refused = connect(Passwords::given("sesame"), "sslmode=require").map(|_| ()).unwrap_err().to_string();
    assert!(refused.contains("SQLSTATE 28P01") && !refused.contains("sesame"), "{refused}");
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("pgpass");
    std::fs::write(&path, "elsewhere:*:*:*:sesame\nlocalhost:*:postgres:with_password:open sesame\n")
        .unwrap();
    #[cfg(unix)]
    std::fs::set_permissions(&path, std::os::unix::fs::PermissionsExt::from_mode(0o600)).unwrap();
    assert!(is_encrypted(&mut connect(Passwords::in_file(&path), bound).unwrap()));
}

#[test]
fn a_client_shows_its_certificate() {
    let Some(server) = Need::PostgreSql.or_skip() else { return };
    let url = |query: &str| tls::url(&server, "certified", "localhost", query);
    let (certificate, key) = (file("client.pem"), file("client-key.pem"));
    check(&url(&format!("sslmode=require&sslcert={certificate}&sslkey={key}")), true);
    check_refused(&url("sslmode=require"), &["SQLSTATE 28000"]);
    let others = file("server-key.pem");
    let mismatch = url(&format!("sslmode=require&sslcert={certificate}&sslkey={others}"));
    check_refused(&mismatch, &["sslkey ", "server-key.pem: "]);
}

#[test]
fn files_that_hold_something_else_are_named() {
    let folder = tempfile::tempdir().unwrap();
    let empty = folder.path().join("empty.pem");
    std::fs::write(&empty, "no certificate").unwrap();
    let url = |query: &str| format!("postgresql://me@127.0.0.1:1/bars?{query}");
    let check_file = |query: &str, path: &Path, reason: &str| {
        let (parameter, _) = query.split_once('=').unwrap();
        let url = url(&format!("sslmode=require&{}{query}{}", others(parameter), path.display()));
        check_refused(&url, &[&format!("{parameter} {}: {reason}", path.display())]);
    };
    let gone = folder.path().join("gone.pem");
    check_file("sslrootcert=", &gone, "No such file");
    check_file("sslrootcert=", &empty, "none found, expected certificates in PEM form");
    check_file("sslcert=", &empty, "none found, expected certificates in PEM form");
    check_file("sslkey=", &empty, "none found, expected an unencrypted key in PEM form");
}

/// What has to be there beside a parameter under test.
fn others(parameter: &str) -> String {
    match parameter {
        "sslcert" => format!("sslkey={}&", file("client-key.pem")),
        "sslkey" => format!("sslcert={}&", file("client.pem")),
        _ => String::new(),
    }
}

#[test]
fn a_server_that_is_not_there_is_not_tried_twice() {
    check_refused("postgresql://me@127.0.0.1:1/bars", &["error connecting to server: "]);
    let error = connect("postgresql://me@127.0.0.1:1/bars").map(|_| ()).unwrap_err().to_string();
    assert!(!error.contains("without encryption"), "{error}");
}

#[test]
fn a_server_without_encryption_is_refused_where_it_is_required() {
    use std::io::{Read as _, Write as _};
    let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let port = listener.local_addr().unwrap().port();
    let server = std::thread::spawn(move || {
        let (mut stream, _) = listener.accept().unwrap();
        stream.read_exact(&mut [0; 8]).unwrap();
        stream.write_all(b"N").unwrap();
    });
    let url = format!("postgresql://me@127.0.0.1:{port}/bars?sslmode=require");
    check_refused(&url, &["server does not support TLS: turn `ssl` on at the server"]);
    server.join().unwrap();
}
