-- What the ledger keeps between reports, and the leases on batches, are no runs. An urgent run has no summary when it ends.
DROP VIEW runs;
CREATE VIEW runs AS
SELECT r.run_id,
       CASE WHEN r.summary IS NOT NULL THEN 'finished' WHEN r.owner IS NOT NULL THEN 'running'
            WHEN r.run_id LIKE 'urgent-%' THEN 'ended' ELSE 'given up' END AS state,
       r.begun_at, r.closed_at, r.owner, r.lease_until,
       (SELECT count(*) FROM project_done d WHERE d.run_id = r.run_id) AS projects_done,
       (SELECT count(*) FROM message m WHERE m.run_id = r.run_id AND m.state IN ('sent', 'resent')) AS sent,
       (SELECT count(*) FROM message m WHERE m.run_id = r.run_id AND m.state = 'resent') AS resent,
       (SELECT count(*) FROM message m WHERE m.run_id = r.run_id AND m.state = 'failed') AS failed,
       (SELECT count(*) FROM message m WHERE m.run_id = r.run_id AND m.state = 'intent') AS in_doubt
FROM run r
WHERE r.summary IS NOT NULL OR NOT (r.run_id = 'urgent' OR r.run_id LIKE '%+batch-%')
ORDER BY r.begun_at DESC, r.run_id DESC;
