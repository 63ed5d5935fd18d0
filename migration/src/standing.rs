//! What the latest review of each decision concluded, by edition: lists that are sorted or filtered by it can be paged
//! while a run publishes.

use super::SqlMigration;

pub const MIGRATION: SqlMigration = SqlMigration { name: "m0010_standing", up: UP, down: DOWN };

const UP: &str = "
CREATE TABLE review_edition (id {id}, written_at BIGINT NOT NULL);
CREATE TABLE decision_standing (
  decision_id BIGINT NOT NULL REFERENCES decision (id), valid_from BIGINT NOT NULL, valid_until BIGINT,
  verdict TEXT NOT NULL, effect DOUBLE PRECISION, closed BOOLEAN NOT NULL, PRIMARY KEY (decision_id, valid_from)
);
CREATE INDEX decision_standing_ended ON decision_standing (valid_until) WHERE valid_until IS NOT NULL;
INSERT INTO review_edition (written_at) VALUES (0);
INSERT INTO decision_standing (decision_id, valid_from, valid_until, verdict, effect, closed)
SELECT review.decision_id, (SELECT MAX(id) FROM review_edition), NULL, review.verdict, review.effect,
  EXISTS (SELECT 1 FROM decision_review closing WHERE closing.decision_id = review.decision_id AND closing.\"final\")
FROM decision_review review WHERE NOT EXISTS (
  SELECT 1 FROM decision_review newer WHERE newer.decision_id = review.decision_id AND newer.as_of > review.as_of
);
";

const DOWN: &str = "
DROP TABLE decision_standing;
DROP TABLE review_edition;
";
