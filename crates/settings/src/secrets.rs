//! Passwords in settings: refused, since settings are stored, and never shown.

use crate::part::PartSetting;

/// What begins the URL of a file, which has no password.
const FILE: &str = "sqlite:";

/// What to do instead.
const REMEDY: &str = "has a password in it, which would be stored with the run: leave it out, and set PGPASSWORD or write \
                      a line HOST:PORT:DATABASE:USER:PASSWORD into ~/.pgpass or the file that PGPASSFILE names";

/// Refuses a URL of the source `sql` with what may be a password: the key, and the reason without it.
///
/// The source itself parses its URL, but only after the settings were compared with those of other runs, and shown.
pub(crate) fn fault(source: &PartSetting) -> Option<(String, String)> {
    let url = source.params.text("url").filter(|url| source.name == "sql" && !url.starts_with(FILE))?;
    let has_password = hidden(url) != url || url.to_lowercase().contains("password");
    has_password.then(|| ("data.source.url".to_owned(), REMEDY.to_owned()))
}

/// A text, such as a line of a configuration that cannot be parsed, without the passwords in it: all between a user's
/// colon and the last `@` of a line, and all that follows `password=`.
pub(crate) fn hidden(text: &str) -> String {
    text.split_inclusive('\n').map(hidden_in_line).collect()
}

fn hidden_in_line(line: &str) -> String {
    const SHOWN: &str = "..";
    let mut shown = line.to_owned();
    if let Some(start) = shown.find("://").map(|place| place + 3)
        && let Some(end) = shown[start..].rfind('@').map(|place| start + place)
        && let Some(colon) = shown[start..end].find(':')
    {
        shown.replace_range(start + colon..end, &format!(":{SHOWN}"));
    }
    // The letters of the key have one byte each, in either case, so that places are the same.
    if let Some(place) = shown.to_ascii_lowercase().find("password") {
        let after = place + "password".len();
        if let Some(value) = shown[after..].trim_start().strip_prefix('=') {
            let end = shown.trim_end_matches(['\n', '\r']).len();
            let start = shown.len() - value.len();
            shown.replace_range(start..end.max(start), SHOWN);
        }
    }
    shown
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Config, Preset};

    #[test]
    fn a_url_with_a_password_is_refused_without_showing_it() {
        for url in [
            "postgresql://me:secret@host/bars",
            "postgresql://me:se/cr@et@host/bars",
            "mysql://me:secret@host",
            "postgresql://me@host/bars?password=secret",
            "host=h user=me Password = secret",
        ] {
            let text = format!("[data.source]\nname = \"sql\"\nquery = \"select 1\"\nurl = \"{url}\"\n");
            let error = Config::from_toml(Preset::Smoke, &text, "run.toml").unwrap_err().to_string();
            assert!(error.starts_with("run.toml, line 4: data.source.url: "), "{error}");
            assert!(
                error.contains("PGPASSWORD") && !error.contains("secret") && !error.contains("et@"),
                "{error}"
            );
            // The quote is missing, so that the parser shows the line.
            let broken = text.replace(&format!("{url}\""), url);
            let error = Config::from_toml(Preset::Smoke, &broken, "run.toml").unwrap_err().to_string();
            assert!(
                error.contains("4 | url") && !error.contains("secret") && !error.contains("et@"),
                "{error}"
            );
        }
        for url in ["postgresql://me@host:1/bars?sslmode=require", "sqlite:a:b@c.db"] {
            assert_eq!(fault(&PartSetting::named("sql").with("url", url)), None, "{url}");
        }
    }

    #[test]
    fn only_passwords_are_hidden() {
        for plain in ["a = 1\nb = \"x\"\n", "url = \"postgresql://me@h:1/d\"", "my password is none", ""] {
            assert_eq!(hidden(plain), plain);
        }
        assert_eq!(hidden("a\nu = \"p://me:x@y@h\"\nz"), "a\nu = \"p://me:..@h\"\nz");
    }
}
