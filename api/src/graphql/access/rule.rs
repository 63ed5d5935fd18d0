//! The table of fields: which permission each field of the schema needs. A field that is not listed is forbidden to
//! every role.
//!
//! The permissions of each role are in [`super`]. [`super::guard`] checks both tables for every request.

use std::collections::HashMap;
use std::sync::LazyLock;

use super::Permission;

/// A type, some of its fields separated by spaces, and the permission that they need.
type AccessRule = (&'static str, &'static str, Permission);

/// The rules. A payload needs the same permission as its mutation.
const RULES: &[AccessRule] = &[
    ("Query", "viewer requestCost", Permission::ReadViewer),
    ("Query", "node nodes customers customer segments segment primaryDeclarations", Permission::Read),
    ("Query", "decisions decision detectability forecasters needleLedger", Permission::Read),
    ("Query", "runs schedules dimensions nps npsSeries npsBreakdown", Permission::Read),
    ("Query", "responses", Permission::ReadResponses),
    ("Query", "auditEntries", Permission::ReadAudit),
    ("Query", "deliveries hookDeliveries", Permission::ReadDeliveries),
    ("Query", "imports", Permission::ReadImports),
    ("Mutation", "upsertCustomers recordResponses", Permission::WriteResponses),
    ("Mutation", "eraseCustomer", Permission::EraseCustomer),
    ("Mutation", "mergeCustomers unmergeCustomer", Permission::MergeCustomers),
    ("Mutation", "undoImport", Permission::UndoImport),
    ("Mutation", "defineSegment", Permission::DefineSegment),
    ("Mutation", "declarePrimarySegment", Permission::DeclarePrimarySegment),
    ("Mutation", "logDecision reviseDecision reverseDecision cancelReversal", Permission::WriteOwnDecisions),
    ("Mutation", "recompute cancelRun", Permission::Recompute),
    ("Subscription", "runProgress decisionReviewed", Permission::Read),
    ("RunProgress", "run state stage shareDone", Permission::Read),
    ("UpsertCustomersPayload", "accepted updated unchanged userErrors", Permission::WriteResponses),
    ("RecordResponsesPayload", "accepted updated unchanged userErrors", Permission::WriteResponses),
    (
        "EraseCustomerPayload",
        "erasedExternalId removedFromFilesAfter namedInSegments namedInDecisions userErrors",
        Permission::EraseCustomer,
    ),
    ("MergeCustomersPayload", "customer responsesMoved userErrors", Permission::MergeCustomers),
    ("UnmergeCustomerPayload", "customer responsesMoved userErrors", Permission::MergeCustomers),
    (
        "UndoImportPayload",
        "import responsesDeleted responsesRestored customersDeleted customersRestored userErrors",
        Permission::UndoImport,
    ),
    ("DefineSegmentPayload", "segment userErrors", Permission::DefineSegment),
    ("DeclarePrimarySegmentPayload", "segment userErrors", Permission::DeclarePrimarySegment),
    ("LogDecisionPayload", "decision detectability userErrors", Permission::WriteOwnDecisions),
    ("ReviseDecisionPayload", "decision userErrors", Permission::WriteOwnDecisions),
    ("ReverseDecisionPayload", "decision userErrors", Permission::WriteOwnDecisions),
    ("CancelReversalPayload", "decision userErrors", Permission::WriteOwnDecisions),
    ("RecomputePayload", "run userErrors", Permission::Recompute),
    ("CancelRunPayload", "run userErrors", Permission::Recompute),
    ("UserError", "code message path", Permission::ReadUserErrors),
    ("Viewer", "name role", Permission::ReadViewer),
    ("RequestCost", "query limit left perSecond", Permission::ReadViewer),
    ("Node", "id", Permission::Read),
    ("PageInfo", "hasNextPage hasPreviousPage startCursor endCursor", Permission::Read),
    ("Customer", "id externalId attributes", Permission::Read),
    ("Customer", "responses", Permission::ReadResponses),
    ("Customer", "email name", Permission::ReadPersonalData),
    ("CustomerConnection", "edges nodes pageInfo totalCount", Permission::Read),
    ("CustomerEdge", "node cursor", Permission::Read),
    ("Response", "id externalId source customer score category respondedAt", Permission::ReadResponses),
    ("Response", "channel touchpoint attributes", Permission::ReadResponses),
    ("Response", "comment", Permission::ReadComments),
    ("ResponseConnection", "edges nodes pageInfo totalCount", Permission::ReadResponses),
    ("ResponseEdge", "node cursor", Permission::ReadResponses),
    ("Segment", "id key name description filter isPrimary customers current nps scores decisions", Permission::Read),
    ("SegmentConnection", "edges nodes pageInfo totalCount", Permission::Read),
    ("SegmentEdge", "node cursor", Permission::Read),
    ("SegmentScore", "start end nps rolling computedBy", Permission::Read),
    ("PrimaryDeclaration", "segment declaredBy reason declaredAt", Permission::Read),
    (
        "Decision",
        "id externalId title rationale owner loggedAt recordedAt takesEffectOn horizonWeeks",
        Permission::Read,
    ),
    ("Decision", "target expectation retrospective status reversedOn reversalReason", Permission::Read),
    ("Decision", "backdated reversalPlannedOn reversalRecordedAt", Permission::Read),
    ("Decision", "movedTheNeedle review reviews overlapping beyondHorizon rankTest", Permission::Read),
    ("BeyondHorizon", "asOf effect interval", Permission::Read),
    (
        "RankTest",
        "from until before after comparisonBefore comparisonAfter superiority comparisonSuperiority",
        Permission::Read,
    ),
    ("RankTest", "excess excessLow excessHigh pValue", Permission::Read),
    ("DecisionConnection", "edges nodes pageInfo totalCount", Permission::Read),
    ("DecisionEdge", "node cursor", Permission::Read),
    ("Expectation", "impact low high level", Permission::Read),
    ("DecisionReview", "id decision run asOf final verdict effect interval method before after", Permission::Read),
    ("DecisionReview", "comparisonBefore comparisonAfter expectationOutcome", Permission::Read),
    ("DecisionReview", "smallestDetectableEffect decidableBy caveats series", Permission::Read),
    ("DecisionReview", "beforeDuring afterDuring change comparisonChange", Permission::Read),
    ("DecisionReview", "equivalenceMargin contradicted", Permission::Read),
    ("ScoreChange", "points interval", Permission::Read),
    ("DayRange", "from until", Permission::Read),
    ("DecisionReviewConnection", "edges nodes pageInfo totalCount", Permission::Read),
    ("DecisionReviewEdge", "node cursor", Permission::Read),
    ("Caveat", "code message", Permission::Read),
    ("ReviewWeek", "start observed expected expectedInterval responses", Permission::Read),
    ("Detectability", "smallestDetectableEffect power expectedResponses decidableBy method advice", Permission::Read),
    ("Forecaster", "owner decisions judged moved bias slope coverage expectedCoverage brier skill", Permission::Read),
    ("ForecasterConnection", "edges nodes pageInfo totalCount", Permission::Read),
    ("ForecasterEdge", "node cursor", Permission::Read),
    ("NeedleLedger", "total entries", Permission::Read),
    ("LedgerEntry", "owner segment total", Permission::Read),
    ("LedgerTotal", "decisions points interval unshrunkPoints", Permission::Read),
    ("Run", "id trigger job attempt slot asOf full reviewsDecisions stage shareDone cancelRequested", Permission::Read),
    ("Run", "seconds state startedAt finishedAt published responsesSeen weeksCounted", Permission::Read),
    ("Run", "segmentsScored decisionsReviewed error", Permission::Read),
    ("RunConnection", "edges nodes pageInfo totalCount", Permission::Read),
    ("RunEdge", "node cursor", Permission::Read),
    ("RunSeconds", "count score review publish", Permission::Read),
    ("Schedule", "job expression timeZone nextSlots slots", Permission::Read),
    ("Slot", "slot state isCatchUp attempts finishedAt error", Permission::Read),
    ("Dimension", "name sliceable distinctValues values", Permission::Read),
    ("DimensionValue", "dimension value", Permission::Read),
    ("DimensionValueCount", "value responses", Permission::Read),
    ("Nps", "responses suppressed compared change promoters passives detractors score interval", Permission::Read),
    ("NpsPoint", "start end nps", Permission::Read),
    ("MergedNpsGroup", "key responses comparedResponses", Permission::Read),
    ("NpsGroup", "key mergedGroups nps compared change changeInterval rateEffect mixEffect", Permission::Read),
    ("AuditEntry", "id writtenAt actor role operation field input outcome detail", Permission::ReadAudit),
    ("AuditEntryConnection", "edges nodes pageInfo totalCount", Permission::ReadAudit),
    ("AuditEntryEdge", "node cursor", Permission::ReadAudit),
    ("Delivery", "job slot channel destination state attempts triedAt finishedAt error", Permission::ReadDeliveries),
    ("DeliveryConnection", "edges nodes pageInfo totalCount", Permission::ReadDeliveries),
    ("DeliveryEdge", "node cursor", Permission::ReadDeliveries),
    ("HookDelivery", "number vendor state code reason receivedAt triedAt attempts", Permission::ReadDeliveries),
    ("HookDeliveryConnection", "edges nodes pageInfo totalCount", Permission::ReadDeliveries),
    ("HookDeliveryEdge", "node cursor", Permission::ReadDeliveries),
    ("Import", "id number kind fileName digest source importedBy startedAt finishedAt", Permission::ReadImports),
    ("Import", "accepted updated unchanged rejected undoneAt undoneBy", Permission::ReadImports),
    ("ImportConnection", "edges nodes pageInfo totalCount", Permission::ReadImports),
    ("ImportEdge", "node cursor", Permission::ReadImports),
    ("Interval", "low high level", Permission::Read),
];

/// The permissions of fields, by type and field.
type AccessRuleTable = HashMap<&'static str, HashMap<&'static str, Permission>>;

static TABLE: LazyLock<AccessRuleTable> = LazyLock::new(|| {
    let mut table = AccessRuleTable::new();
    for (type_name, fields, permission) in RULES {
        table.entry(type_name).or_default().extend(fields.split_whitespace().map(|field| (field, *permission)));
    }
    table
});

/// The permission that a field needs; `None` where no rule lists it, so that no role may read it.
pub fn permission_of(type_name: &str, field: &str) -> Option<Permission> {
    TABLE.get(type_name)?.get(field).copied()
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::super::schema_types::SchemaTypes;
    use super::*;

    #[test]
    fn every_field_of_the_schema_has_one_rule_and_every_rule_has_its_field() {
        let fields: BTreeSet<String> =
            SchemaTypes::of_schema().fields().map(|(kind, field)| format!("{kind}.{field}")).collect();
        let name = |kind: &str, field: &str| format!("{kind}.{field}");
        let listed: Vec<String> = RULES
            .iter()
            .flat_map(|(kind, fields, _)| fields.split_whitespace().map(|field| name(kind, field)))
            .collect();
        let distinct: BTreeSet<String> = listed.iter().cloned().collect();
        assert_eq!(distinct.len(), listed.len(), "a field is listed twice");
        let unlisted: Vec<_> = fields.difference(&distinct).collect();
        assert!(unlisted.is_empty(), "no role may read these: add a rule for each: {unlisted:?}");
        let unknown: Vec<_> = distinct.difference(&fields).collect();
        assert!(unknown.is_empty(), "the schema has no such fields: {unknown:?}");
    }

    #[test]
    fn fields_without_a_rule_are_forbidden() {
        assert_eq!(permission_of("Customer", "password"), None);
        assert_eq!(permission_of("Passwords", "id"), None);
    }
}
