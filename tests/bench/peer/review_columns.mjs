// Reviews as needle stores them: a column for each figure, and the weekly series packed in a table of its own.

const HEADER_BYTES = 9;
const WEEK_BYTES = 44;
const VERSION = 1;

export const NEWEST = `
SELECT DISTINCT ON (decision_id) id, decision_id, as_of, "final", verdict, effect, interval_low, interval_high, interval_level,
  before_promoters, before_passives, before_detractors, after_promoters, after_passives, after_detractors, caveats
FROM decision_review WHERE decision_id = ANY($1) ORDER BY decision_id, as_of DESC`;

export const SERIES = 'SELECT review_id AS id, packed AS series FROM review_series WHERE review_id = ANY($1)';

export function review(row) {
  const { interval_low: low, interval_high: high, interval_level: level } = row;
  const counts = (period) => ({
    promoters: row[`${period}_promoters`],
    passives: row[`${period}_passives`],
    detractors: row[`${period}_detractors`],
  });
  return {
    id: row.id,
    asOf: row.as_of,
    final: row.final,
    verdict: row.verdict,
    effect: row.effect,
    interval: low === null ? null : { low, high, level },
    before: counts('before'),
    after: counts('after'),
    caveats: row.caveats,
  };
}

// Little-endian: version (u8), level of all intervals (f64), then for each week the day of its Monday (i32), responses (u64), observed and
// expected score and the ends of the expected interval (f64 each, NaN for null).
export function series(packed) {
  if (packed[0] !== VERSION) throw new Error(`a series of version ${packed[0]}, expected ${VERSION}`);
  const level = packed.readDoubleLE(1);
  const weeks = new Array((packed.length - HEADER_BYTES) / WEEK_BYTES);
  for (let week = 0, at = HEADER_BYTES; week < weeks.length; week += 1, at += WEEK_BYTES) {
    const low = packed.readDoubleLE(at + 28);
    weeks[week] = {
      start: packed.readInt32LE(at),
      responses: packed.readUInt32LE(at + 4) + 2 ** 32 * packed.readUInt32LE(at + 8),
      observed: orNull(packed.readDoubleLE(at + 12)),
      expected: orNull(packed.readDoubleLE(at + 20)),
      expectedInterval: Number.isNaN(low) ? null : { low, high: packed.readDoubleLE(at + 36), level },
    };
  }
  return weeks;
}

function orNull(number) {
  return Number.isNaN(number) ? null : number;
}
