//! The fields of a response and of a customer, as files name them.

/// A field of an answer or a customer.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum ImportField {
    /// The answer's id.
    ResponseId,
    /// The score.
    Score,
    /// The moment of the answer.
    RespondedAt,
    /// The customer's id.
    Customer,
    /// The free text.
    Comment,
    /// The customer's email address.
    Email,
    /// The customer's name.
    Name,
    /// The customer's first name.
    FirstName,
    /// The customer's last name.
    LastName,
}

impl ImportField {
    /// All of them.
    pub(super) const ALL: [Self; 9] = [
        Self::ResponseId,
        Self::Score,
        Self::RespondedAt,
        Self::Customer,
        Self::Comment,
        Self::Email,
        Self::Name,
        Self::FirstName,
        Self::LastName,
    ];

    /// The name in the product's own files and in `--map`.
    pub fn name(self) -> &'static str {
        match self {
            Self::ResponseId => "response_id",
            Self::Score => "score",
            Self::RespondedAt => "responded_at",
            Self::Customer => "customer_id",
            Self::Comment => "comment",
            Self::Email => "email",
            Self::Name => "name",
            Self::FirstName => "first_name",
            Self::LastName => "last_name",
        }
    }
}
