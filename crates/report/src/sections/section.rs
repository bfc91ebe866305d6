//! What a section is.

use crate::gather::RunData;
use crate::html::Element;

/// A section of the page.
pub trait Section: Send + Sync {
    /// The link target, unique on the page: lower-case letters, digits and `-`.
    fn id(&self) -> &str;

    /// Its name in the table of contents.
    fn title(&self) -> &str;

    /// The section with its heading, as an element whose `id` attribute is [`Section::id`]; see
    /// [`section`](crate::html::section). `None` if the run has nothing to show; the section is then also left out of
    /// the table of contents. Must be deterministic: the same run gives the same element.
    fn render(&self, run: &RunData) -> Option<Element>;
}
