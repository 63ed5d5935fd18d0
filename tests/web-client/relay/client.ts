// Relay's runtime against a live server: connections paged forwards and backwards through its store, and a mutation.

import { strict as assert } from 'node:assert';
import {
  Environment,
  Network,
  RecordSource,
  Store,
  commitMutation,
  createOperationDescriptor,
  fetchQuery,
  getFragment,
  getRequest,
  getSingularSelector,
  type GraphQLTaggedNode,
  type OperationType,
} from 'relay-runtime';

import LogMutation, { type ScoreboardLogMutation } from './__generated__/ScoreboardLogMutation.graphql';
import PageQuery, { type ScoreboardPageQuery } from './__generated__/ScoreboardPageQuery.graphql';
import ScoreboardQueryNode, { type ScoreboardQuery } from './__generated__/ScoreboardQuery.graphql';
import ReviewedQuery, { type ScoreboardReviewedQuery } from './__generated__/ScoreboardReviewedQuery.graphql';
import ReviewsQuery, { type ScoreboardReviewsQuery } from './__generated__/ScoreboardReviewsQuery.graphql';
import DecisionsFragment, { type Scoreboard_decisions$data } from './__generated__/Scoreboard_decisions.graphql';
import ReviewsFragment, { type Scoreboard_reviews$data } from './__generated__/Scoreboard_reviews.graphql';

const { NEEDLE_URL: url = '', NEEDLE_TOKEN: token = '' } = process.env;

const network = Network.create(async ({ text, name }, variables) => {
  const response = await fetch(url, {
    method: 'POST',
    headers: { authorization: `Bearer ${token}`, 'content-type': 'application/json' },
    body: JSON.stringify({ query: text, operationName: name, variables }),
  });
  return response.json();
});
const environment = new Environment({ network, store: new Store(new RecordSource()) });

async function load<O extends OperationType>(query: GraphQLTaggedNode, variables: O['variables']): Promise<O['response']> {
  const operation = createOperationDescriptor(getRequest(query), variables);
  environment.retain(operation);
  await fetchQuery<O>(environment, query, variables).toPromise();
  return environment.lookup(operation.fragment).data as O['response'];
}

function read<T>(fragment: GraphQLTaggedNode, of: unknown): T {
  const selector = getSingularSelector(getFragment(fragment), of);
  assert(selector, 'the fragment is spread where it is read');
  return environment.lookup(selector).data as T;
}

function log(variables: ScoreboardLogMutation['variables']): Promise<ScoreboardLogMutation['response']['logDecision']> {
  return new Promise((resolve, reject) => {
    commitMutation<ScoreboardLogMutation>(environment, {
      mutation: LogMutation,
      variables,
      onCompleted: ({ logDecision }, errors) => (errors ? reject(errors) : resolve(logDecision)),
      onError: reject,
    });
  });
}

async function pageForwards() {
  const scoreboard = await load<ScoreboardQuery>(ScoreboardQueryNode, { count: 5 });
  const decisions = () => read<Scoreboard_decisions$data>(DecisionsFragment, scoreboard).decisions;
  assert.equal(decisions().edges.length, 5);
  let pages = 1;
  while (decisions().pageInfo.hasNextPage) {
    await load<ScoreboardPageQuery>(PageQuery, { count: 5, cursor: decisions().pageInfo.endCursor ?? null });
    pages += 1;
  }
  const nodes = decisions().edges.map(({ node }) => node);
  assert.equal(nodes.length, decisions().totalCount);
  assert.equal(new Set(nodes.map(({ id }) => id)).size, nodes.length, 'every decision once');
  const effects = nodes.flatMap(({ review }) => review?.effect ?? []);
  assert(effects.length > 5 && effects.every((effect, at) => at === 0 || effect <= (effects[at - 1] ?? 0)), 'in order');
  console.log(`${nodes.length} decisions on ${pages} pages`);
  return nodes.findLast(({ review }) => review)?.externalId ?? '';
}

async function pageBackwards(externalId: string) {
  const { decision } = await load<ScoreboardReviewedQuery>(ReviewedQuery, { externalId, count: 2 });
  assert(decision?.title);
  const reviews = () => read<Scoreboard_reviews$data>(ReviewsFragment, decision).reviews;
  while (reviews().pageInfo.hasPreviousPage) {
    await load<ScoreboardReviewsQuery>(ReviewsQuery, {
      id: decision.id,
      count: 2,
      cursor: reviews().pageInfo.startCursor ?? null,
    });
  }
  const days = reviews().edges.map(({ node }) => node.asOf);
  assert.equal(days.length, reviews().totalCount);
  assert(days.length > 2 && days.every((day, at) => at === 0 || day > (days[at - 1] ?? '')), 'oldest first');
  console.log(`${days.length} reviews, from the newest backwards`);
}

async function write() {
  const input = { title: 'Relay', takesEffectOn: '2999-01-07', expectedImpact: 3, horizonWeeks: 12 };
  const refused = await log({ input: { ...input, expectedImpact: 300 } });
  assert.equal(refused.decision, null);
  assert.deepEqual(refused.userErrors.map(({ code, path }) => ({ code, path })), [
    { code: 'INVALID', path: ['expectedImpact'] },
  ]);
  const logged = await log({ input });
  assert.deepEqual([logged.decision?.status, logged.userErrors], ['PLANNED', []]);
  console.log('a decision refused, and one logged');
}

async function main() {
  await pageBackwards(await pageForwards());
  await write();
}

main().catch((error: unknown) => {
  console.error(error);
  process.exitCode = 1;
});
