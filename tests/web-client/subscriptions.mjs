// Subscriptions of the packages `graphql-ws` and `graphql-sse` against a live server: `NEEDLE_URL`, as the bearer of
// `NEEDLE_TOKEN`. Each client follows a recompute to its end, asks a query, and is told of an error.

import assert from 'node:assert/strict';
import process from 'node:process';
import { createClient as createSseClient } from 'graphql-sse';
import { createClient as createWsClient } from 'graphql-ws';
import WebSocket from 'ws';

const { NEEDLE_URL: url, NEEDLE_TOKEN: token } = process.env;
const Authorization = `Bearer ${token}`;
const PROGRESS = 'subscription Progress { runProgress { state run { id state } } }';

async function execute(query) {
  const init = { method: 'POST', headers: { Authorization, 'Content-Type': 'application/json' }, body: JSON.stringify({ query }) };
  const { data, errors } = await (await fetch(url, init)).json();
  assert.equal(errors, undefined);
  return data;
}

// Starts runs until the subscriber hears of one that succeeded: the server is not told when a client begins to listen.
async function follow(events, name) {
  let heard;
  const listening = (async () => {
    for await (const { data, errors } of events) {
      assert.equal(errors, undefined);
      heard = data.runProgress;
      if (heard.state === 'SUCCEEDED') return;
    }
  })();
  for (let attempt = 0; heard?.state !== 'SUCCEEDED'; attempt += 1) {
    assert.ok(attempt < 20, `${name} hears of no run: ${JSON.stringify(heard)}`);
    await execute(`mutation { recompute(input: {key: "${name} ${attempt}"}) { run { id } } }`);
    await Promise.race([listening, new Promise((done) => setTimeout(done, 1_000))]);
  }
  await listening;
}

async function one(events) {
  for await (const result of events) return result;
  return undefined;
}

async function websocket() {
  const client = createWsClient({
    url: `${url.replace(/^http/, 'ws')}/ws`,
    webSocketImpl: WebSocket,
    connectionParams: { Authorization },
    retryAttempts: 0,
  });
  await follow(client.iterate({ query: PROGRESS }), 'graphql-ws');
  const { data } = await one(client.iterate({ query: '{ viewer { role } }' }));
  assert.equal(data.viewer.role, 'ADMIN');
  await assert.rejects(one(client.iterate({ query: 'subscription { unknown }' })), ([error]) => {
    assert.equal(error.extensions.code, 'BAD_USER_INPUT');
    return true;
  });
  await client.dispose();

  const stranger = createWsClient({
    url: `${url.replace(/^http/, 'ws')}/ws`,
    webSocketImpl: WebSocket,
    connectionParams: { Authorization: 'Bearer ndl_wrong' },
    retryAttempts: 0,
  });
  await assert.rejects(one(stranger.iterate({ query: PROGRESS })), ({ code }) => code === 4403);
}

async function serverSentEvents() {
  const client = createSseClient({ url, headers: { Authorization }, retryAttempts: 0 });
  await follow(client.iterate({ query: PROGRESS }), 'graphql-sse');
  const { data } = await one(client.iterate({ query: '{ viewer { role } }' }));
  assert.equal(data.viewer.role, 'ADMIN');
  const { errors } = await one(client.iterate({ query: 'subscription { unknown }' }));
  assert.equal(errors[0].extensions.code, 'BAD_USER_INPUT');
  client.dispose();

  const stranger = createSseClient({ url, headers: { Authorization: 'Bearer ndl_wrong' }, retryAttempts: 0 });
  await assert.rejects(one(stranger.iterate({ query: PROGRESS })), ({ response }) => response.status === 401);
}

await websocket();
console.log('graphql-ws: passed');
await serverSentEvents();
console.log('graphql-sse: passed');
