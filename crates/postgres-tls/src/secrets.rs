//! What a URL must not hold: command lines and settings are shown, logged and stored.

use crate::error::InvalidUrl;
use percent_encoding::percent_decode_str;

/// Refuses a URL with a password, or with anything that may be a part of one. `rest` follows the `://`.
pub(crate) fn refuse(rest: &str) -> Result<(), InvalidUrl> {
    let end = rest.find(['/', '?', '#']).unwrap_or(rest.len());
    let (authority, after) = rest.split_at(end);
    let (user, hosts) = authority.split_once('@').unwrap_or(("", authority));
    let decoded = percent_decode_str(user).decode_utf8_lossy();
    // An @ behind the first one, or behind the hosts, can only end a password that was not escaped.
    if decoded.contains(':') || hosts.contains('@') || after.contains('@') {
        return Err(InvalidUrl::Password);
    }
    let query = after.split_once('?').map_or("", |(_, query)| query);
    let keys = query.split(['&', '?', ';']).map(|pair| pair.split('=').next().unwrap_or_default());
    for key in keys {
        let key = percent_decode_str(key).decode_utf8_lossy().to_lowercase();
        if ["password", "sslpassword", "passwd", "pwd"].contains(&key.trim()) {
            return Err(InvalidUrl::Password);
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn passwords_are_found_wherever_they_are() {
        for with in [
            "me:secret@h/d",
            "me:@h/d",
            ":secret@h/d",
            "me%3Asecret@h/d",
            "me:se?cret@h/d",
            "me:se/cret@h/d",
            "me:se#cret@h/d",
            "me:se@cret@h/d",
            "me:se%40cret@h/d",
            "me@h@secret/d",
            "me@h/d?password=secret",
            "me@h/d?sslmode=require&PASSWORD=secret",
            "me@h/d?p%61ssword=secret",
            "h/d?connect_timeout=3?password=secret",
            "h/d?options=a@b",
        ] {
            assert_eq!(refuse(with), Err(InvalidUrl::Password), "{with}");
        }
        for without in
            ["h", "me@h", "me@h:1,i:2/d", "me@[::1]:5432/d", "/d", "me@h/d?options=-c%20a%3Ab", "me@%2Frun/d"]
        {
            assert_eq!(refuse(without), Ok(()), "{without}");
        }
    }
}
