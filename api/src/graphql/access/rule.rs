//! The table of fields: which action each field of the schema is. A field that stands in no line is for nobody.
//!
//! What a role may do is the table of actions next door. [`super::guard`] holds both against every request.

use std::collections::HashMap;
use std::sync::LazyLock;

use super::Action;

/// A type, some of its fields, and what asking for one of them is.
type Line = (&'static str, &'static str, Action);

/// The table. Payloads are what their mutation is: whoever may not call it sees none.
const LINES: &[Line] = &[
    ("Query", "viewer requestCost", Action::ReadViewer),
    ("Query", "node nodes customers customer responses segments segment primaryDeclarations", Action::Read),
    ("Query", "decisions decision detectability forecasters needleLedger", Action::Read),
    ("Query", "runs schedules dimensions nps npsSeries npsBreakdown", Action::Read),
    ("Query", "auditEntries", Action::ReadAudit),
    ("Query", "deliveries", Action::ReadDeliveries),
    ("Mutation", "upsertCustomers recordResponses", Action::WriteAnswers),
    ("Mutation", "eraseCustomer", Action::EraseCustomer),
    ("Mutation", "defineSegment", Action::DefineSegment),
    ("Mutation", "declarePrimarySegment", Action::DeclarePrimarySegment),
    ("Mutation", "logDecision reviseDecision reverseDecision", Action::WriteOwnDecisions),
    ("Mutation", "recompute cancelRun", Action::Recompute),
    ("Subscription", "runProgress decisionReviewed", Action::Read),
    ("RunProgress", "run state stage shareDone", Action::Read),
    ("UpsertCustomersPayload", "accepted updated unchanged userErrors", Action::WriteAnswers),
    ("RecordResponsesPayload", "accepted updated unchanged userErrors", Action::WriteAnswers),
    ("EraseCustomerPayload", "erasedExternalId userErrors", Action::EraseCustomer),
    ("DefineSegmentPayload", "segment userErrors", Action::DefineSegment),
    ("DeclarePrimarySegmentPayload", "segment userErrors", Action::DeclarePrimarySegment),
    ("LogDecisionPayload", "decision detectability userErrors", Action::WriteOwnDecisions),
    ("ReviseDecisionPayload", "decision userErrors", Action::WriteOwnDecisions),
    ("ReverseDecisionPayload", "decision userErrors", Action::WriteOwnDecisions),
    ("RecomputePayload", "run userErrors", Action::Recompute),
    ("CancelRunPayload", "run userErrors", Action::Recompute),
    ("UserError", "code message path", Action::ReadUserErrors),
    ("Viewer", "name role", Action::ReadViewer),
    ("RequestCost", "query limit left perSecond", Action::ReadViewer),
    ("Node", "id", Action::Read),
    ("PageInfo", "hasNextPage hasPreviousPage startCursor endCursor", Action::Read),
    ("Customer", "id externalId attributes responses", Action::Read),
    ("Customer", "email name", Action::ReadPersonalData),
    ("CustomerConnection", "edges nodes pageInfo totalCount", Action::Read),
    ("CustomerEdge", "node cursor", Action::Read),
    ("Response", "id externalId source customer score category respondedAt", Action::Read),
    ("Response", "channel touchpoint attributes", Action::Read),
    ("Response", "comment", Action::ReadComments),
    ("ResponseConnection", "edges nodes pageInfo totalCount", Action::Read),
    ("ResponseEdge", "node cursor", Action::Read),
    ("Segment", "id key name description filter isPrimary customers current scores decisions", Action::Read),
    ("SegmentConnection", "edges nodes pageInfo totalCount", Action::Read),
    ("SegmentEdge", "node cursor", Action::Read),
    ("SegmentScore", "start end nps rolling computedBy", Action::Read),
    ("PrimaryDeclaration", "segment declaredBy reason declaredAt", Action::Read),
    ("Decision", "id externalId title rationale owner loggedAt recordedAt takesEffectOn horizonWeeks", Action::Read),
    ("Decision", "target expectation retrospective status reversedOn reversalReason", Action::Read),
    ("Decision", "movedTheNeedle review reviews overlapping beyondHorizon rankTest", Action::Read),
    ("BeyondHorizon", "asOf effect interval", Action::Read),
    (
        "RankTest",
        "from until before after comparisonBefore comparisonAfter superiority comparisonSuperiority",
        Action::Read,
    ),
    ("RankTest", "excess excessLow excessHigh pValue", Action::Read),
    ("DecisionConnection", "edges nodes pageInfo totalCount", Action::Read),
    ("DecisionEdge", "node cursor", Action::Read),
    ("Expectation", "impact low high level", Action::Read),
    ("DecisionReview", "id decision run asOf final verdict effect interval method before after", Action::Read),
    ("DecisionReview", "comparisonBefore comparisonAfter expectationOutcome", Action::Read),
    ("DecisionReview", "smallestDetectableEffect decidableBy caveats series", Action::Read),
    ("DecisionReviewConnection", "edges nodes pageInfo totalCount", Action::Read),
    ("DecisionReviewEdge", "node cursor", Action::Read),
    ("Caveat", "code message", Action::Read),
    ("ReviewWeek", "start observed expected expectedInterval responses", Action::Read),
    ("Detectability", "smallestDetectableEffect power expectedResponses decidableBy method advice", Action::Read),
    ("Forecaster", "owner decisions judged moved bias slope coverage expectedCoverage brier skill", Action::Read),
    ("ForecasterConnection", "edges nodes pageInfo totalCount", Action::Read),
    ("ForecasterEdge", "node cursor", Action::Read),
    ("NeedleLedger", "total entries", Action::Read),
    ("LedgerEntry", "owner segment total", Action::Read),
    ("LedgerTotal", "decisions points interval unshrunkPoints", Action::Read),
    ("Run", "id trigger job attempt slot asOf full reviewsDecisions stage shareDone cancelRequested", Action::Read),
    ("Run", "seconds state startedAt finishedAt published responsesSeen weeksCounted", Action::Read),
    ("Run", "segmentsScored decisionsReviewed error", Action::Read),
    ("RunConnection", "edges nodes pageInfo totalCount", Action::Read),
    ("RunEdge", "node cursor", Action::Read),
    ("RunSeconds", "count score review publish", Action::Read),
    ("Schedule", "job expression timeZone nextSlots slots", Action::Read),
    ("Slot", "slot state isCatchUp attempts finishedAt error", Action::Read),
    ("Dimension", "name sliceable distinctValues values", Action::Read),
    ("DimensionValue", "dimension value", Action::Read),
    ("DimensionValueCount", "value responses", Action::Read),
    ("Nps", "responses suppressed promoters passives detractors score interval", Action::Read),
    ("NpsPoint", "start end nps", Action::Read),
    ("NpsGroup", "key nps compared change changeInterval rateEffect mixEffect", Action::Read),
    ("AuditEntry", "id writtenAt actor role operation field input outcome detail", Action::ReadAudit),
    ("AuditEntryConnection", "edges nodes pageInfo totalCount", Action::ReadAudit),
    ("AuditEntryEdge", "node cursor", Action::ReadAudit),
    ("Delivery", "job slot channel destination state attempts triedAt finishedAt error", Action::ReadDeliveries),
    ("DeliveryConnection", "edges nodes pageInfo totalCount", Action::ReadDeliveries),
    ("DeliveryEdge", "node cursor", Action::ReadDeliveries),
    ("Interval", "low high level", Action::Read),
];

/// Fields by type.
type Table = HashMap<&'static str, HashMap<&'static str, Action>>;

static TABLE: LazyLock<Table> = LazyLock::new(|| {
    let mut table = Table::new();
    for (type_name, fields, action) in LINES {
        table.entry(type_name).or_default().extend(fields.split_whitespace().map(|field| (field, *action)));
    }
    table
});

/// What asking for a field is; `None` where nothing says so, and nobody may.
pub fn of(type_name: &str, field: &str) -> Option<Action> {
    TABLE.get(type_name)?.get(field).copied()
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::super::shape::Shapes;
    use super::*;

    #[test]
    fn every_field_of_the_schema_has_one_rule_and_every_rule_has_its_field() {
        let fields: BTreeSet<String> =
            Shapes::of_schema().fields().map(|(kind, field)| format!("{kind}.{field}")).collect();
        let name = |kind: &str, field: &str| format!("{kind}.{field}");
        let ruled: Vec<String> = LINES
            .iter()
            .flat_map(|(kind, fields, _)| fields.split_whitespace().map(|field| name(kind, field)))
            .collect();
        let distinct: BTreeSet<String> = ruled.iter().cloned().collect();
        assert_eq!(distinct.len(), ruled.len(), "a field stands in two lines");
        let without: Vec<_> = fields.difference(&distinct).collect();
        assert!(without.is_empty(), "nobody may read these: give each a line in the table: {without:?}");
        let lost: Vec<_> = distinct.difference(&fields).collect();
        assert!(lost.is_empty(), "the schema has no such fields: {lost:?}");
    }

    #[test]
    fn what_stands_nowhere_is_for_nobody() {
        assert_eq!(of("Customer", "password"), None);
        assert_eq!(of("Passwords", "id"), None);
    }
}
