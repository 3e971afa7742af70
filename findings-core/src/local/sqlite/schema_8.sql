-- The names of the sources that showed the issue when it was last seen, one in each line; null if the run had only one.
ALTER TABLE issue ADD COLUMN sources TEXT;
-- The names of the sources of the run, one in each line; null in runs of early versions.
ALTER TABLE project_run ADD COLUMN sources TEXT;
