//! The fields of a response and of a customer, as files name them.

/// A field of a response or a customer.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum ImportField {
    /// The response's id at its source.
    ResponseId,
    /// The score, 0 to 10.
    Score,
    /// The time of the response.
    RespondedAt,
    /// The company's id of the customer.
    Customer,
    /// The free text that explains the score.
    Comment,
    /// The customer's email address; personal data.
    Email,
    /// The customer's whole name; personal data.
    Name,
    /// The customer's first name; part of the name where there is no whole name.
    FirstName,
    /// The customer's last name; part of the name where there is no whole name.
    LastName,
}

impl ImportField {
    /// All fields.
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
