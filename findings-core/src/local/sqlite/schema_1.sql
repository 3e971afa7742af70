CREATE TABLE project (
  project_id INTEGER PRIMARY KEY,
  name       TEXT NOT NULL UNIQUE -- as in the registry
) STRICT;

CREATE TABLE issue (
  project_id  INTEGER NOT NULL REFERENCES project,
  issue_id    TEXT NOT NULL,
  account_id  TEXT NOT NULL,
  region      TEXT,
  control_id  TEXT,
  title       TEXT NOT NULL,
  resource    TEXT,
  severity    TEXT NOT NULL,      -- CRITICAL, HIGH, MEDIUM, LOW, INFORMATIONAL
  workflow    TEXT NOT NULL,      -- NEW, NOTIFIED, SUPPRESSED, RESOLVED
  first_seen  TEXT NOT NULL,      -- UTC
  opened_in   TEXT NOT NULL,      -- run in which it was opened or last reopened
  reopened    INTEGER NOT NULL,   -- how often it came back
  resolved_at TEXT,               -- UTC; null while it is open, as are the next two
  resolved_in TEXT,
  resolution  TEXT,               -- gone, account_left
  PRIMARY KEY (project_id, issue_id),
  CHECK ((resolved_at IS NULL) = (resolved_in IS NULL)),
  CHECK ((resolved_at IS NULL) = (resolution IS NULL))
) STRICT, WITHOUT ROWID;

-- delivered runs of a project
CREATE TABLE project_run (
  project_id    INTEGER NOT NULL REFERENCES project,
  run_id        TEXT NOT NULL,
  at            TEXT NOT NULL,    -- when the findings were read, UTC
  complete      INTEGER NOT NULL, -- 1 if everything that was asked for was there
  critical      INTEGER NOT NULL, -- findings by severity
  high          INTEGER NOT NULL,
  medium        INTEGER NOT NULL,
  low           INTEGER NOT NULL,
  informational INTEGER NOT NULL,
  new           INTEGER NOT NULL, -- issues by what happened to them
  reopened      INTEGER NOT NULL,
  open          INTEGER NOT NULL,
  resolved      INTEGER NOT NULL,
  report        TEXT NOT NULL,    -- where it is kept
  PRIMARY KEY (project_id, run_id)
) STRICT, WITHOUT ROWID;

-- runs of the job
CREATE TABLE run (
  run_id      TEXT PRIMARY KEY,
  begun_at    TEXT NOT NULL,      -- UTC
  owner       TEXT,               -- who works on it; null if nobody does
  lease_until TEXT,               -- UTC
  closed_at   TEXT,               -- UTC; when it was last finished or given up
  summary     TEXT                -- JSON; set if it is finished
) STRICT, WITHOUT ROWID;

CREATE TABLE project_done (
  run_id  TEXT NOT NULL,
  project TEXT NOT NULL,
  outcome TEXT NOT NULL,          -- JSON: its part of the summary
  PRIMARY KEY (run_id, project)
) STRICT, WITHOUT ROWID;

CREATE TABLE message (
  run_id     TEXT NOT NULL,
  project    TEXT NOT NULL,
  notifier   TEXT NOT NULL,
  recipient  TEXT NOT NULL,
  state      TEXT NOT NULL,       -- intent (in doubt unless followed by another), sent, failed
  message_id TEXT,
  reason     TEXT,
  at         TEXT NOT NULL,       -- UTC
  PRIMARY KEY (run_id, project, notifier, recipient)
) STRICT, WITHOUT ROWID;

-- What is open now, the worst and oldest first.
CREATE VIEW open_issues AS
SELECT p.name AS project, i.severity, i.account_id, i.region, i.title, i.control_id, i.resource, i.workflow,
       i.first_seen, CAST(julianday('now') - julianday(i.first_seen) AS INTEGER) AS age_days, i.opened_in, i.reopened
FROM issue i JOIN project p USING (project_id)
WHERE i.resolved_at IS NULL
ORDER BY p.name, instr('CRITICAL,HIGH,MEDIUM,LOW,INFORMATIONAL', i.severity), i.first_seen;

-- How a project develops: one line for each delivered run.
CREATE VIEW project_trend AS
SELECT p.name AS project, r.at, r.run_id, r.complete,
       r.critical + r.high + r.medium + r.low + r.informational AS findings,
       r.critical, r.high, r.medium, r.low, r.informational,
       r.new, r.reopened, r.open, r.resolved, r.report
FROM project_run r JOIN project p USING (project_id)
ORDER BY p.name, r.at;

-- The runs of the job, the latest first.
CREATE VIEW runs AS
SELECT r.run_id,
       CASE WHEN r.summary IS NOT NULL THEN 'finished' WHEN r.owner IS NOT NULL THEN 'running' ELSE 'given up' END AS state,
       r.begun_at, r.closed_at, r.owner, r.lease_until,
       (SELECT count(*) FROM project_done d WHERE d.run_id = r.run_id) AS projects_done,
       (SELECT count(*) FROM message m WHERE m.run_id = r.run_id AND m.state = 'sent') AS sent,
       (SELECT count(*) FROM message m WHERE m.run_id = r.run_id AND m.state = 'failed') AS failed,
       (SELECT count(*) FROM message m WHERE m.run_id = r.run_id AND m.state = 'intent') AS in_doubt
FROM run r
ORDER BY r.begun_at DESC, r.run_id DESC;
