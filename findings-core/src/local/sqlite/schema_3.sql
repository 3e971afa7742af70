ALTER TABLE issue ADD COLUMN opened_at TEXT;  -- UTC; when it was opened or last reopened: the start of its age
ALTER TABLE issue ADD COLUMN earlier TEXT;    -- JSON: the earlier times in which it was open; null if there are none
ALTER TABLE issue ADD COLUMN signature TEXT;  -- hash of product, generator, title, account, Region and resource
UPDATE issue SET opened_at = coalesce(
  (SELECT r.at FROM project_run r WHERE issue.reopened > 0 AND r.project_id = issue.project_id AND r.run_id = issue.opened_in),
  first_seen);
-- resolution is one of: gone, passed, archived, suppressed, marked_resolved, account_left, project_left, merged

ALTER TABLE project_run ADD COLUMN suppressed INTEGER NOT NULL DEFAULT 0;   -- issues that somebody suppressed
ALTER TABLE project_run ADD COLUMN archived INTEGER NOT NULL DEFAULT 0;     -- issues that their product no longer reports
ALTER TABLE project_run ADD COLUMN account_left INTEGER NOT NULL DEFAULT 0; -- issues whose account left the project
ALTER TABLE project_run ADD COLUMN stale INTEGER NOT NULL DEFAULT 0;        -- issues of which the run could not tell
ALTER TABLE project_run ADD COLUMN told INTEGER NOT NULL DEFAULT 1;         -- 1 if anybody was told of the report
UPDATE project_run SET told = 0 WHERE report = '';

-- What is open now, the worst and oldest first.
DROP VIEW open_issues;
CREATE VIEW open_issues AS
SELECT p.name AS project, i.severity, i.account_id, i.region, i.title, i.control_id, i.resource, i.workflow,
       i.first_seen, i.opened_at, CAST(julianday('now') - julianday(i.opened_at) AS INTEGER) AS age_days,
       -- an issue that stays as it is costs no write: the runs that saw its account tell
       coalesce((SELECT max(r.at) FROM project_run r WHERE r.project_id = i.project_id AND r.at > i.last_seen
                 AND instr(r.incomplete_accounts, i.account_id) = 0), i.last_seen) AS last_seen,
       i.opened_in, i.reopened, i.severity_before, i.severity_changed_in, i.decided_at
FROM issue i JOIN project p USING (project_id)
WHERE i.resolved_at IS NULL
ORDER BY p.name, instr('CRITICAL,HIGH,MEDIUM,LOW,INFORMATIONAL', i.severity), i.opened_at;

-- How a project develops: one line for each delivered run.
DROP VIEW project_trend;
CREATE VIEW project_trend AS
SELECT p.name AS project, r.at, r.run_id, r.complete, r.told,
       r.critical + r.high + r.medium + r.low + r.informational AS findings,
       r.critical, r.high, r.medium, r.low, r.informational,
       r.new, r.reopened, r.open, r.worse, r.resolved, r.suppressed, r.archived, r.account_left, r.stale,
       r.incomplete_accounts, r.report
FROM project_run r JOIN project p USING (project_id)
ORDER BY p.name, r.at;
