// Documents typed by gql.tada, out of the committed schema.

import { initGraphQLTada } from 'gql.tada';

import type { introspection } from './__generated__/schema.js';

const graphql = initGraphQLTada<{
  introspection: introspection;
  scalars: { Date: string; DateTime: string; JSON: unknown };
}>();

export const Page = graphql(`
  query Page($first: Int, $after: String, $last: Int, $before: String) {
    decisions(first: $first, after: $after, last: $last, before: $before) {
      totalCount
      nodes {
        title
        takesEffectOn
        review {
          effect
        }
      }
      pageInfo {
        endCursor
        startCursor
      }
    }
  }
`);

export const Log = graphql(`
  mutation Log($input: LogDecisionInput!) {
    logDecision(input: $input) {
      decision {
        title
        status
      }
      userErrors {
        code
        path
      }
    }
  }
`);
