// The public audits of GraphQL over HTTP against a live server: `NEEDLE_URL`, as the bearer of `NEEDLE_TOKEN`.
// Prints one line for every audit; the exit status is 1 unless all of them are passed without an error or a warning.

import process from 'node:process';
import { auditServer } from 'graphql-http';

// As many as version 1.23.1 has: an audit that is missing is no audit that was passed.
const EXPECTED = 61;

const { NEEDLE_URL: url, NEEDLE_TOKEN: token } = process.env;

function fetchFn(address, init = {}) {
  return fetch(address, { ...init, headers: { ...init.headers, authorization: `Bearer ${token}` } });
}

const results = await auditServer({ url, fetchFn });
for (const { id, status, name, reason } of results) {
  console.log([status, id, name, reason].filter(Boolean).join(' '));
}
const passed = results.filter(({ status }) => status === 'ok').length;
console.log(`${passed} of ${results.length} audits passed`);
process.exitCode = passed === EXPECTED && results.length === EXPECTED ? 0 : 1;
