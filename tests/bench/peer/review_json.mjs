// Reviews as they were stored before they had columns: everything in one JSON document. For comparing with older binaries.

export const NEWEST = `
SELECT DISTINCT ON (decision_id) id, decision_id, as_of, "final", verdict, effect, detail - 'series' AS detail
FROM decision_review WHERE decision_id = ANY($1) ORDER BY decision_id, as_of DESC`;

export const SERIES = "SELECT id, detail -> 'series' AS series FROM decision_review WHERE id = ANY($1)";

export function review(row) {
  const { detail, as_of: asOf, ...columns } = row;
  return { ...columns, asOf, ...detail };
}

export function series(weeks) {
  return weeks;
}
