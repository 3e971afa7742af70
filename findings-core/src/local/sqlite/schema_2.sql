ALTER TABLE issue ADD COLUMN last_seen TEXT;           -- UTC, as far as this row tells; view open_issues knows more
ALTER TABLE issue ADD COLUMN finding_id TEXT;          -- Id of the finding when last seen
ALTER TABLE issue ADD COLUMN severity_before TEXT;     -- before its last change; null if it never changed, as is the next
ALTER TABLE issue ADD COLUMN severity_changed_in TEXT; -- run
ALTER TABLE issue ADD COLUMN decided_at TEXT;          -- UTC; when somebody first wrote a note, suppressed it or set it to RESOLVED
UPDATE issue SET last_seen = coalesce(resolved_at, first_seen);
-- resolution is one of: gone, passed, archived, suppressed, marked_resolved, account_left, project_left

ALTER TABLE project_run ADD COLUMN worse INTEGER NOT NULL DEFAULT 0;              -- of the open ones, how many got worse
ALTER TABLE project_run ADD COLUMN incomplete_accounts TEXT NOT NULL DEFAULT '';  -- separated by ';'

-- What is open now, the worst and oldest first.
DROP VIEW open_issues;
CREATE VIEW open_issues AS
SELECT p.name AS project, i.severity, i.account_id, i.region, i.title, i.control_id, i.resource, i.workflow,
       i.first_seen, CAST(julianday('now') - julianday(i.first_seen) AS INTEGER) AS age_days,
       -- an issue that stays as it is costs no write: the runs that saw its account tell
       coalesce((SELECT max(r.at) FROM project_run r WHERE r.project_id = i.project_id AND r.at > i.last_seen
                 AND instr(r.incomplete_accounts, i.account_id) = 0), i.last_seen) AS last_seen,
       i.opened_in, i.reopened, i.severity_before, i.severity_changed_in, i.decided_at
FROM issue i JOIN project p USING (project_id)
WHERE i.resolved_at IS NULL
ORDER BY p.name, instr('CRITICAL,HIGH,MEDIUM,LOW,INFORMATIONAL', i.severity), i.first_seen;

-- How a project develops: one line for each delivered run.
DROP VIEW project_trend;
CREATE VIEW project_trend AS
SELECT p.name AS project, r.at, r.run_id, r.complete,
       r.critical + r.high + r.medium + r.low + r.informational AS findings,
       r.critical, r.high, r.medium, r.low, r.informational,
       r.new, r.reopened, r.open, r.worse, r.resolved, r.incomplete_accounts, r.report
FROM project_run r JOIN project p USING (project_id)
ORDER BY p.name, r.at;

-- The runs of the job, the latest first.
-- message.state may also be resent: sent again, after an earlier attempt had left it in doubt.
DROP VIEW runs;
CREATE VIEW runs AS
SELECT r.run_id,
       CASE WHEN r.summary IS NOT NULL THEN 'finished' WHEN r.owner IS NOT NULL THEN 'running' ELSE 'given up' END AS state,
       r.begun_at, r.closed_at, r.owner, r.lease_until,
       (SELECT count(*) FROM project_done d WHERE d.run_id = r.run_id) AS projects_done,
       (SELECT count(*) FROM message m WHERE m.run_id = r.run_id AND m.state IN ('sent', 'resent')) AS sent,
       (SELECT count(*) FROM message m WHERE m.run_id = r.run_id AND m.state = 'resent') AS resent,
       (SELECT count(*) FROM message m WHERE m.run_id = r.run_id AND m.state = 'failed') AS failed,
       (SELECT count(*) FROM message m WHERE m.run_id = r.run_id AND m.state = 'intent') AS in_doubt
FROM run r
ORDER BY r.begun_at DESC, r.run_id DESC;
