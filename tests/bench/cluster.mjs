// A throw-away PostgreSQL cluster that listens on a Unix socket in its own folder only, and a watchdog outside this process that stops
// whatever was registered with it, stops the cluster and deletes the folder: at the end, after an interrupt and after a kill.

import { execFileSync, spawn } from 'node:child_process';
import { appendFileSync, existsSync, mkdtempSync, readdirSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';

const OWNER = 'needle';

// As in production but for durability, which nothing here depends on.
const SETTINGS = `
listen_addresses = ''
shared_buffers = 128MB
fsync = off
synchronous_commit = off
full_page_writes = off
`;

// Reads the ids of processes until nobody holds its standard input any more.
const WATCHDOG = `
trap '' HUP INT TERM
folder="$1"
shift
processes=
while read -r process; do processes="$processes $process"; done
[ -z "$processes" ] || kill $processes 2> /dev/null
cd "$folder" && "$@"
rm -rf "$folder"
`;

export class Cluster {
  #programs = findPrograms();
  #isRoot = process.getuid() === 0;
  #watchdog;

  static start() {
    const cluster = new Cluster();
    cluster.folder = mkdtempSync(join(tmpdir(), 'needle-bench-'));
    if (cluster.#isRoot) execFileSync('chown', ['postgres', cluster.folder]);
    const data = join(cluster.folder, 'data');
    cluster.#watch(data);
    const encoding = ['--encoding=UTF8', '--no-locale', '--auth=trust', '--no-sync', '--username', OWNER];
    cluster.#execute('initdb', [...encoding, '--pgdata', data]);
    appendFileSync(join(data, 'postgresql.conf'), `${SETTINGS}unix_socket_directories = '${cluster.folder}'\n`);
    const log = join(cluster.folder, 'log');
    cluster.#execute('pg_ctl', ['start', '--wait', '--silent', '--pgdata', data, '--log', log]);
    return cluster;
  }

  // Where node-postgres finds a database.
  options(database) {
    return { host: this.folder, user: OWNER, database };
  }

  url(database) {
    return `postgres://${OWNER}@localhost/${database}?host=${this.folder}`;
  }

  // Has a process of ours stopped together with the cluster, however this one ends.
  register(process) {
    this.#watchdog.stdin.write(`${process.pid}\n`);
  }

  stop() {
    return new Promise((resolve) => {
      this.#watchdog.once('exit', resolve);
      this.#watchdog.stdin.end();
    });
  }

  #watch(data) {
    const stop = this.#command('pg_ctl', ['stop', '--mode=immediate', '--silent', '--pgdata', data]);
    // A group of its own: an interrupt at the terminal must not stop it before it has cleaned up.
    const options = { detached: true, stdio: ['pipe', 'ignore', 'ignore'] };
    this.#watchdog = spawn('sh', ['-c', WATCHDOG, 'sh', this.folder, ...stop], options);
  }

  #execute(program, options) {
    const [file, ...rest] = this.#command(program, options);
    execFileSync(file, rest, { cwd: this.folder, stdio: ['ignore', 'ignore', 'inherit'] });
  }

  // PostgreSQL refuses to run as root: for root it runs as the user `postgres`.
  #command(program, options) {
    const command = [join(this.#programs, program), ...options];
    return this.#isRoot ? ['runuser', '-u', 'postgres', '--', ...command] : command;
  }
}

// The folder of the newest PostgreSQL. Distributions keep one per version; what stands in PATH may be a wrapper.
function findPrograms() {
  const root = '/usr/lib/postgresql';
  const versions = existsSync(root) ? readdirSync(root).sort((a, b) => Number(b) - Number(a)) : [];
  const folders = versions.map((version) => join(root, version, 'bin')).concat((process.env.PATH ?? '').split(delimiter));
  const found = folders.find((folder) => ['initdb', 'pg_ctl', 'postgres'].every((program) => existsSync(join(folder, program))));
  if (!found) throw new Error('no initdb in /usr/lib/postgresql/*/bin or PATH: install PostgreSQL');
  return found;
}
