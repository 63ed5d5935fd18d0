// What a run found, as Markdown: tables of medians with the least and the greatest, the machine and the versions.

import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { cpus, release, totalmem } from 'node:os';

const MIB = 1_024 * 1_024;
const NAMES = { needle: 'needle', cached: 'needle, cached', peer: 'mercurius' };
// At so many connections needle must be so many times as fast as the peer.
const EXPECTED_CONNECTIONS = 16;
const EXPECTED = [
  { query: 'scoreboard', server: 'needle', times: 5 },
  { query: 'series', server: 'needle', times: 2 },
  { query: 'series', server: 'cached', times: 5 },
];
const MEMORY_SHARE = 0.5;

const BEFORE_AND_AFTER = `Two binaries were measured one after the other, each on a database that it made and filled itself, and the peer on
both: where the tables differ, the peer reads those of the binary.`;

export function report(runs, options, databaseVersion) {
  const sections = runs.flatMap((run) => section(run, options, runs.length > 1));
  const parts = [introduction(runs.at(-1), options), machine(databaseVersion), ...sections];
  if (runs.length > 1) parts.splice(2, 0, BEFORE_AND_AFTER);
  return `${parts.join('\n\n')}\n`;
}

function introduction({ bytes, decisions, weeks }, { rounds, seconds }) {
  const kilobytes = (query) => `${Math.round(bytes[query] / 1_000)} kB`;
  return `# Performance

Written by \`tests/bench/run\` (\`just bench\`), which measures \`needle serve\` and a server of the same data in Node in one run: Fastify,
mercurius with compiled queries (graphql-jit), loaders that read every level of a query at once, and node-postgres. Both read the same
PostgreSQL tables and are measured in turns. Before and after the rounds their replies are compared, value by value.

- scoreboard: ${decisions} decisions, each with target, expectation and its newest review: verdict, effect, interval, counts before and after,
  caveats (${kilobytes('scoreboard')});
- series: the newest reviews of the same decisions with their ${weeks} weeks each (${kilobytes('series')}).

Figures are requests per second: ${seconds} s a round, the median of ${rounds} with the least and the greatest. "needle" computes every reply
(\`answer_bytes = 0\`), "needle, cached" keeps results as it does by default. needle checks a token with every request, the peer has no
sign-in. Each server is one process; neither logs requests.`;
}

function machine(databaseVersion) {
  const [processor] = cpus();
  const gibibytes = Math.round(totalmem() / 1_024 / MIB);
  const require = createRequire(import.meta.url);
  const version = (name) => `${name} ${installedVersion(require, name)}`;
  const packages = ['mercurius', 'graphql-jit', 'fastify', 'graphql', 'pg', 'autocannon'].map(version).join(', ');
  return `Machine: ${cpus().length} × ${processor.model.trim()}, ${gibibytes} GiB, Linux ${release().split('-')[0]}.
The load generator, the servers and PostgreSQL share it. ${new Date().toISOString().slice(0, 10)}; PostgreSQL ${databaseVersion}, Node ${process.versions.node}, ${packages}.`;
}

function installedVersion(require, name) {
  const [folder] = require.resolve.paths(name);
  return JSON.parse(readFileSync(`${folder}/${name}/package.json`, 'utf8')).version;
}

function section(run, { connections }, isOfSeveral) {
  const heading = isOfSeveral ? [`## ${run.label === 'before' ? 'Before' : 'After'}: needle ${run.version}`] : [`## needle ${run.version}`];
  const tables = Object.keys(run.bytes).map((query) => rates(run, query, connections));
  return [...heading, ...tables, latencies(run), memory(run), ...(connections.includes(EXPECTED_CONNECTIONS) ? [expectations(run)] : [])];
}

function rates(run, query, connections) {
  const servers = Object.keys(NAMES);
  const row = (count) => {
    const found = servers.map((server) => rounds(run, query, server, count).map(({ rate }) => rate));
    const peer = median(found.at(-1));
    const ratios = found.slice(0, -1).map((rates) => `${ratio(median(rates) / peer)} ×`);
    return [count, ...found.map(spread), ...ratios];
  };
  const header = [query, ...Object.values(NAMES), 'needle : mercurius', 'cached : mercurius'];
  return table(header, connections.map(row));
}

function latencies(run) {
  const row = (query) => {
    const of = (server) => rounds(run, query, server, EXPECTED_CONNECTIONS).map(({ p99Ms }) => p99Ms);
    return [query, ...Object.keys(NAMES).map((server) => `${Math.round(median(of(server)))} ms`)];
  };
  return table([`99 % of replies within, ${EXPECTED_CONNECTIONS} connections`, ...Object.values(NAMES)], Object.keys(run.bytes).map(row));
}

function memory({ memory: measured }) {
  const mebibytes = (bytes) => `${Math.round(bytes / MIB)} MiB`;
  const row = ({ server, idle, resident, peak }) => [NAMES[server], ...[idle, resident, peak].map(mebibytes)];
  return table(['resident memory', 'before the rounds', 'after them', 'peak'], measured.map(row));
}

function expectations(run) {
  const rate = (query, server) => median(rounds(run, query, server, EXPECTED_CONNECTIONS).map((round) => round.rate));
  const rows = EXPECTED.map(({ query, server, times }) => {
    const found = rate(query, server) / rate(query, 'peer');
    return [`${query}, ${NAMES[server]}`, `at least ${times} ×`, `${ratio(found)} ×`, found >= times ? 'yes' : 'no'];
  });
  const peak = (name) => run.memory.find(({ server }) => server === name).peak;
  for (const server of ['needle', 'cached']) {
    const share = peak(server) / peak('peer');
    rows.push([`peak memory, ${NAMES[server]}`, `at most ${MEMORY_SHARE} ×`, `${share.toFixed(2)} ×`, share <= MEMORY_SHARE ? 'yes' : 'no']);
  }
  return table([`against mercurius, ${EXPECTED_CONNECTIONS} connections`, 'expected', 'found', 'met'], rows);
}

function rounds(run, query, server, connections) {
  return run.rounds.filter((round) => round.query === query && round.server === server && round.connections === connections);
}

function median(values) {
  const sorted = [...values].sort((a, b) => a - b);
  const middle = sorted.length >> 1;
  return sorted.length % 2 ? sorted[middle] : (sorted[middle - 1] + sorted[middle]) / 2;
}

function spread(values) {
  const [least, greatest] = [Math.min(...values), Math.max(...values)];
  return values.length > 1 ? `${rounded(median(values))} (${rounded(least)}–${rounded(greatest)})` : rounded(values[0]);
}

function rounded(value) {
  return value < 10 ? value.toFixed(1) : Math.round(value).toLocaleString('en-US');
}

function ratio(value) {
  return value < 10 ? value.toFixed(1) : String(Math.round(value));
}

function table(header, rows) {
  const line = (cells) => `| ${cells.join(' | ')} |`;
  return [line(header), line(header.map((_, index) => (index ? '---:' : '---'))), ...rows.map(line)].join('\n');
}
