//! What a store claims beyond being a store.

/// Something that a store claims about the data of its site. Each claim is independent of the others.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Claim {
    /// The data outlive the handle.
    Durable,
    /// Several handles, in one process or many, work on the same data at once.
    Shared,
    /// The data are files in the site's directory that nobody else serves.
    Files,
}

/// What a store claims beyond being a store.
///
/// # Examples
///
/// ```
/// use mneme_conformance::{Claim, Claims};
///
/// let claims: Claims = [Claim::Durable, Claim::Files].into_iter().collect();
/// assert!(claims.durable && claims.files && !claims.shared);
/// ```
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
#[allow(clippy::struct_excessive_bools, reason = "the claims are independent of one another")]
#[non_exhaustive]
pub struct Claims {
    /// The data outlive the handle.
    pub durable: bool,
    /// Several handles, in one process or many, work on the same data at once.
    pub shared: bool,
    /// The data are files in the site's directory that nobody else serves.
    pub files: bool,
    /// The store can copy itself, and its author says how a copy becomes the data of a site.
    pub snapshots: bool,
}

impl Claims {
    /// Whether the data belong to the site: each handle on a site works on the same ones, one after the other or all
    /// at once. A store without such a claim is volatile: its data belong to the handle.
    pub(crate) fn are_of_the_site(self) -> bool {
        self.durable || self.shared
    }

    /// Whether one handle at a time may use the data.
    pub(crate) fn are_exclusive(self) -> bool {
        self.durable && !self.shared
    }
}

impl FromIterator<Claim> for Claims {
    fn from_iter<I: IntoIterator<Item = Claim>>(listed: I) -> Self {
        let mut claims = Self::default();
        for claim in listed {
            match claim {
                Claim::Durable => claims.durable = true,
                Claim::Shared => claims.shared = true,
                Claim::Files => claims.files = true,
            }
        }
        claims
    }
}
