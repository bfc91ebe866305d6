//! Requests that are bounded in time and size, paced, and repeated where that may help.

use chrono::DateTime;
use std::time::Duration;
use ureq::Agent;
use ureq::http::HeaderMap;

/// The most bytes of an answer: decades of daily bars are below a tenth of it.
const LARGEST: u64 = 32 << 20;

/// The longest time that a server may ask to wait; it would be better asked again another day.
const LONGEST_WAIT: Duration = Duration::from_secs(300);

/// The longest wait between attempts where the server states none.
const LONGEST_BACKOFF: Duration = Duration::from_secs(60);

/// An answer: its status and all of its bytes.
#[derive(Debug)]
pub(super) struct Answer {
    pub(super) status: u16,
    pub(super) bytes: Vec<u8>,
}

/// Why there is no answer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct NoAnswer {
    /// What happened.
    pub(super) reason: String,
    /// What to do.
    pub(super) remedy: &'static str,
}

/// Asks for one thing after the other.
#[derive(Debug)]
pub(super) struct Client {
    agent: Agent,
    /// From one request to the next.
    pause: Duration,
    attempts: usize,
    /// The wait after the first failure; it doubles with each further one.
    backoff: Duration,
    has_asked: bool,
}

impl Client {
    pub(super) fn new(pause: Duration, attempts: usize, timeout: Duration, backoff: Duration) -> Self {
        let config = Agent::config_builder()
            .http_status_as_error(false)
            .timeout_global(Some(timeout))
            // The library reads no environment, so no proxy that it names either.
            .proxy(None)
            // Without a name that looks like a browser's, the service refuses every request.
            .user_agent("Mozilla/5.0 (compatible; Holdfast)")
            .build();
        Self { agent: config.into(), pause, attempts: attempts.max(1), backoff, has_asked: false }
    }

    /// Asks, and asks again after an answer that says that the service is busy or broken, or after none. The answer may
    /// have any other status.
    pub(super) fn ask(&mut self, url: &str) -> Result<Answer, NoAnswer> {
        let mut failure = String::new();
        for attempt in 1..=self.attempts {
            if std::mem::replace(&mut self.has_asked, true) {
                std::thread::sleep(self.pause);
            }
            let stated = match self.ask_once(url) {
                Ok((answer, headers)) if is_temporary(answer.status) => {
                    failure = format!("status {}", answer.status);
                    stated_wait(&headers)
                }
                Ok((answer, _)) => return Ok(answer),
                Err(ureq::Error::BodyExceedsLimit(limit)) => {
                    let reason = format!("the answer exceeds {limit} bytes");
                    return Err(NoAnswer { reason, remedy: "ask for fewer years, or check source.url" });
                }
                Err(error) => {
                    failure = error.to_string();
                    None
                }
            };
            if attempt == self.attempts {
                break;
            }
            if let Some(wait) = stated.filter(|&wait| wait > LONGEST_WAIT) {
                let reason = format!("{failure}, and it asks to wait {} seconds", wait.as_secs());
                return Err(NoAnswer { reason, remedy: "try again then" });
            }
            let backoff = self.backoff.saturating_mul(1 << (attempt - 1).min(16)).min(LONGEST_BACKOFF);
            let wait = stated.unwrap_or(backoff);
            tracing::info!("{failure}; attempt {} of {} follows in {wait:?}", attempt + 1, self.attempts);
            std::thread::sleep(wait);
        }
        let times = if self.attempts == 1 { "" } else { "s" };
        let reason = format!("no answer after {} attempt{times}, the last with {failure}", self.attempts);
        Err(NoAnswer {
            reason,
            remedy: "check the network, try again later, or lower source.requests_per_second",
        })
    }

    fn ask_once(&self, url: &str) -> Result<(Answer, HeaderMap), ureq::Error> {
        let response = self.agent.get(url).call()?;
        let (parts, mut body) = response.into_parts();
        if body.content_length().is_some_and(|length| length > LARGEST) {
            return Err(ureq::Error::BodyExceedsLimit(LARGEST));
        }
        let bytes = body.with_config().limit(LARGEST).read_to_vec()?;
        Ok((Answer { status: parts.status.as_u16(), bytes }, parts.headers))
    }
}

/// Whether the same request may succeed later.
fn is_temporary(status: u16) -> bool {
    matches!(status, 408 | 429 | 500 | 502 | 503 | 504)
}

/// How long the server asks to wait: in seconds, or until a time that its own clock is compared with.
fn stated_wait(headers: &HeaderMap) -> Option<Duration> {
    let header = |name: &str| headers.get(name).and_then(|value| value.to_str().ok()).map(str::trim);
    let stated = header("retry-after")?;
    if let Ok(seconds) = stated.parse() {
        return Some(Duration::from_secs(seconds));
    }
    let time = |text: &str| DateTime::parse_from_rfc2822(text).ok();
    let wait = time(stated)?.signed_duration_since(time(header("date")?)?);
    Some(wait.to_std().unwrap_or_default())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_stated_wait_is_in_seconds_or_until_a_time() {
        let wait = |headers: &[(&'static str, &str)]| {
            let headers = headers.iter().map(|(name, value)| (name.parse().unwrap(), value.parse().unwrap()));
            stated_wait(&headers.collect())
        };
        assert_eq!(wait(&[("retry-after", "7")]), Some(Duration::from_secs(7)));
        let date = ("date", "Fri, 02 Jan 2015 10:00:00 GMT");
        assert_eq!(
            wait(&[("retry-after", "Fri, 02 Jan 2015 10:01:30 GMT"), date]),
            Some(Duration::from_secs(90))
        );
        assert_eq!(wait(&[("retry-after", "Fri, 02 Jan 2015 09:00:00 GMT"), date]), Some(Duration::ZERO));
        assert_eq!(wait(&[("retry-after", "Fri, 02 Jan 2015 10:01:30 GMT")]), None);
        assert_eq!(wait(&[("retry-after", "soon"), date]), None);
        assert_eq!(wait(&[]), None);
    }
}
