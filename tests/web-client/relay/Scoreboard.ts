// The documents, for relay-compiler. What it makes of them is what the program executes: a tagged template itself needs
// Relay's plugin for Babel.

import { graphql } from 'relay-runtime';

export const scoreboard = () => graphql`
  query ScoreboardQuery($count: Int!, $cursor: String) {
    ...Scoreboard_decisions @arguments(count: $count, cursor: $cursor)
  }
`;

export const decisions = () => graphql`
  fragment Scoreboard_decisions on Query
  @argumentDefinitions(count: { type: "Int!" }, cursor: { type: "String" })
  @refetchable(queryName: "ScoreboardPageQuery") {
    decisions(first: $count, after: $cursor, orderBy: { field: EFFECT, direction: DESC })
      @connection(key: "Scoreboard_decisions") {
      totalCount
      edges {
        node {
          id
          externalId
          review {
            effect
          }
        }
      }
      pageInfo {
        hasNextPage
        endCursor
      }
    }
  }
`;

export const reviewed = () => graphql`
  query ScoreboardReviewedQuery($externalId: String!, $count: Int!) {
    decision(externalId: $externalId) {
      id
      title
      ...Scoreboard_reviews @arguments(count: $count)
    }
  }
`;

export const reviews = () => graphql`
  fragment Scoreboard_reviews on Decision
  @argumentDefinitions(count: { type: "Int!" }, cursor: { type: "String" })
  @refetchable(queryName: "ScoreboardReviewsQuery") {
    reviews(last: $count, before: $cursor) @connection(key: "Scoreboard_reviews") {
      totalCount
      edges {
        node {
          asOf
          verdict
        }
      }
      pageInfo {
        hasPreviousPage
        startCursor
      }
    }
  }
`;

export const log = () => graphql`
  mutation ScoreboardLogMutation($input: LogDecisionInput!) {
    logDecision(input: $input) {
      decision {
        id
        title
        status
      }
      userErrors {
        code
        path
        message
      }
    }
  }
`;
