// urql with gql.tada's documents.

import { Client, cacheExchange, fetchExchange } from '@urql/core';

import { Log, Page } from './documents.js';
import { checkLog, checkPages, draft, headers, url } from './server.js';

const client = new Client({
  url,
  exchanges: [cacheExchange, fetchExchange],
  fetchOptions: { headers },
  preferGetMethod: true,
});

async function page(variables: Parameters<typeof client.query<unknown, { first?: number; after?: string | null }>>[1]) {
  const { data, error } = await client.query(Page, variables).toPromise();
  if (!data) throw error;
  return data.decisions;
}

const first = await page({ first: 7 });
const second = await page({ first: 100, after: first.pageInfo.endCursor });
checkPages([first.nodes, second.nodes], first.totalCount);

const input = draft('urql');
const refused = await client.mutation(Log, { input: { ...input, expectedImpact: 300 } }).toPromise();
const logged = await client.mutation(Log, { input }).toPromise();
checkLog(refused.data?.logDecision, logged.data?.logDecision, input.title);
