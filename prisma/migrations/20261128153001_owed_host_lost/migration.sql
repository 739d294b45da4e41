-- The databases of a lost host are owed a recovery that no operation of theirs has left, unless one was open.
ALTER TABLE "owed" ALTER COLUMN "operation_id" DROP NOT NULL;

ALTER TABLE "owed" DROP CONSTRAINT "owed_cause_check";
ALTER TABLE "owed" ADD CONSTRAINT "owed_cause_check"
  CHECK ("cause" IN ('way_back', 'aborted', 'repair', 'crash_loop', 'delete', 'host_lost')) NOT VALID;
