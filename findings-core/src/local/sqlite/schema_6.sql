-- The times in which issues were open, each in a row; the last one has closed_at only if it ended.
-- seen_at is when a run first reported it: opened_at can be much earlier, if the product says so.
CREATE VIEW issue_periods AS
WITH period AS (
  SELECT i.project_id, i.issue_id, e.key + 1 AS period, e.value ->> 'opened_at' AS opened_at, e.value ->> 'opened_in' AS opened_in,
         e.value ->> 'decided_at' AS decided_at, e.value ->> 'closed_at' AS closed_at, e.value ->> 'resolution' AS resolution
  FROM issue i, json_each(coalesce(nullif(i.earlier, ''), '[]')) e
  UNION ALL
  SELECT project_id, issue_id, json_array_length(coalesce(nullif(earlier, ''), '[]')) + 1, opened_at, opened_in,
         decided_at, resolved_at, resolution
  FROM issue)
SELECT p.name AS project, e.project_id, e.issue_id, e.period, i.severity, i.control_id, i.account_id, i.region, i.resource, i.title,
       e.opened_at, e.opened_in,
       coalesce((SELECT r.at FROM project_run r WHERE r.project_id = e.project_id AND r.run_id = e.opened_in), e.opened_at) AS seen_at,
       e.decided_at, e.closed_at, e.resolution
FROM period e JOIN issue i USING (project_id, issue_id) JOIN project p USING (project_id);

-- What was open after the last run of each week. Weeks begin on Monday, UTC; a week without a run has no row.
-- The severity is the last one that is known. not_confirmed are those of open whose account the run did not see completely.
CREATE VIEW weekly_open AS
WITH last_run AS (
  SELECT project_id, date(at, 'weekday 0', '-6 days') AS week, run_id, at, complete, incomplete_accounts,
         row_number() OVER (PARTITION BY project_id, date(at, 'weekday 0', '-6 days') ORDER BY julianday(at) DESC, run_id DESC) AS n
  FROM project_run)
SELECT p.name AS project, r.week, r.run_id, r.complete, count(i.issue_id) AS open,
       count(i.issue_id) FILTER (WHERE i.severity = 'CRITICAL') AS critical,
       count(i.issue_id) FILTER (WHERE i.severity = 'HIGH') AS high,
       count(i.issue_id) FILTER (WHERE i.severity = 'MEDIUM') AS medium,
       count(i.issue_id) FILTER (WHERE i.severity = 'LOW') AS low,
       count(i.issue_id) FILTER (WHERE i.severity = 'INFORMATIONAL') AS informational,
       count(i.issue_id) FILTER (WHERE instr(r.incomplete_accounts, i.account_id) > 0) AS not_confirmed
FROM last_run r JOIN project p USING (project_id)
LEFT JOIN issue_periods i ON i.project_id = r.project_id AND julianday(i.seen_at) <= julianday(r.at)
  AND (i.closed_at IS NULL OR julianday(i.closed_at) > julianday(r.at))
WHERE r.n = 1
GROUP BY r.project_id, r.week
ORDER BY p.name, r.week;

-- How long fixes took, in days from the opening to the run that found the fix. Percentiles are by nearest rank.
-- Only fixes count: not what was suppressed or archived, or left with its account.
CREATE VIEW time_to_fix AS
WITH fix AS (
  SELECT project, severity, julianday(closed_at) - julianday(opened_at) AS days
  FROM issue_periods WHERE resolution IN ('gone', 'passed', 'marked_resolved')),
ranked AS (
  SELECT project, severity, days, row_number() OVER (PARTITION BY project, severity ORDER BY days) AS n,
         count(*) OVER (PARTITION BY project, severity) AS fixed
  FROM fix)
SELECT project, severity, max(fixed) AS fixed, round(max(days) FILTER (WHERE n = (fixed * 50 + 99) / 100), 1) AS median_days,
       round(max(days) FILTER (WHERE n = (fixed * 90 + 99) / 100), 1) AS p90_days
FROM ranked
GROUP BY project, severity
ORDER BY project, instr('CRITICAL,HIGH,MEDIUM,LOW,INFORMATIONAL', severity);

-- Who was sent what: the last entry of each message, the oldest run first.
-- in_doubt: it was about to be sent, and nothing else is recorded.
CREATE VIEW messages AS
SELECT m.run_id, m.project, m.recipient, m.notifier, m.edition,
       CASE m.state WHEN 'intent' THEN 'in_doubt' ELSE m.state END AS state, m.at, m.message_id, m.reason
FROM message m LEFT JOIN run r USING (run_id)
ORDER BY r.begun_at, m.run_id, m.project, m.recipient, m.notifier;
