// Measures needle and a server in Node (`peer/`) with the same documents on the same PostgreSQL tables, in turns, in one run, and writes
// what it found. Started by `run`, which sees to the binary and the packages.

import { fork } from 'node:child_process';
import { once } from 'node:events';
import { writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';

import pg from 'pg';

import { Cluster } from './cluster.mjs';
import { firstDifference } from './compare.mjs';
import { Needle } from './needle.mjs';
import { QUERIES } from './query.mjs';
import { report } from './report.mjs';
import { Server } from './server.mjs';

const USAGE = `usage: tests/bench/run [--smoke] [--before BINARY] [--seconds N] [--rounds N] [--out FILE]

  --smoke          one short round at 16 connections, to see that all of it works; writes no report
  --before BINARY  measures another binary first, with a database of its own, for comparison
  --seconds N      the length of a round [default: 4]
  --rounds N       rounds of each server, document and number of connections [default: 3]
  --out FILE       where the report goes [default: docs/performance.md]

The binary is NEEDLE, or the release build, which is made first. Takes four to five minutes, twice that with --before.`;

const CACHE_BYTES = 32 * 1_024 * 1_024;
const HERE = fileURLToPath(new URL('.', import.meta.url));

// The defaults of --smoke and of a whole run.
const SMOKE = { connections: [16], rounds: 1, seconds: 2, warmUpSeconds: 1 };
const WHOLE = { connections: [1, 16, 32], rounds: 3, seconds: 4, warmUpSeconds: 3 };

async function main() {
  const options = readOptions();
  const cluster = Cluster.start();
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) {
    process.once(signal, () => cluster.stop().finally(() => process.exit(130)));
  }
  try {
    const runs = [];
    for (const [label, binary] of options.binaries) {
      runs.push({ label, ...(await measure(cluster, label, binary, options)) });
    }
    const text = report(runs, options, await databaseVersion(cluster));
    console.log(text);
    if (options.out) writeFileSync(options.out, text);
  } finally {
    await cluster.stop();
  }
}

function readOptions() {
  const text = { type: 'string' };
  const { values } = parseArgs({
    options: { smoke: { type: 'boolean' }, help: { type: 'boolean' }, before: text, seconds: text, rounds: text, out: text },
  });
  if (values.help) {
    console.log(USAGE);
    process.exit();
  }
  const given = {};
  for (const name of ['seconds', 'rounds']) {
    if (values[name] === undefined) continue;
    given[name] = Number(values[name]);
    if (!Number.isInteger(given[name]) || given[name] < 1) throw new Error(`--${name}: expected a whole number from 1 on`);
  }
  const out = values.out ?? (values.smoke ? null : join(HERE, '../../docs/performance.md'));
  const binaries = [['after', process.env.NEEDLE]];
  if (values.before) binaries.unshift(['before', values.before]);
  return { ...(values.smoke ? SMOKE : WHOLE), ...given, out, binaries: binaries.map(([label, path]) => [label, resolve(path)]) };
}

// Fills a database through one binary and measures that binary and the peer on it.
async function measure(cluster, label, binary, options) {
  const database = `needle_${label}`;
  await execute(cluster, 'postgres', `CREATE DATABASE ${database}`);
  const needle = new Needle(binary, cluster, database);
  progress(`${label}: ${needle.version()}: filling the database`);
  const token = needle.fill();
  await execute(cluster, database, 'VACUUM ANALYZE');
  const servers = [
    new Server('needle', await needle.serve('plain', 0), token),
    new Server('cached', await needle.serve('cached', CACHE_BYTES), token),
    new Server('peer', await startPeer(cluster, database)),
  ];
  const data = await compare(servers);
  const idle = servers.map((server) => server.memory());
  const rounds = await measureRounds(servers, options);
  await compare(servers);
  const memory = servers.map((server, index) => ({ server: server.name, idle: idle[index].resident, ...server.memory() }));
  await Promise.all(servers.map((server) => server.stop()));
  return { version: needle.version(), ...data, rounds, memory };
}

async function startPeer(cluster, database) {
  const child = fork(join(HERE, 'peer/server.mjs'), [JSON.stringify(cluster.options(database))]);
  cluster.register(child);
  const ended = once(child, 'exit').then(() => Promise.reject(new Error('the peer did not start')));
  ended.catch(() => {});
  const [{ port }] = await Promise.race([once(child, 'message'), ended]);
  return { child, url: `http://127.0.0.1:${port}/graphql` };
}

// Fails unless all servers reply with the same data; returns the size of each document's reply, and how many decisions and weeks it has.
async function compare(servers) {
  const bytes = {};
  let nodes = [];
  for (const [name, query] of Object.entries(QUERIES)) {
    const texts = await Promise.all(servers.map((server) => server.ask(query)));
    const [first, ...others] = texts.map((text) => JSON.parse(text).data);
    others.forEach((other, index) => {
      const found = firstDifference(first, other);
      if (found) throw new Error(`${name}: ${servers[0].name} and ${servers[index + 1].name} differ in ${found}`);
    });
    bytes[name] = Buffer.byteLength(texts[0]);
    nodes = first.decisions.nodes;
  }
  return { bytes, decisions: nodes.length, weeks: nodes[0].review.series.length };
}

async function measureRounds(servers, { connections, rounds, seconds, warmUpSeconds }) {
  const measured = [];
  for (const [query, text] of Object.entries(QUERIES)) {
    for (const server of servers) await server.round(text, 16, warmUpSeconds);
    for (const count of connections) {
      progress(`${query}, ${count} connections`);
      for (let round = 0; round < rounds; round += 1) {
        // Whoever is first in one round is last in another.
        for (let turn = 0; turn < servers.length; turn += 1) {
          const server = servers[(round + turn) % servers.length];
          measured.push({ query, connections: count, server: server.name, ...(await server.round(text, count, seconds)) });
        }
      }
    }
  }
  return measured;
}

async function databaseVersion(cluster) {
  const [{ server_version: version }] = await execute(cluster, 'postgres', 'SHOW server_version');
  return version.split(' ')[0];
}

async function execute(cluster, database, statement) {
  const client = new pg.Client(cluster.options(database));
  await client.connect();
  try {
    return (await client.query(statement)).rows;
  } finally {
    await client.end();
  }
}

function progress(text) {
  console.error(`bench: ${text}`);
}

await main().catch((error) => {
  console.error(`bench: ${error.message}`);
  process.exitCode = 1;
});
