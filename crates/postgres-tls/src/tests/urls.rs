//! What URLs say and may say.

use crate::{InvalidUrl, Mode, Passwords, Server};

fn security(query: &str) -> Result<Mode, InvalidUrl> {
    format!("postgresql://me@host/bars?{query}").parse().map(|server: Server| server.security.mode)
}

#[test]
fn a_mode_and_files_are_read() {
    assert_eq!(security(""), Ok(Mode::Prefer));
    for mode in Mode::ALL {
        assert_eq!(security(&format!("sslrootcert=a.pem&sslmode={mode}&connect_timeout=3")), Ok(mode));
    }
    assert_eq!(security("sslmode=verify-full"), Ok(Mode::VerifyFull));
    assert_eq!(security("sslrootcert=system"), Ok(Mode::VerifyFull));
    assert_eq!(security("sslrootcert=system&sslmode=disable"), Ok(Mode::Disable));
    assert_eq!(security("sslcert=a.pem&sslkey=b.pem"), Ok(Mode::Prefer));
}

#[test]
fn what_protects_less_than_it_seems_to_is_refused() {
    let error = |query: &str| security(query).unwrap_err().to_string();
    assert!(error("sslmode=allow").starts_with("has sslmode=allow, expected disable, prefer"));
    assert!(error("sslmode=verify-ca").starts_with("has sslmode=verify-ca and no sslrootcert"));
    assert!(error("sslmode=verify-ca&sslrootcert=system").contains("expected sslmode=verify-full"));
    assert!(error("sslmode=require&sslrootcert=system").contains("sslmode=require and sslrootcert=system"));
    assert!(error("sslkey=a").contains("only one of sslcert and sslkey"));
}

#[test]
fn a_password_is_refused_and_no_part_of_it_is_shown() {
    for (url, expected) in [
        ("postgresql://me:secret@host/bars?sslmode=require", InvalidUrl::Password),
        ("postgresql://me:secret@host:x/bars", InvalidUrl::Password),
        ("postgresql://me:sec?sslmode=secret@host:x/bars", InvalidUrl::Password),
        ("postgresql://me@host/bars?secret=1", InvalidUrl::Form),
        ("postgresql://me:secret", InvalidUrl::Form),
        ("mysql://me:secret@host", InvalidUrl::Form),
        ("POSTGRESQL://me:secret@host", InvalidUrl::Form),
        (" postgresql://me:secret@host", InvalidUrl::Form),
        ("host=h password=secret", InvalidUrl::Form),
    ] {
        let error = url.parse::<Server>().unwrap_err();
        assert_eq!(error, expected, "{url}");
        assert!(!format!("{error} {error:?}").contains("secret"));
    }
}

#[test]
fn a_server_is_shown_as_user_host_and_database() {
    let check = |url: &str, expected: &str| {
        let server = url.parse::<Server>().unwrap().with_passwords(Passwords::given("secret"));
        assert_eq!(server.to_string(), expected);
        assert!(!format!("{server:?}").contains("secret"), "{server:?}");
    };
    check("postgres://me@host:5432/bars?connect_timeout=3&sslmode=require", "postgresql://me@host/bars");
    check("postgresql://m%0ae@h:1,%2Frun:2/b%1b", "postgresql://m%0Ae@h:1,%2Frun:2/b%1B");
    check("postgresql://[::1]:7/bars", "postgresql://[::1]:7/bars");
    check("postgresql://me@host", "postgresql://me@host");
}

#[test]
fn a_server_with_an_address_alone_is_named_by_it() {
    let server: Server = "postgresql:///bars?hostaddr=127.0.0.1".parse().unwrap();
    assert_eq!(server.config().get_hosts(), [postgres::config::Host::Tcp("127.0.0.1".to_owned())]);
}
