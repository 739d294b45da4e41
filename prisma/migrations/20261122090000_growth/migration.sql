-- Lists newest first, and the look for ways back to be tried again, cost the same however many databases there are.
CREATE INDEX "databases_tenant_id_created_at_id_idx" ON "databases" ("tenant_id", "created_at", "id");
CREATE INDEX "databases_way_back_pending_idx" ON "databases" ("id") WHERE "way_back_pending";
CREATE INDEX "instances_tenant_id_created_at_id_idx" ON "instances" ("tenant_id", "created_at", "id");
