ALTER TABLE "operations"
  DROP CONSTRAINT "operations_kind_check",
  ADD CONSTRAINT "operations_kind_check" CHECK ("kind" IN (
    'create', 'stop', 'start', 'restart', 'pause', 'resume', 'resize', 'rotate-credentials', 'update', 'describe',
    'delete', 'undelete', 'purge', 'recover', 'repair')) NOT VALID;
