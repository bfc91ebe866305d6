//! URLs, and connections to a real server.

mod servers;
mod urls;
