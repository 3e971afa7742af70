ALTER TABLE run ADD COLUMN edition INTEGER NOT NULL DEFAULT 1;     -- 1, and one more each time the run is reopened
ALTER TABLE run ADD COLUMN redo TEXT;                              -- projects that this edition does again: incomplete, all
ALTER TABLE message ADD COLUMN edition INTEGER NOT NULL DEFAULT 1; -- the edition of the run in which it was sent
-- state is one of: intent, sent, resent, failed, rejected
