-- The run that was finished last, in one row at the most. The runs themselves lose it when they are reopened.
CREATE TABLE last_finished_run (
  only_row    INTEGER PRIMARY KEY CHECK (only_row = 1),
  run_id      TEXT NOT NULL,
  finished_at TEXT NOT NULL,     -- UTC
  complete    INTEGER NOT NULL   -- 1 if every report was complete
) STRICT;
INSERT INTO last_finished_run
SELECT 1, run_id, closed_at, coalesce(json_valid(summary) AND json_extract(summary, '$.status') = 'ok', 0)
FROM run WHERE summary IS NOT NULL AND closed_at IS NOT NULL ORDER BY julianday(closed_at) DESC LIMIT 1;
