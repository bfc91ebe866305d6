//! The parameters of a URL that the driver does not know.

use crate::error::InvalidUrl;
use percent_encoding::percent_decode_str;

/// The parameters of a URL that say how to encrypt. An empty value counts as none, as with libpq.
#[derive(Debug, Default, PartialEq, Eq)]
pub(crate) struct Parameters {
    pub(crate) mode: Option<String>,
    pub(crate) root: Option<String>,
    pub(crate) certificate: Option<String>,
    pub(crate) key: Option<String>,
}

/// Takes them out of a URL. The rest is for the driver.
pub(crate) fn take(url: &str) -> Result<(String, Parameters), InvalidUrl> {
    let mut taken = Parameters::default();
    let Some(mark) = url.find('?') else {
        return Ok((url.to_owned(), taken));
    };
    let mut rest = Vec::new();
    for pair in url[mark + 1..].split('&') {
        let (key, value) = pair.split_once('=').unwrap_or((pair, ""));
        let place = match key {
            "sslmode" => &mut taken.mode,
            "sslrootcert" => &mut taken.root,
            "sslcert" => &mut taken.certificate,
            "sslkey" => &mut taken.key,
            _ => {
                rest.push(pair);
                continue;
            }
        };
        let value = percent_decode_str(value).decode_utf8().map_err(|_| InvalidUrl::Form)?;
        *place = (!value.is_empty()).then(|| value.into_owned());
    }
    let separator = if rest.is_empty() { "" } else { "?" };
    Ok((format!("{}{separator}{}", &url[..mark], rest.join("&")), taken))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn own_parameters_are_taken_and_others_left() {
        let check = |url: &str, rest: &str, expected: [Option<&str>; 4]| {
            let [mode, root, certificate, key] = expected.map(|value| value.map(str::to_owned));
            assert_eq!(
                take(url),
                Ok((rest.to_owned(), Parameters { mode, root, certificate, key })),
                "{url}"
            );
        };
        let none = [None; 4];
        check("postgresql://h/d", "postgresql://h/d", none);
        check("postgresql://h/d?", "postgresql://h/d?", none);
        check("postgresql://h/d?sslmode=require", "postgresql://h/d", [Some("require"), None, None, None]);
        check(
            "postgresql://u@h?connect_timeout=3&sslrootcert=a%20b/c.pem&options=-c%20x&sslcert=&sslkey=k",
            "postgresql://u@h?connect_timeout=3&options=-c%20x",
            [None, Some("a b/c.pem"), None, Some("k")],
        );
        assert_eq!(take("postgresql://h?sslmode=%ff"), Err(InvalidUrl::Form));
    }
}
