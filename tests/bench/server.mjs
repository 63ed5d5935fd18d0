// A server under load: one request, a round of many, and its memory.

import { readFileSync } from 'node:fs';

import autocannon from 'autocannon';

const TIMEOUT_SECONDS = 60;

export class Server {
  constructor(name, { child, url }, token) {
    this.name = name;
    this.child = child;
    this.url = url;
    this.headers = { 'content-type': 'application/json', accept: 'application/json' };
    if (token) this.headers.authorization = `Bearer ${token}`;
  }

  // The reply to a document, as text.
  async ask(query) {
    const reply = await fetch(this.url, { method: 'POST', headers: this.headers, body: JSON.stringify({ query }) });
    const text = await reply.text();
    if (!reply.ok || JSON.parse(text).errors) throw new Error(`${this.name} replied ${reply.status}: ${text.slice(0, 400)}`);
    return text;
  }

  // Sends the same request over so many connections for some seconds. Returns requests per second and the 99th percentile of the latency
  // in milliseconds.
  async round(query, connections, seconds) {
    const body = JSON.stringify({ query });
    const times = [];
    const options = { url: this.url, method: 'POST', headers: this.headers, body, connections, duration: seconds, timeout: TIMEOUT_SECONDS };
    const started = performance.now();
    const run = autocannon(options);
    run.on('response', () => times.push(performance.now()));
    const result = await run;
    if (result.errors || result.non2xx) throw new Error(`${this.name}: ${result.errors} errors, ${result['non2xx']} refusals`);
    return { rate: rate(times, connections, started), p99Ms: result.latency.p99 };
  }

  // Resident memory and its peak, in bytes.
  memory() {
    const status = readFileSync(`/proc/${this.child.pid}/status`, 'utf8');
    const bytes = (field) => 1_024 * Number(status.match(new RegExp(`^${field}:\\s+(\\d+) kB`, 'm'))[1]);
    return { resident: bytes('VmRSS'), peak: bytes('VmHWM') };
  }

  stop() {
    return new Promise((resolve) => {
      this.child.once('exit', resolve);
      this.child.kill();
    });
  }
}

// Replies per second from the one with which every connection could have had its first: the start of a round, when all connections ask at
// once, and its end, when the last requests are given up, distort what few slow requests show.
function rate(times, connections, started) {
  const last = times.length - 1;
  if (last < 0) return 0;
  const isLong = times.length > 2 * connections;
  const [skipped, from] = isLong ? [connections, times[connections - 1]] : [0, started];
  return (1_000 * (times.length - skipped)) / (times[last] - from);
}
