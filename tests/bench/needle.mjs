// The binary that is measured: its commands, and a server of it.

import { execFileSync, spawn } from 'node:child_process';
import { mkdirSync, openSync, readFileSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';

import { AS_OF, companyFiles } from './company.mjs';

const START_SECONDS = 30;

export class Needle {
  constructor(binary, cluster, database) {
    this.binary = binary;
    this.cluster = cluster;
    this.database = database;
    this.folder = join(cluster.folder, database);
    mkdirSync(this.folder);
  }

  // Imports the company, reviews every decision once and makes a token; returns the token.
  fill() {
    for (const [name, text] of Object.entries(companyFiles())) {
      writeFileSync(join(this.folder, name), text);
      this.command('import', name.split('.')[0], name);
    }
    this.command('recompute', '--as-of', AS_OF);
    // A leader reads groups of any size: what the peer serves, too.
    return this.command('token', 'create', '--name', 'bench', '--role', 'leader').trim();
  }

  version() {
    return this.command('--version').trim().replace(/^needle /, '');
  }

  command(...words) {
    const options = { cwd: this.folder, env: this.#environment(), encoding: 'utf8', stdio: ['ignore', 'pipe', 'inherit'] };
    return execFileSync(this.binary, words, options);
  }

  // A server with so many bytes for results that were computed before; ready when this returns.
  async serve(name, cacheBytes) {
    const address = `127.0.0.1:${await freePort()}`;
    const environment = { ...this.#environment(), NEEDLE_SERVER_ANSWER_BYTES: String(cacheBytes), NEEDLE_SCHEDULE_ENABLED: 'false' };
    const log = join(this.folder, `${name}.log`);
    const stdio = ['ignore', 'ignore', openSync(log, 'w')];
    const child = spawn(this.binary, ['serve', '--listen', address], { cwd: this.folder, env: environment, stdio });
    this.cluster.register(child);
    for (const deadline = Date.now() + 1_000 * START_SECONDS; Date.now() < deadline; await sleep(50)) {
      const reply = await fetch(`http://${address}/readyz`).catch(() => null);
      if (reply?.ok) return { child, url: `http://${address}/graphql` };
      if (child.exitCode !== null) break;
    }
    throw new Error(`the server did not start:\n${readFileSync(log, 'utf8')}`);
  }

  // As an operator runs it, but for one log line per request: the peer writes none either.
  #environment() {
    const others = Object.entries(process.env).filter(([name]) => !name.startsWith('NEEDLE') && name !== 'RUST_LOG');
    return { ...Object.fromEntries(others), NEEDLE_DATABASE_URL: this.cluster.url(this.database), NEEDLE_LOG_FILTER: 'warn' };
  }
}

function freePort() {
  return new Promise((resolve, reject) => {
    const server = createServer().once('error', reject);
    server.listen(0, '127.0.0.1', () => {
      const { port } = server.address();
      server.close(() => resolve(port));
    });
  });
}
