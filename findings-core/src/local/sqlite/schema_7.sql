-- What projects decided about issues. The last one about an issue counts.
CREATE TABLE decision (
  project     TEXT NOT NULL,
  issue_id    TEXT NOT NULL,
  decision_id TEXT NOT NULL,
  account_id  TEXT NOT NULL,
  kind        TEXT NOT NULL,   -- to_fix, fixed, accept_risk, false_positive, not_ours, withdrawn, acceptance_ended
  owner       TEXT,
  due         TEXT,            -- date: to fix by, or the last day of an accepted risk
  comment     TEXT,
  decided_by  TEXT,            -- who sent it
  run_id      TEXT NOT NULL,   -- run whose report it answers
  at          TEXT NOT NULL,   -- UTC; when it was recorded
  mirrored_at TEXT,            -- UTC; when Security Hub had it; null as long as it has not
  PRIMARY KEY (project, issue_id, decision_id)
) STRICT, WITHOUT ROWID;

-- Files that came back with decisions, and what became of them.
CREATE TABLE returned_file (
  file_id   TEXT PRIMARY KEY,  -- SHA-256 of the content
  name      TEXT NOT NULL,
  project   TEXT NOT NULL,     -- empty if it could not be found out
  taken_at  TEXT NOT NULL,     -- UTC
  taken     INTEGER NOT NULL,  -- entries that became decisions
  not_taken INTEGER NOT NULL   -- entries that did not
) STRICT, WITHOUT ROWID;

-- The decision about each issue that counts. overdue is 1 if the date has passed and the issue is still open.
CREATE VIEW current_decisions AS
WITH last AS (
  SELECT *, row_number() OVER (PARTITION BY project, issue_id ORDER BY julianday(at) DESC, decision_id DESC) AS n FROM decision)
SELECT d.project, d.kind, d.owner, d.due, d.comment, d.decided_by, d.at, d.mirrored_at, i.severity, i.control_id, d.account_id,
       i.region, i.resource, i.title, i.resolved_at, d.issue_id, d.run_id,
       d.due IS NOT NULL AND d.due < date('now') AND i.resolved_at IS NULL AS overdue
FROM last d
LEFT JOIN project p ON p.name = d.project
LEFT JOIN issue i ON i.project_id = p.project_id AND i.issue_id = d.issue_id
WHERE d.n = 1
ORDER BY d.project, d.due IS NULL, d.due, d.issue_id;
