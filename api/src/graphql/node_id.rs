//! Global ids: opaque to clients, typed and stable.

use async_graphql::ID;
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;

/// The kinds of objects that have a global id.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum NodeKind {
    /// A customer.
    Customer,
    /// A response.
    Response,
    /// A segment.
    Segment,
    /// A decision.
    Decision,
    /// A weekly review of a decision.
    DecisionReview,
    /// A recompute.
    Run,
    /// An entry of the audit log.
    AuditEntry,
    /// A file that was imported.
    Import,
}

impl NodeKind {
    const ALL: [Self; 8] = [
        Self::Customer,
        Self::Response,
        Self::Segment,
        Self::Decision,
        Self::DecisionReview,
        Self::Run,
        Self::AuditEntry,
        Self::Import,
    ];

    /// The name of the GraphQL type.
    const fn name(self) -> &'static str {
        match self {
            Self::Customer => "Customer",
            Self::Response => "Response",
            Self::Segment => "Segment",
            Self::Decision => "Decision",
            Self::DecisionReview => "DecisionReview",
            Self::Run => "Run",
            Self::AuditEntry => "AuditEntry",
            Self::Import => "Import",
        }
    }

    /// The global id of a row.
    pub fn id(self, row: i64) -> ID {
        ID(URL_SAFE_NO_PAD.encode(format!("{}:{row}", self.name())))
    }

    /// The kind and the row of a global id; `None` for anything that is not one.
    pub fn parse(id: &str) -> Option<(Self, i64)> {
        let text = String::from_utf8(URL_SAFE_NO_PAD.decode(id).ok()?).ok()?;
        let (name, row) = text.split_once(':')?;
        let kind = Self::ALL.into_iter().find(|kind| kind.name() == name)?;
        Some((kind, row.parse().ok()?))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_id_names_its_type_and_nothing_else_is_one() {
        for kind in NodeKind::ALL {
            assert_eq!(NodeKind::parse(&kind.id(42)), Some((kind, 42)));
        }
        for text in ["", "42", "Segment:42", "U2VnbWVudDo", "bm90aGluZzo0Mg"] {
            assert_eq!(NodeKind::parse(text), None, "{text}");
        }
    }
}
