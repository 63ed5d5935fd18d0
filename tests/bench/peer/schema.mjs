// The part of needle's schema that the peer serves.

export const SCHEMA = `
scalar Date

enum Verdict { MOVED_UP MOVED_DOWN DID_NOT_MOVE TOO_EARLY NOT_ENOUGH_DATA CONFOUNDED }

enum CaveatCode {
  OVERLAPPING_DECISION NO_COMPARISON TRENDS_NOT_PARALLEL RESPONDENT_MIX_SHIFTED FEW_RESPONSES SHORT_HISTORY RETROSPECTIVE
  SEASONALITY_UNKNOWN MANY_DECISIONS
}

type Query { decisions(first: Int = 50): DecisionConnection! }

type DecisionConnection { nodes: [Decision!]! }

type Decision {
  externalId: String!
  title: String!
  owner: String!
  target: Segment
  expectation: Expectation!
  review: DecisionReview
}

type Segment { key: String! name: String! }

type Expectation { impact: Float! low: Float high: Float level: Float! }

type DecisionReview {
  asOf: Date!
  final: Boolean!
  verdict: Verdict!
  effect: Float
  interval: Interval
  before: Nps!
  after: Nps!
  caveats: [Caveat!]!
  series: [ReviewWeek!]!
}

type Interval { low: Float! high: Float! level: Float! }

type Nps { promoters: Int! passives: Int! detractors: Int! }

type Caveat { code: CaveatCode! message: String! }

type ReviewWeek { start: Date! observed: Float expected: Float expectedInterval: Interval responses: Int! }
`;
