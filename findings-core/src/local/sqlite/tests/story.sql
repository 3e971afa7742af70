-- The history of docs/history-sql.md: four weekly runs of two projects.
INSERT INTO project VALUES (1, 'Payments'), (2, '会員サイト');
INSERT INTO project_run (project_id, run_id, at, complete, critical, high, medium, low, informational, new, reopened, open, resolved, report, incomplete_accounts) VALUES
  (1, '2026-11-02', '2026-11-02T06:00:00Z', 1, 0, 0, 0, 0, 0, 2, 0, 0, 0, 'a', ''),
  (1, '2026-11-09', '2026-11-09T06:00:00.5Z', 1, 0, 0, 0, 0, 0, 1, 0, 1, 1, 'b', ''),
  (1, '2026-11-23', '2026-11-23T06:00:00Z', 0, 0, 0, 0, 0, 0, 0, 1, 1, 0, 'd', '111100000002'),
  (2, '2026-11-23', '2026-11-23T06:00:00Z', 1, 0, 0, 0, 0, 0, 0, 0, 0, 0, 'e', '');
INSERT INTO issue (project_id, issue_id, account_id, region, control_id, title, resource, severity, workflow, first_seen, opened_at, opened_in, reopened, resolved_at, resolved_in, resolution, last_seen, earlier) VALUES
  (1, 'a', '111100000001', 'eu-west-1', 'S3.8', 'Bucket is public', 'bucket-a', 'CRITICAL', 'NEW', '2026-10-31T06:00:00Z', '2026-11-20T06:00:00Z', '2026-11-23', 1, NULL, NULL, NULL, '2026-11-23T06:00:00Z',
   '[{"opened_at":"2026-10-31T06:00:00Z","opened_in":"2026-11-02","closed_at":"2026-11-09T06:00:00.5Z","resolution":"passed"}]'),
  (1, 'b', '111100000002', 'eu-west-1', 'EC2.19', 'Port is open', 'group-b', 'HIGH', 'NEW', '2026-11-02T06:00:00Z', '2026-11-02T06:00:00Z', '2026-11-02', 0, NULL, NULL, NULL, '2026-11-02T06:00:00Z', NULL),
  (1, 'c', '111100000001', 'eu-west-1', 'KMS.3', 'Key is gone', 'key-c', 'HIGH', 'SUPPRESSED', '2026-11-09T06:00:00Z', '2026-11-09T06:00:00Z', '2026-11-09', 0, '2026-11-23T06:00:00Z', '2026-11-23', 'suppressed', '2026-11-09T06:00:00Z', NULL);
INSERT INTO run (run_id, begun_at) VALUES ('2026-11-09', '2026-11-09T06:00:00Z'), ('2026-11-23', '2026-11-23T06:00:00Z');
INSERT INTO message (run_id, project, notifier, recipient, state, message_id, reason, at, edition) VALUES
  ('2026-11-23', 'Payments', 'ses', 'sato@example.com', 'intent', NULL, NULL, '2026-11-23T06:01:00Z', 1),
  ('2026-11-09', 'Payments', 'ses', 'sato@example.com', 'sent', '0102', NULL, '2026-11-09T06:01:00Z', 1),
  ('2026-11-09', 'Payments', 'ses', 'nobody@example.com', 'rejected', NULL, 'no such address', '2026-11-09T06:01:00Z', 1);
