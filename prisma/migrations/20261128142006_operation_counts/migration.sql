-- Ended operations by kind and result, with the sum of their durations: metrics stay counters when old operations are
-- removed, and cost the same however many there are.
CREATE TABLE "operation_counts" (
  "kind" TEXT NOT NULL,
  "state" TEXT NOT NULL,
  "count" BIGINT NOT NULL,
  "seconds" DOUBLE PRECISION NOT NULL,
  CONSTRAINT "operation_counts_pkey" PRIMARY KEY ("kind", "state")
);

-- Most are counted before the trigger locks the table. No transaction is a day old, so that those that ended before are
-- all visible.
INSERT INTO "operation_counts"
SELECT "kind", "state", count(*), sum(extract(epoch FROM "ended_at" - "created_at"))
FROM "operations" WHERE "ended_at" < now() - interval '1 day' GROUP BY 1, 2;

-- A trigger, so that processes of the version before count too; deferred, so that no transaction holds the row of a kind
-- for longer than its commit.
CREATE FUNCTION count_ended_operation() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  EXECUTE format('INSERT INTO %I.operation_counts AS counts VALUES ($1, $2, 1, $3)
    ON CONFLICT (kind, state) DO UPDATE SET count = counts.count + 1, seconds = counts.seconds + excluded.seconds', TG_TABLE_SCHEMA)
    USING NEW.kind, NEW.state, extract(epoch FROM NEW.ended_at - NEW.created_at);
  RETURN NULL;
END $$;
CREATE CONSTRAINT TRIGGER count_ended AFTER UPDATE OF "ended_at" ON "operations" DEFERRABLE INITIALLY DEFERRED
  FOR EACH ROW WHEN (OLD.ended_at IS NULL AND NEW.ended_at IS NOT NULL) EXECUTE FUNCTION count_ended_operation();

INSERT INTO "operation_counts" AS "counts"
SELECT "kind", "state", count(*), sum(extract(epoch FROM "ended_at" - "created_at"))
FROM "operations" WHERE "ended_at" >= now() - interval '1 day' GROUP BY 1, 2
ON CONFLICT ("kind", "state") DO UPDATE
  SET "count" = "counts"."count" + excluded."count", "seconds" = "counts"."seconds" + excluded."seconds";
