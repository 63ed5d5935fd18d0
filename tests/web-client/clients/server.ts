// The live server that the programs of this folder talk to, and what their answers must be.

import { strict as assert } from 'node:assert';

const { NEEDLE_URL = '', NEEDLE_TOKEN = '' } = process.env;

export const url = NEEDLE_URL;
export const headers = { authorization: `Bearer ${NEEDLE_TOKEN}` };

/** Sends a document as its text; an answer with errors is an exception. */
export async function send(query: string, variables: unknown): Promise<unknown> {
  const response = await fetch(url, {
    method: 'POST',
    headers: { ...headers, 'content-type': 'application/json', accept: 'application/graphql-response+json' },
    body: JSON.stringify({ query, variables }),
  });
  const { data, errors } = (await response.json()) as { data: unknown; errors?: unknown };
  assert.equal(errors, undefined, JSON.stringify(errors));
  return data;
}

/** The input of a decision that is logged, by the client that logs it. */
export const draft = (title: string) => ({ title, takesEffectOn: '2999-01-07', expectedImpact: 3, horizonWeeks: 12 });

interface Row {
  title: string;
  takesEffectOn: string;
  review?: { effect?: number | null } | null;
}

/** Two pages of the scoreboard, which must be whole and in order. */
export function checkPages(pages: Row[][], totalCount: number) {
  const rows = pages.flat();
  assert.equal(rows.length, totalCount);
  assert(totalCount >= 12 && rows.some(({ review }) => typeof review?.effect === 'number'));
  const days = rows.map(({ takesEffectOn }) => takesEffectOn);
  assert.deepEqual(days, days.toSorted().toReversed());
  console.log(`${rows.length} decisions on ${pages.length} pages`);
}

interface Payload {
  decision?: { title: string; status: string } | null;
  userErrors: { code: string; path?: string[] | null }[];
}

/** What became of a decision that may not be logged, and of one that may. */
export function checkLog(refused: Payload | undefined, logged: Payload | undefined, title: string) {
  assert.equal(refused?.decision, null);
  assert.deepEqual(refused?.userErrors.map(({ code, path }) => [code, path]), [['INVALID', ['expectedImpact']]]);
  assert.deepEqual([logged?.decision?.title, logged?.decision?.status, logged?.userErrors], [title, 'PLANNED', []]);
  console.log('a decision refused, and one logged');
}
