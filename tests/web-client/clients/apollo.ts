// Apollo Client with codegen's documents: a paged list merged in its cache, and a mutation.

import { strict as assert } from 'node:assert';
import { ApolloClient, HttpLink, InMemoryCache } from '@apollo/client';
import { relayStylePagination } from '@apollo/client/utilities';

import { graphql } from './__generated__/codegen/index.js';
import { checkLog, checkPages, draft, headers, url } from './server.js';

const Page = graphql(`
  query ApolloPage($first: Int!, $after: String) {
    decisions(first: $first, after: $after) {
      totalCount
      edges {
        cursor
        node {
          id
          title
          takesEffectOn
          review {
            id
            effect
          }
        }
      }
      pageInfo {
        hasNextPage
        hasPreviousPage
        startCursor
        endCursor
      }
    }
  }
`);

const Log = graphql(`
  mutation ApolloLog($input: LogDecisionInput!) {
    logDecision(input: $input) {
      decision {
        id
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

const client = new ApolloClient({
  link: new HttpLink({ uri: url, headers }),
  cache: new InMemoryCache({ typePolicies: { Query: { fields: { decisions: relayStylePagination() } } } }),
});

const { data: first } = await client.query({ query: Page, variables: { first: 7 } });
assert(first);
// The merged list answers for whatever arguments: more of it has to be asked for past the cache.
await client.query({
  query: Page,
  variables: { first: 100, after: first.decisions.pageInfo.endCursor ?? null },
  fetchPolicy: 'network-only',
});
const merged = client.readQuery({ query: Page, variables: { first: 7 } });
checkPages([merged?.decisions.edges.map(({ node }) => node) ?? []], first.decisions.totalCount);

const input = draft('apollo');
const refused = await client.mutate({ mutation: Log, variables: { input: { ...input, expectedImpact: 300 } } });
const logged = await client.mutate({ mutation: Log, variables: { input } });
checkLog(refused.data?.logDecision, logged.data?.logDecision, input.title);
client.stop();
