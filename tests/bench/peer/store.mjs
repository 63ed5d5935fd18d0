// The peer's SQL: one statement for each level of a query, prepared once per connection.

import pg from 'pg';

import * as columns from './review_columns.mjs';
import * as json from './review_json.mjs';

// As many as needle opens.
const CONNECTIONS = 8;

const DECISIONS = `
SELECT id, external_id AS "externalId", title, owner, segment_id, expected_impact, expected_low, expected_high, expected_level
FROM decision ORDER BY takes_effect_on DESC, id DESC LIMIT $1`;
const SEGMENTS = 'SELECT id, key, name FROM segment WHERE id = ANY($1)';
const HAS_DETAIL = "SELECT 1 FROM information_schema.columns WHERE table_name = 'decision_review' AND column_name = 'detail'";

// BIGINT comes as text by default; the ids and counts of these tables are exact as numbers.
pg.types.setTypeParser(pg.types.builtins.INT8, Number);

export class Store {
  #pool;
  #reviews;

  static async open(options) {
    const store = new Store();
    store.#pool = new pg.Pool({ ...options, max: CONNECTIONS });
    const { rowCount } = await store.#pool.query(HAS_DETAIL);
    store.#reviews = rowCount > 0 ? json : columns;
    return store;
  }

  decisions(first) {
    return this.#rows('decisions', DECISIONS, first);
  }

  async segments(ids) {
    return inOrder(ids, await this.#rows('segments', SEGMENTS, [...new Set(ids)]), 'id');
  }

  // The newest review of each decision, or null.
  async newestReviews(ids) {
    const rows = inOrder(ids, await this.#rows('reviews', this.#reviews.NEWEST, ids), 'decision_id');
    return rows.map((row) => row && this.#reviews.review(row));
  }

  async series(ids) {
    const rows = inOrder(ids, await this.#rows('series', this.#reviews.SERIES, ids), 'id');
    return rows.map((row) => (row ? this.#reviews.series(row.series) : []));
  }

  async #rows(name, text, value) {
    return (await this.#pool.query({ name, text, values: [value] })).rows;
  }
}

function inOrder(ids, rows, key) {
  const byId = new Map(rows.map((row) => [row[key], row]));
  return ids.map((id) => byId.get(id) ?? null);
}
