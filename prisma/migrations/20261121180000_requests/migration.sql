-- Requests with an Idempotency-Key, and what each was answered. An operation's own key said less: nothing of a refusal, of
-- a request that accepts no operation, or of one that is still being answered; and it could never be used again.
CREATE TABLE "requests" (
    "tenant_id" TEXT NOT NULL,
    "key" TEXT NOT NULL,
    "fingerprint" TEXT NOT NULL,
    "holder" TEXT NOT NULL,
    "lease_until" TIMESTAMPTZ(3) NOT NULL,
    "operation_id" TEXT,
    "status" INTEGER,
    "headers" JSONB,
    "body" TEXT,
    "created_at" TIMESTAMPTZ(3) NOT NULL DEFAULT now(),

    CONSTRAINT "requests_pkey" PRIMARY KEY ("tenant_id", "key")
);
CREATE INDEX "requests_created_at_idx" ON "requests" ("created_at");
GRANT SELECT, INSERT, UPDATE ON "requests" TO slipway_tenant;
ALTER TABLE "requests" ENABLE ROW LEVEL SECURITY;
CREATE POLICY tenant ON "requests" TO slipway_tenant USING (tenant_id = current_setting('slipway.tenant_id', true));
ALTER TABLE "operations" DROP COLUMN "idempotency_key";

-- The trace that a request belongs to (W3C Trace Context), where it names one.
ALTER TABLE "operations" ADD COLUMN "trace_id" TEXT;
