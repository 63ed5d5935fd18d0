// The peer: what an experienced team would write in Node for the same two documents. Fastify and mercurius with compiled queries
// (graphql-jit), loaders that read every level at once, and node-postgres. Started by bench.mjs as a child with a channel; its argument is
// where the database is.

import Fastify from 'fastify';
import { GraphQLScalarType } from 'graphql';
import mercurius from 'mercurius';

import { SCHEMA } from './schema.mjs';
import { Store } from './store.mjs';

const DAY_MS = 86_400_000;

const store = await Store.open(JSON.parse(process.argv[2]));

// The texts of days since 1970-01-01: a few hundred that occur in every reply.
const dates = new Map();

function date(days) {
  let text = dates.get(days);
  if (text === undefined) {
    text = new Date(days * DAY_MS).toISOString().slice(0, 10);
    dates.set(days, text);
  }
  return text;
}

const resolvers = {
  Date: new GraphQLScalarType({ name: 'Date', serialize: date }),
  Query: { decisions: async (_, { first }) => ({ nodes: await store.decisions(first) }) },
  Decision: {
    expectation: (row) => ({
      impact: row.expected_impact,
      low: row.expected_low,
      high: row.expected_high,
      level: row.expected_level,
    }),
  },
};

// Without the cache of a request: no object is asked for twice, and its keys would cost more than they save.
const loader = (load) => ({ loader: (queries) => load(queries.map(({ obj }) => obj)), opts: { cache: false } });
const ids = (objects) => objects.map(({ id }) => id);

const loaders = {
  Decision: {
    target: loader((decisions) => store.segments(decisions.map((decision) => decision.segment_id))),
    review: loader((decisions) => store.newestReviews(ids(decisions))),
  },
  DecisionReview: { series: loader((reviews) => store.series(ids(reviews))) },
};

const server = Fastify();
await server.register(mercurius, { schema: SCHEMA, resolvers, loaders, jit: 1 });
await server.listen({ host: '127.0.0.1', port: 0 });
process.once('disconnect', () => process.exit());
process.send({ port: server.server.address().port });
