-- A store as it was on 28 November 2026, after a few operations: `pg_dump --inserts` of it, with the grants that its
-- migrations made. Its secret key is 32 bytes of 7, and nothing in it is real.

DO $$ BEGIN
  CREATE ROLE slipway_tenant NOLOGIN;
EXCEPTION WHEN duplicate_object OR unique_violation THEN NULL;
END $$;
GRANT slipway_tenant TO CURRENT_USER;

SET statement_timeout = 0;
SET lock_timeout = 0;
SET idle_in_transaction_session_timeout = 0;
SET client_encoding = 'UTF8';
SET standard_conforming_strings = on;
SELECT pg_catalog.set_config('search_path', '', false);
SET check_function_bodies = false;
SET xmloption = content;
SET client_min_messages = warning;
SET row_security = off;

CREATE FUNCTION public.queue_audit_entry() RETURNS trigger
    LANGUAGE plpgsql
    AS $_$
BEGIN
  EXECUTE format('INSERT INTO %I.audit_unsealed (entry_id) VALUES ($1)', TG_TABLE_SCHEMA) USING NEW.id;
  RETURN NULL;
END $_$;

CREATE FUNCTION public.refuse_audit_change() RETURNS trigger
    LANGUAGE plpgsql
    AS $$
BEGIN
  RAISE EXCEPTION 'the audit is only added to: % of % is refused', TG_OP, TG_TABLE_NAME USING ERRCODE = 'insufficient_privilege';
END $$;

SET default_tablespace = '';

SET default_table_access_method = heap;

CREATE TABLE public._prisma_migrations (
    id character varying(36) NOT NULL,
    checksum character varying(64) NOT NULL,
    finished_at timestamp with time zone,
    migration_name character varying(255) NOT NULL,
    logs text,
    rolled_back_at timestamp with time zone,
    started_at timestamp with time zone DEFAULT now() NOT NULL,
    applied_steps_count integer DEFAULT 0 NOT NULL
);

CREATE TABLE public.api_keys (
    id text NOT NULL,
    tenant_id text,
    name text NOT NULL,
    role text NOT NULL,
    digest bytea NOT NULL,
    created_by text NOT NULL,
    created_at timestamp(3) with time zone NOT NULL,
    expires_at timestamp(3) with time zone,
    last_used_at timestamp(3) with time zone,
    replaced_by text,
    CONSTRAINT api_keys_digest_check CHECK ((length(digest) = 32)),
    CONSTRAINT api_keys_role_check CHECK ((role = ANY (ARRAY['viewer'::text, 'operator'::text, 'admin'::text])))
);

CREATE TABLE public.audit_entries (
    id bigint NOT NULL,
    tenant_id text,
    actor text NOT NULL,
    action text NOT NULL,
    resource_kind text NOT NULL,
    resource_id text NOT NULL,
    resource_name text NOT NULL,
    outcome text NOT NULL,
    request_id text,
    operation_id text,
    at timestamp(3) with time zone NOT NULL,
    key_id text,
    address text,
    user_agent text,
    reason text,
    before jsonb,
    after jsonb,
    CONSTRAINT audit_entries_outcome_check CHECK ((outcome = ANY (ARRAY['accepted'::text, 'refused'::text, 'succeeded'::text, 'failed'::text, 'cancelled'::text])))
);

CREATE SEQUENCE public.audit_entries_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1;

ALTER SEQUENCE public.audit_entries_id_seq OWNED BY public.audit_entries.id;

CREATE TABLE public.audit_seals (
    place bigint NOT NULL,
    entry_id bigint NOT NULL,
    digest bytea NOT NULL,
    CONSTRAINT audit_seals_digest_check CHECK ((length(digest) = 32))
);

CREATE TABLE public.audit_unsealed (
    entry_id bigint NOT NULL
);

CREATE TABLE public.databases (
    id text NOT NULL,
    tenant_id text NOT NULL,
    name text NOT NULL,
    description text DEFAULT ''::text NOT NULL,
    labels jsonb DEFAULT '{}'::jsonb NOT NULL,
    spec jsonb NOT NULL,
    previous_spec jsonb,
    generation integer DEFAULT 1 NOT NULL,
    state text NOT NULL,
    error jsonb,
    way_back_pending boolean DEFAULT false NOT NULL,
    created_at timestamp(3) with time zone NOT NULL,
    updated_at timestamp(3) with time zone NOT NULL,
    deletion_protection boolean DEFAULT false NOT NULL,
    CONSTRAINT databases_state_check CHECK ((state = ANY (ARRAY['creating'::text, 'modifying'::text, 'deleting'::text, 'available'::text, 'stopped'::text, 'paused'::text, 'failed'::text])))
);

CREATE TABLE public.events (
    sequence bigint NOT NULL,
    tenant_id text NOT NULL,
    database_id text,
    operation_id text,
    type text NOT NULL,
    data jsonb NOT NULL,
    at timestamp(3) with time zone NOT NULL,
    place bigint
);

CREATE SEQUENCE public.events_sequence_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1;

ALTER SEQUENCE public.events_sequence_seq OWNED BY public.events.sequence;

CREATE TABLE public.health_checks (
    id text NOT NULL,
    tenant_id text NOT NULL,
    database_id text NOT NULL,
    enabled boolean DEFAULT true NOT NULL,
    interval_seconds integer NOT NULL,
    timeout_seconds integer NOT NULL,
    failure_threshold integer NOT NULL,
    success_threshold integer NOT NULL,
    next_at timestamp(3) with time zone DEFAULT now() NOT NULL,
    last_manual_run_at timestamp(3) with time zone,
    holder text,
    lease_until timestamp(3) with time zone,
    state text DEFAULT 'unknown'::text NOT NULL,
    since timestamp(3) with time zone DEFAULT now() NOT NULL,
    generation integer DEFAULT 0 NOT NULL,
    successes integer DEFAULT 0 NOT NULL,
    failures integer DEFAULT 0 NOT NULL,
    last_checked_at timestamp(3) with time zone,
    last_latency_ms integer,
    last_error jsonb,
    created_at timestamp(3) with time zone DEFAULT now() NOT NULL,
    updated_at timestamp(3) with time zone DEFAULT now() NOT NULL,
    CONSTRAINT health_checks_counts_check CHECK (((successes >= 0) AND (failures >= 0) AND ((successes = 0) OR (failures = 0)))),
    CONSTRAINT health_checks_holder_check CHECK (((holder IS NULL) = (lease_until IS NULL))),
    CONSTRAINT health_checks_settings_check CHECK (((timeout_seconds >= 1) AND (timeout_seconds < interval_seconds) AND (failure_threshold >= 1) AND (success_threshold >= 1))),
    CONSTRAINT health_checks_state_check CHECK ((state = ANY (ARRAY['unknown'::text, 'up'::text, 'down'::text])))
);

CREATE TABLE public.health_results (
    check_id text NOT NULL,
    tenant_id text NOT NULL,
    checked_at timestamp(3) with time zone NOT NULL,
    latency_ms integer NOT NULL,
    error jsonb
);

CREATE TABLE public.holdings (
    database_id text NOT NULL,
    tenant_id text NOT NULL,
    host_id text,
    nano_cpus bigint NOT NULL,
    memory_bytes bigint NOT NULL
);

CREATE TABLE public.hosts (
    id text NOT NULL,
    address text NOT NULL,
    port_from integer NOT NULL,
    port_to integer NOT NULL,
    address_pool text NOT NULL,
    agent_url text,
    created_at timestamp(3) with time zone DEFAULT CURRENT_TIMESTAMP NOT NULL,
    labels jsonb DEFAULT '{}'::jsonb NOT NULL,
    cordoned boolean DEFAULT false NOT NULL,
    nano_cpus_capacity bigint,
    nano_cpus_used bigint DEFAULT 0 NOT NULL,
    memory_bytes_capacity bigint,
    memory_bytes_used bigint DEFAULT 0 NOT NULL,
    CONSTRAINT hosts_capacity_check CHECK (((nano_cpus_capacity >= 0) AND (memory_bytes_capacity >= 0))),
    CONSTRAINT hosts_ports_check CHECK ((((port_from >= 1024) AND (port_from <= port_to)) AND (port_to <= 65535))),
    CONSTRAINT hosts_used_check CHECK (((nano_cpus_used >= 0) AND (memory_bytes_used >= 0)))
);

CREATE TABLE public.installations (
    singleton boolean DEFAULT true NOT NULL,
    id text NOT NULL,
    CONSTRAINT installations_singleton_check CHECK (singleton)
);

CREATE TABLE public.instances (
    id text NOT NULL,
    database_id text NOT NULL,
    tenant_id text NOT NULL,
    host_id text NOT NULL,
    name text NOT NULL,
    role text NOT NULL,
    state text NOT NULL,
    host_port integer NOT NULL,
    initialized_at timestamp(3) with time zone,
    error jsonb,
    created_at timestamp(3) with time zone NOT NULL,
    updated_at timestamp(3) with time zone NOT NULL,
    applied jsonb,
    CONSTRAINT instances_role_check CHECK ((role = ANY (ARRAY['primary'::text, 'standby'::text]))),
    CONSTRAINT instances_state_check CHECK ((state = ANY (ARRAY['creating'::text, 'modifying'::text, 'deleting'::text, 'available'::text, 'stopped'::text, 'paused'::text, 'failed'::text])))
);

CREATE TABLE public.notification_bindings (
    health_check_id text NOT NULL,
    channel_id text NOT NULL,
    tenant_id text NOT NULL,
    notices text[] NOT NULL,
    enabled boolean NOT NULL,
    last_notified_at timestamp(3) with time zone
);

CREATE TABLE public.notification_channels (
    id text NOT NULL,
    tenant_id text NOT NULL,
    name text NOT NULL,
    kind text NOT NULL,
    config jsonb NOT NULL,
    key_id text NOT NULL,
    ciphertext bytea NOT NULL,
    on_orphan_found boolean NOT NULL,
    enabled boolean NOT NULL,
    created_at timestamp(3) with time zone NOT NULL,
    updated_at timestamp(3) with time zone NOT NULL,
    last_notified_at timestamp(3) with time zone,
    CONSTRAINT notification_channels_kind_check CHECK ((kind = ANY (ARRAY['webhook'::text, 'slack'::text, 'discord'::text, 'smtp'::text])))
);

CREATE TABLE public.notification_deliveries (
    id text NOT NULL,
    tenant_id text NOT NULL,
    channel_id text NOT NULL,
    type text NOT NULL,
    state text DEFAULT 'pending'::text NOT NULL,
    attempts integer DEFAULT 0 NOT NULL,
    error jsonb,
    created_at timestamp(3) with time zone NOT NULL,
    updated_at timestamp(3) with time zone NOT NULL,
    began_at timestamp(3) with time zone,
    next_attempt_at timestamp(3) with time zone,
    sent_at timestamp(3) with time zone,
    CONSTRAINT notification_deliveries_state_check CHECK ((state = ANY (ARRAY['pending'::text, 'sending'::text, 'delivered'::text, 'failed'::text])))
);

CREATE TABLE public.notification_notices (
    sequence bigint NOT NULL,
    tenant_id text NOT NULL,
    channel_id text NOT NULL,
    delivery_id text,
    type text NOT NULL,
    database_id text,
    operation_id text,
    data jsonb NOT NULL,
    at timestamp(3) with time zone NOT NULL,
    created_at timestamp(3) with time zone DEFAULT now() NOT NULL
);

CREATE SEQUENCE public.notification_notices_sequence_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1;

ALTER SEQUENCE public.notification_notices_sequence_seq OWNED BY public.notification_notices.sequence;

CREATE TABLE public.observed_statuses (
    instance_id text NOT NULL,
    tenant_id text NOT NULL,
    state text NOT NULL,
    interval_seconds integer NOT NULL,
    observed_at timestamp(3) with time zone NOT NULL,
    detail text,
    container_state text,
    exit_code integer,
    oom_killed boolean DEFAULT false NOT NULL,
    oom_killed_at timestamp(3) with time zone,
    started_at timestamp(3) with time zone,
    restarts integer DEFAULT 0 NOT NULL,
    pending_restart text[] DEFAULT '{}'::text[] NOT NULL,
    generation integer DEFAULT 0 NOT NULL,
    CONSTRAINT observed_statuses_interval_check CHECK ((interval_seconds > 0)),
    CONSTRAINT observed_statuses_state_check CHECK ((state = ANY (ARRAY['healthy'::text, 'unhealthy'::text, 'unknown'::text])))
);

CREATE TABLE public.operations (
    id text NOT NULL,
    tenant_id text NOT NULL,
    database_id text NOT NULL,
    database_name text NOT NULL,
    kind text NOT NULL,
    input jsonb NOT NULL,
    state text NOT NULL,
    generation integer NOT NULL,
    plan_number integer DEFAULT 0 NOT NULL,
    former_state text,
    requested_by text NOT NULL,
    request_id text NOT NULL,
    run_id text,
    retry_of text,
    error jsonb,
    warnings jsonb DEFAULT '[]'::jsonb NOT NULL,
    created_at timestamp(3) with time zone NOT NULL,
    started_at timestamp(3) with time zone,
    ended_at timestamp(3) with time zone,
    cancel_requested_at timestamp(3) with time zone,
    going_back boolean DEFAULT false NOT NULL,
    waiting_for jsonb,
    trace_id text,
    stuck_at timestamp(3) with time zone,
    CONSTRAINT operations_ended_check CHECK (((ended_at IS NOT NULL) = (state = ANY (ARRAY['succeeded'::text, 'failed'::text, 'cancelled'::text])))),
    CONSTRAINT operations_error_check CHECK (((state <> 'failed'::text) OR (error IS NOT NULL))),
    CONSTRAINT operations_kind_check CHECK ((kind = ANY (ARRAY['create'::text, 'stop'::text, 'start'::text, 'restart'::text, 'pause'::text, 'resume'::text, 'resize'::text, 'rotate-credentials'::text, 'update'::text, 'describe'::text, 'delete'::text, 'recover'::text, 'repair'::text]))),
    CONSTRAINT operations_state_check CHECK ((state = ANY (ARRAY['pending'::text, 'running'::text, 'cancelling'::text, 'succeeded'::text, 'failed'::text, 'cancelled'::text])))
);

CREATE TABLE public.orphans (
    id text NOT NULL,
    tenant_id text NOT NULL,
    host_id text NOT NULL,
    database_id text NOT NULL,
    kind text NOT NULL,
    name text NOT NULL,
    created_at timestamp(3) with time zone NOT NULL,
    last_seen_at timestamp(3) with time zone NOT NULL,
    CONSTRAINT orphans_kind_check CHECK ((kind = ANY (ARRAY['container'::text, 'volume'::text, 'network'::text])))
);

CREATE TABLE public.quotas (
    tenant_id text NOT NULL,
    databases_limit bigint,
    databases_used bigint DEFAULT 0 NOT NULL,
    nano_cpus_limit bigint,
    nano_cpus_used bigint DEFAULT 0 NOT NULL,
    memory_bytes_limit bigint,
    memory_bytes_used bigint DEFAULT 0 NOT NULL,
    CONSTRAINT quotas_limit_check CHECK (((databases_limit >= 0) AND (nano_cpus_limit >= 0) AND (memory_bytes_limit >= 0))),
    CONSTRAINT quotas_used_check CHECK (((databases_used >= 0) AND (nano_cpus_used >= 0) AND (memory_bytes_used >= 0)))
);

CREATE TABLE public.reconcilers (
    host_id text NOT NULL,
    state text NOT NULL,
    reason text,
    databases integer NOT NULL,
    drifted integer NOT NULL,
    interval_seconds integer NOT NULL,
    passed_at timestamp(3) with time zone NOT NULL,
    since timestamp(3) with time zone NOT NULL,
    resumed_until timestamp(3) with time zone,
    CONSTRAINT reconcilers_state_check CHECK ((state = ANY (ARRAY['repairing'::text, 'reporting'::text, 'stopped'::text])))
);

CREATE TABLE public.requests (
    tenant_id text NOT NULL,
    key text NOT NULL,
    fingerprint text NOT NULL,
    holder text NOT NULL,
    lease_until timestamp(3) with time zone NOT NULL,
    operation_id text,
    status integer,
    headers jsonb,
    body text,
    created_at timestamp(3) with time zone DEFAULT now() NOT NULL
);

CREATE TABLE public.secrets (
    database_id text NOT NULL,
    tenant_id text NOT NULL,
    name text NOT NULL,
    key_id text NOT NULL,
    ciphertext bytea NOT NULL,
    created_at timestamp(3) with time zone NOT NULL
);

CREATE TABLE public.sidecars (
    instance_id text NOT NULL,
    role text NOT NULL,
    database_id text NOT NULL,
    tenant_id text NOT NULL,
    host_id text NOT NULL,
    host_port integer NOT NULL,
    name text NOT NULL,
    error jsonb,
    CONSTRAINT sidecars_role_check CHECK ((role = ANY (ARRAY['pooler'::text, 'exporter'::text])))
);

CREATE TABLE public.steps (
    operation_id text NOT NULL,
    plan_number integer NOT NULL,
    ordinal integer NOT NULL,
    phase integer NOT NULL,
    name text NOT NULL,
    resource text NOT NULL,
    host_id text NOT NULL,
    state text DEFAULT 'pending'::text NOT NULL,
    attempts integer DEFAULT 0 NOT NULL,
    started_at timestamp(3) with time zone,
    ended_at timestamp(3) with time zone,
    error jsonb,
    tenant_id text NOT NULL,
    log_tail text,
    CONSTRAINT steps_state_check CHECK ((state = ANY (ARRAY['pending'::text, 'running'::text, 'succeeded'::text, 'failed'::text])))
);

CREATE TABLE public.tenants (
    id text NOT NULL,
    name text NOT NULL,
    created_at timestamp(3) with time zone NOT NULL
);

ALTER TABLE ONLY public.audit_entries ALTER COLUMN id SET DEFAULT nextval('public.audit_entries_id_seq'::regclass);

ALTER TABLE ONLY public.events ALTER COLUMN sequence SET DEFAULT nextval('public.events_sequence_seq'::regclass);

ALTER TABLE ONLY public.notification_notices ALTER COLUMN sequence SET DEFAULT nextval('public.notification_notices_sequence_seq'::regclass);

INSERT INTO public._prisma_migrations VALUES ('47724de7-8864-4fd7-bd72-b4e1ed83b006', '2d517a558bcd28a044b506461a2dd7b6df41b599d73059fa5ab4e07cc4f96590', '2026-11-28 08:02:32.117199+00', '20261121060000_first', NULL, NULL, '2026-11-28 08:02:29.839942+00', 1);
INSERT INTO public._prisma_migrations VALUES ('4cedd450-9f81-479e-9423-cceb928b43b7', 'f7814fda061202062b4df3d995b039339cc2b7fc525296bbf6fe34f9b92ca798', '2026-11-28 08:02:32.156143+00', '20261121090000_going_back', NULL, NULL, '2026-11-28 08:02:29.839942+00', 1);
INSERT INTO public._prisma_migrations VALUES ('02710610-4ff7-4cfc-b702-c96d334f5ef3', 'a9c31f5434fd1852d4bfb2e77718122b01b3fdef7746d31b7a1d0b55226c5853', '2026-11-28 08:02:32.168001+00', '20261121100000_power', NULL, NULL, '2026-11-28 08:02:29.839942+00', 1);
INSERT INTO public._prisma_migrations VALUES ('d05f6247-4a94-41d4-ac93-dc18a13c3992', '4a5b2e8d786790da048772fee111306c502b79a737d6a38048bca036834ef0e3', '2026-11-28 08:02:32.223975+00', '20261121120000_changes', NULL, NULL, '2026-11-28 08:02:29.839942+00', 1);
INSERT INTO public._prisma_migrations VALUES ('99c22837-efb5-4b51-812e-80dd6d7a4899', '62c136b06b1e4eb3fb8e15d0ea88d94e54270982ff8b56f115bedff34b406341', '2026-11-28 08:02:32.857064+00', '20261121130000_reconciler', NULL, NULL, '2026-11-28 08:02:29.839942+00', 1);
INSERT INTO public._prisma_migrations VALUES ('98635d37-2b06-4721-a054-b67cb3d44226', '7d7ff1c958601c121ff475b21eb121ab8cbd72990bcd3cf4edf1f6a3ae26559f', '2026-11-28 08:02:33.094133+00', '20261121140000_sidecars', NULL, NULL, '2026-11-28 08:02:29.839942+00', 1);
INSERT INTO public._prisma_migrations VALUES ('f0ce257e-fe4e-417b-ae3e-a6ae40199d90', '54c36a1a970444d865b665c795c695ac1c1b1882870c2d5b90519402a3e2ca09', '2026-11-28 08:02:33.136041+00', '20261121150000_waiting', NULL, NULL, '2026-11-28 08:02:29.839942+00', 1);
INSERT INTO public._prisma_migrations VALUES ('794fc79b-3771-40f8-a827-a9dcac622f80', 'e7f88e98166088a4483184ebafaea0685c8b30ba6e6b0e66f9a0c48d016c4acb', '2026-11-28 08:02:33.425538+00', '20261121160000_reading', NULL, NULL, '2026-11-28 08:02:29.839942+00', 1);
INSERT INTO public._prisma_migrations VALUES ('c8e1e760-13ac-4470-a39a-715f306580a1', 'f93be801842f20bc15c676f0965f4fb7319037ce1d66a8db7e3c79b2ac431424', '2026-11-28 08:02:34.505545+00', '20261121170000_keys', NULL, NULL, '2026-11-28 08:02:29.839942+00', 1);
INSERT INTO public._prisma_migrations VALUES ('86cc316a-35f3-48b1-b87e-5434823f247f', '85bd6155464954b221c7a1fcac6b5041058ddbb0462af4e739a539e3674f0756', '2026-11-28 08:02:34.736159+00', '20261121180000_requests', NULL, NULL, '2026-11-28 08:02:29.839942+00', 1);
INSERT INTO public._prisma_migrations VALUES ('8b4c8641-6302-412b-8d4c-edbc94148fe8', 'eccaf0d6183580588a461a7f1cb745abe98b4cb6e2eebd19b571053dec4b6ef9', '2026-11-28 08:02:35.136689+00', '20261121190000_capacity', NULL, NULL, '2026-11-28 08:02:29.839942+00', 1);
INSERT INTO public._prisma_migrations VALUES ('3d1ed482-f3d4-4e27-96e6-6a7426f50173', '9f31cca76fcdf955ea039bb26bc172c19bc69ea0c8494eb258361f7390f6f64c', '2026-11-28 08:02:35.32823+00', '20261121200000_audit', NULL, NULL, '2026-11-28 08:02:29.839942+00', 1);
INSERT INTO public._prisma_migrations VALUES ('65e8dfbb-9872-43aa-9f4f-5555e6eb927c', '0e9c0ce9d108dd5f1cf5e04d62e1634454553b9b660c50fb8154ae8cfd146ed8', '2026-11-28 08:02:35.419908+00', '20261121203000_resume', NULL, NULL, '2026-11-28 08:02:29.839942+00', 1);
INSERT INTO public._prisma_migrations VALUES ('0a49671e-d5b0-49dd-9374-9c8cbb45713f', '512512fae0cbb5abe4c915d1896a7b55a72ce0692bc6cdb73dbedf62d69579d3', '2026-11-28 08:02:35.971898+00', '20261121210000_health_checks', NULL, NULL, '2026-11-28 08:02:29.839942+00', 1);
INSERT INTO public._prisma_migrations VALUES ('5970c8cc-f374-4ce4-a721-83e36033aaac', '255bb06af744e3c2e6119bf7aa6bbf0ebdf1b6e504770c0ff4c2b582cc068af6', '2026-11-28 08:02:36.043816+00', '20261121220000_notifications', NULL, NULL, '2026-11-28 08:02:29.839942+00', 1);
INSERT INTO public._prisma_migrations VALUES ('22fb95c4-f941-48e6-b8f6-5d3fbc998d51', '903ccf757b7a117739e5fb1055ad35e1449d320e4d3b6b6ca169ad9847e13f97', '2026-11-28 08:02:36.050529+00', '20261122090000_growth', NULL, NULL, '2026-11-28 08:02:29.839942+00', 1);

INSERT INTO public.api_keys VALUES ('dgahs2szgbn2', 'default', 'reader', 'viewer', '\x0f35ab016b500361a9eec56f1c33cac9a21500fe7891052d423209471c5af08c', 'key:admin', '2026-11-28 08:03:30.472+00', NULL, NULL, NULL);
INSERT INTO public.api_keys VALUES ('teq4yfvdxfs6', NULL, 'admin', 'admin', '\xfc54e8e146b1ab33cff52da0c956925889bb91d4cab7b399a5d0db2974e1ee62', 'set-up', '2026-11-28 08:02:37.976+00', NULL, '2026-11-28 08:12:35.5+00', NULL);

INSERT INTO public.audit_entries VALUES (1, NULL, 'set-up', 'key.create', 'key', 'teq4yfvdxfs6', 'admin', 'succeeded', NULL, NULL, '2026-11-28 08:02:38.129+00', NULL, NULL, NULL, NULL, NULL, '{"id": "teq4yfvdxfs6", "name": "admin", "role": "admin", "tenantId": null, "createdAt": "2026-11-28T08:02:37.976Z", "createdBy": "set-up", "expiresAt": null, "lastUsedAt": null, "replacedBy": null}');
INSERT INTO public.audit_entries VALUES (2, NULL, 'key:admin', 'tenant.create', 'tenant', 'q7252in3l73s', 'shipyard', 'succeeded', 'b7bb783a-33a3-4ee5-b149-f79ade2f448c', NULL, '2026-11-28 08:03:28.138+00', 'teq4yfvdxfs6', '127.0.0.1', 'node', NULL, NULL, '{"id": "q7252in3l73s", "name": "shipyard", "createdAt": "2026-11-28T08:03:27.277Z"}');
INSERT INTO public.audit_entries VALUES (3, 'q7252in3l73s', 'key:admin', 'quota.update', 'quota', 'q7252in3l73s', '', 'succeeded', 'b8c78f15-7152-411e-9315-f57b4e5af030', NULL, '2026-11-28 08:03:29.857+00', 'teq4yfvdxfs6', '127.0.0.1', 'node', NULL, '{"nanoCpus": null, "databases": null, "memoryBytes": null}', '{"nanoCpus": null, "databases": 5, "memoryBytes": null}');
INSERT INTO public.audit_entries VALUES (4, 'default', 'key:admin', 'key.create', 'key', 'dgahs2szgbn2', 'reader', 'succeeded', 'b08474ff-e4ee-4093-be0a-ba5fa35432fc', NULL, '2026-11-28 08:03:30.613+00', 'teq4yfvdxfs6', '127.0.0.1', 'node', NULL, NULL, '{"id": "dgahs2szgbn2", "name": "reader", "role": "viewer", "tenantId": "default", "createdAt": "2026-11-28T08:03:30.472Z", "createdBy": "key:admin", "expiresAt": null, "lastUsedAt": null, "replacedBy": null}');
INSERT INTO public.audit_entries VALUES (5, 'default', 'key:admin', 'database.create', 'database', 't7dcon37shum', 'orders', 'accepted', '7fda38f1-090b-4c97-9fbb-de084af059d0', 'hfzzv55a23dd', '2026-11-28 08:03:31.205+00', 'teq4yfvdxfs6', '127.0.0.1', 'node', NULL, NULL, '{"spec": {"size": {"nanoCpus": 500000000, "memoryBytes": 536870912}, "power": "running", "pooler": {"mode": "transaction", "enabled": true, "poolSize": 20}, "version": "17", "exporter": {"enabled": false}, "parameters": {"work_mem": "8MB"}, "credentials": 1}, "labels": {"team": "sales"}, "description": "", "deletionProtection": false}');
INSERT INTO public.audit_entries VALUES (6, 'default', 'key:admin', 'database.create', 'database', 't7dcon37shum', 'orders', 'succeeded', '7fda38f1-090b-4c97-9fbb-de084af059d0', 'hfzzv55a23dd', '2026-11-28 08:03:52.992+00', NULL, NULL, NULL, NULL, NULL, NULL);
INSERT INTO public.audit_entries VALUES (7, 'default', 'key:admin', 'database.create', 'database', 'vhkxetojp2i5', 'stock', 'accepted', '7df5c9dd-27b9-4d5e-9f24-39161cafd587', 'hxt6fqlor4qp', '2026-11-28 08:03:53.362+00', 'teq4yfvdxfs6', '127.0.0.1', 'node', NULL, NULL, '{"spec": {"size": {"nanoCpus": 500000000, "memoryBytes": 536870912}, "power": "running", "pooler": {"mode": "transaction", "enabled": false, "poolSize": 20}, "version": "15", "exporter": {"enabled": false}, "parameters": {}, "credentials": 1}, "labels": {}, "description": "", "deletionProtection": true}');
INSERT INTO public.audit_entries VALUES (8, 'default', 'key:admin', 'database.create', 'database', 'vhkxetojp2i5', 'stock', 'succeeded', '7df5c9dd-27b9-4d5e-9f24-39161cafd587', 'hxt6fqlor4qp', '2026-11-28 08:04:05.506+00', NULL, NULL, NULL, NULL, NULL, NULL);
INSERT INTO public.audit_entries VALUES (9, 'default', 'key:admin', 'database.stop', 'database', 'vhkxetojp2i5', 'stock', 'accepted', '6c8630f5-f75b-4e67-9da5-6c7dc46edc36', 'cxpxvgfefemj', '2026-11-28 08:04:05.898+00', 'teq4yfvdxfs6', '127.0.0.1', 'node', NULL, '{"spec": {"size": {"nanoCpus": 500000000, "memoryBytes": 536870912}, "power": "running", "pooler": {"mode": "transaction", "enabled": false, "poolSize": 20}, "version": "15", "exporter": {"enabled": false}, "parameters": {}, "credentials": 1}, "labels": {}, "description": "", "deletionProtection": true}', '{"spec": {"size": {"nanoCpus": 500000000, "memoryBytes": 536870912}, "power": "stopped", "pooler": {"mode": "transaction", "enabled": false, "poolSize": 20}, "version": "15", "exporter": {"enabled": false}, "parameters": {}, "credentials": 1}, "labels": {}, "description": "", "deletionProtection": true}');
INSERT INTO public.audit_entries VALUES (10, 'default', 'key:admin', 'database.stop', 'database', 'vhkxetojp2i5', 'stock', 'succeeded', '6c8630f5-f75b-4e67-9da5-6c7dc46edc36', 'cxpxvgfefemj', '2026-11-28 08:04:08.779+00', NULL, NULL, NULL, NULL, NULL, NULL);
INSERT INTO public.audit_entries VALUES (11, 'default', 'key:admin', 'database.rotate-credentials', 'database', 't7dcon37shum', 'orders', 'accepted', '9c5b9230-5eaa-495e-828a-79c3daaea6c2', 'jgpyy6xc7jkg', '2026-11-28 08:04:08.936+00', 'teq4yfvdxfs6', '127.0.0.1', 'node', NULL, '{"spec": {"size": {"nanoCpus": 500000000, "memoryBytes": 536870912}, "power": "running", "pooler": {"mode": "transaction", "enabled": true, "poolSize": 20}, "version": "17", "exporter": {"enabled": false}, "parameters": {"work_mem": "8MB"}, "credentials": 1}, "labels": {"team": "sales"}, "description": "", "deletionProtection": false}', '{"spec": {"size": {"nanoCpus": 500000000, "memoryBytes": 536870912}, "power": "running", "pooler": {"mode": "transaction", "enabled": true, "poolSize": 20}, "version": "17", "exporter": {"enabled": false}, "parameters": {"work_mem": "8MB"}, "credentials": 2}, "labels": {"team": "sales"}, "description": "", "deletionProtection": false}');
INSERT INTO public.audit_entries VALUES (12, 'default', 'key:admin', 'database.rotate-credentials', 'database', 't7dcon37shum', 'orders', 'succeeded', '9c5b9230-5eaa-495e-828a-79c3daaea6c2', 'jgpyy6xc7jkg', '2026-11-28 08:04:16.761+00', NULL, NULL, NULL, NULL, NULL, NULL);
INSERT INTO public.audit_entries VALUES (13, 'default', 'key:admin', 'database.create', 'database', 'qhxd5xzb2nmm', 'gone', 'accepted', 'b3d9de8b-0f45-4a09-9708-9cf6b032c677', 'rxjzevv4adnv', '2026-11-28 08:04:17.422+00', 'teq4yfvdxfs6', '127.0.0.1', 'node', NULL, NULL, '{"spec": {"size": {"nanoCpus": 500000000, "memoryBytes": 536870912}, "power": "running", "pooler": {"mode": "transaction", "enabled": false, "poolSize": 20}, "version": "17", "exporter": {"enabled": false}, "parameters": {}, "credentials": 1}, "labels": {}, "description": "", "deletionProtection": false}');
INSERT INTO public.audit_entries VALUES (14, 'default', 'key:admin', 'database.create', 'database', 'qhxd5xzb2nmm', 'gone', 'succeeded', 'b3d9de8b-0f45-4a09-9708-9cf6b032c677', 'rxjzevv4adnv', '2026-11-28 08:04:35.255+00', NULL, NULL, NULL, NULL, NULL, NULL);
INSERT INTO public.audit_entries VALUES (15, 'default', 'key:admin', 'database.delete', 'database', 'qhxd5xzb2nmm', 'gone', 'accepted', 'f19a358c-2c7e-4a04-83de-9124e8915cab', 'ikvngkj543cx', '2026-11-28 08:04:35.357+00', 'teq4yfvdxfs6', '127.0.0.1', 'node', NULL, '{"spec": {"size": {"nanoCpus": 500000000, "memoryBytes": 536870912}, "power": "running", "pooler": {"mode": "transaction", "enabled": false, "poolSize": 20}, "version": "17", "exporter": {"enabled": false}, "parameters": {}, "credentials": 1}, "labels": {}, "description": "", "deletionProtection": false}', NULL);
INSERT INTO public.audit_entries VALUES (16, 'default', 'key:admin', 'database.delete', 'database', 'qhxd5xzb2nmm', 'gone', 'succeeded', 'f19a358c-2c7e-4a04-83de-9124e8915cab', 'ikvngkj543cx', '2026-11-28 08:04:40.4+00', NULL, NULL, NULL, NULL, NULL, NULL);
INSERT INTO public.audit_entries VALUES (17, 'q7252in3l73s', 'key:admin', 'database.create', 'database', 'vqf5gv2tf4ti', 'frozen', 'accepted', '7981ae8a-c86e-40a4-931e-505001044703', 'zilt4vjwp4m6', '2026-11-28 08:04:40.561+00', 'teq4yfvdxfs6', '127.0.0.1', 'node', NULL, NULL, '{"spec": {"size": {"nanoCpus": 500000000, "memoryBytes": 536870912}, "power": "running", "pooler": {"mode": "transaction", "enabled": false, "poolSize": 20}, "version": "17", "exporter": {"enabled": false}, "parameters": {}, "credentials": 1}, "labels": {}, "description": "", "deletionProtection": false}');
INSERT INTO public.audit_entries VALUES (18, 'q7252in3l73s', 'key:admin', 'database.create', 'database', 'vqf5gv2tf4ti', 'frozen', 'succeeded', '7981ae8a-c86e-40a4-931e-505001044703', 'zilt4vjwp4m6', '2026-11-28 08:04:58.794+00', NULL, NULL, NULL, NULL, NULL, NULL);
INSERT INTO public.audit_entries VALUES (19, 'default', 'key:admin', 'request', 'request', 'GET /v1/operations/zilt4vjwp4m6', '', 'refused', 'eebeba0d-6e27-4b25-9243-c06691bcdb45', NULL, '2026-11-28 08:09:34.246+00', 'teq4yfvdxfs6', '127.0.0.1', 'node', 'rate_limited', NULL, NULL);
INSERT INTO public.audit_entries VALUES (20, 'default', 'key:admin', 'request', 'request', 'GET /v1/operations/zilt4vjwp4m6', '', 'refused', 'ff0e9a44-30a7-4f78-ad57-d45b65f29fed', NULL, '2026-11-28 08:09:34.301+00', 'teq4yfvdxfs6', '127.0.0.1', 'node', 'rate_limited', NULL, NULL);
INSERT INTO public.audit_entries VALUES (21, 'default', 'key:admin', 'request', 'request', 'GET /v1/operations/zilt4vjwp4m6', '', 'refused', '62ae05f4-9b73-4c65-b2cf-f5db01f700d2', NULL, '2026-11-28 08:09:34.311+00', 'teq4yfvdxfs6', '127.0.0.1', 'node', 'rate_limited', NULL, NULL);
INSERT INTO public.audit_entries VALUES (22, 'default', 'key:admin', 'request', 'request', 'GET /v1/operations/zilt4vjwp4m6', '', 'refused', 'e9590d2c-7a50-4fa0-b053-cb2e3c126adc', NULL, '2026-11-28 08:09:34.328+00', 'teq4yfvdxfs6', '127.0.0.1', 'node', 'rate_limited', NULL, NULL);
INSERT INTO public.audit_entries VALUES (23, 'default', 'key:admin', 'request', 'request', 'GET /v1/operations/zilt4vjwp4m6', '', 'refused', 'e6baf199-4fa0-4caf-8e29-d7231f027537', NULL, '2026-11-28 08:09:34.353+00', 'teq4yfvdxfs6', '127.0.0.1', 'node', 'rate_limited', NULL, NULL);
INSERT INTO public.audit_entries VALUES (24, 'default', 'key:admin', 'request', 'request', 'GET /v1/operations/zilt4vjwp4m6', '', 'refused', 'b7ebe117-0a80-40bf-92f2-326b2167d8a9', NULL, '2026-11-28 08:09:34.379+00', 'teq4yfvdxfs6', '127.0.0.1', 'node', 'rate_limited', NULL, NULL);
INSERT INTO public.audit_entries VALUES (25, 'default', 'key:admin', 'request', 'request', 'GET /v1/operations/zilt4vjwp4m6', '', 'refused', '894a2533-991e-4e98-aee6-ef03d97ea337', NULL, '2026-11-28 08:09:34.393+00', 'teq4yfvdxfs6', '127.0.0.1', 'node', 'rate_limited', NULL, NULL);
INSERT INTO public.audit_entries VALUES (26, 'default', 'key:admin', 'request', 'request', 'GET /v1/operations/zilt4vjwp4m6', '', 'refused', 'ecbf3396-1ce1-40dd-b45d-0dbe5eaf2a4a', NULL, '2026-11-28 08:09:34.398+00', 'teq4yfvdxfs6', '127.0.0.1', 'node', 'rate_limited', NULL, NULL);
INSERT INTO public.audit_entries VALUES (27, 'default', 'key:admin', 'request', 'request', 'GET /v1/operations/zilt4vjwp4m6', '', 'refused', 'd8824660-2ce4-44f6-8c94-95f5f5962d4c', NULL, '2026-11-28 08:09:34.408+00', 'teq4yfvdxfs6', '127.0.0.1', 'node', 'rate_limited', NULL, NULL);
INSERT INTO public.audit_entries VALUES (28, 'default', 'key:admin', 'request', 'request', 'GET /v1/operations/zilt4vjwp4m6', '', 'refused', 'e586b6c4-926d-4797-89f0-1c7987bd8197', NULL, '2026-11-28 08:09:34.418+00', 'teq4yfvdxfs6', '127.0.0.1', 'node', 'rate_limited', NULL, NULL);
INSERT INTO public.audit_entries VALUES (29, 'default', 'key:admin', 'request', 'request', 'GET /v1/operations/zilt4vjwp4m6', '', 'refused', 'b047dcd7-6942-4fa8-ba11-e9df569d3707', NULL, '2026-11-28 08:11:31.424+00', 'teq4yfvdxfs6', '127.0.0.1', 'node', 'rate_limited', NULL, NULL);
INSERT INTO public.audit_entries VALUES (30, 'default', 'key:admin', 'request', 'request', 'GET /v1/operations/zilt4vjwp4m6', '', 'refused', '9cdfa005-7639-4555-9d35-7e0dea91a41f', NULL, '2026-11-28 08:11:31.44+00', 'teq4yfvdxfs6', '127.0.0.1', 'node', 'rate_limited', NULL, NULL);
INSERT INTO public.audit_entries VALUES (31, 'default', 'key:admin', 'request', 'request', 'GET /v1/operations/zilt4vjwp4m6', '', 'refused', 'f915accc-1cfb-46ee-8bcf-b923b7f8714b', NULL, '2026-11-28 08:11:31.45+00', 'teq4yfvdxfs6', '127.0.0.1', 'node', 'rate_limited', NULL, NULL);
INSERT INTO public.audit_entries VALUES (32, 'default', 'key:admin', 'request', 'request', 'GET /v1/operations/zilt4vjwp4m6', '', 'refused', '1239f469-868b-40fd-86b9-0b7ac33b1bb5', NULL, '2026-11-28 08:11:31.465+00', 'teq4yfvdxfs6', '127.0.0.1', 'node', 'rate_limited', NULL, NULL);
INSERT INTO public.audit_entries VALUES (33, 'default', 'key:admin', 'request', 'request', 'GET /v1/operations/zilt4vjwp4m6', '', 'refused', '94a8c61d-2e45-4c5d-bd8b-92acc2307930', NULL, '2026-11-28 08:11:31.484+00', 'teq4yfvdxfs6', '127.0.0.1', 'node', 'rate_limited', NULL, NULL);
INSERT INTO public.audit_entries VALUES (34, 'default', 'key:admin', 'request', 'request', 'GET /v1/operations/zilt4vjwp4m6', '', 'refused', '372cf576-b481-486e-9338-607fbcb2c7a6', NULL, '2026-11-28 08:11:31.497+00', 'teq4yfvdxfs6', '127.0.0.1', 'node', 'rate_limited', NULL, NULL);
INSERT INTO public.audit_entries VALUES (35, 'default', 'key:admin', 'request', 'request', 'GET /v1/operations/zilt4vjwp4m6', '', 'refused', '38f746f3-508e-439f-b9f4-4ca3f2a3fad7', NULL, '2026-11-28 08:11:31.512+00', 'teq4yfvdxfs6', '127.0.0.1', 'node', 'rate_limited', NULL, NULL);
INSERT INTO public.audit_entries VALUES (36, 'default', 'key:admin', 'request', 'request', 'GET /v1/operations/zilt4vjwp4m6', '', 'refused', '768784f2-b145-41f2-8ff7-a036493391cb', NULL, '2026-11-28 08:11:31.526+00', 'teq4yfvdxfs6', '127.0.0.1', 'node', 'rate_limited', NULL, NULL);
INSERT INTO public.audit_entries VALUES (37, 'default', 'key:admin', 'request', 'request', 'GET /v1/operations/zilt4vjwp4m6', '', 'refused', '67fd92fb-8a5a-414b-9568-1274f51ebb5d', NULL, '2026-11-28 08:11:31.549+00', 'teq4yfvdxfs6', '127.0.0.1', 'node', 'rate_limited', NULL, NULL);
INSERT INTO public.audit_entries VALUES (38, 'default', 'key:admin', 'request', 'request', 'GET /v1/operations/zilt4vjwp4m6', '', 'refused', 'ae7d1c4c-647f-4182-89fa-da0be22fde1a', NULL, '2026-11-28 08:11:31.568+00', 'teq4yfvdxfs6', '127.0.0.1', 'node', 'rate_limited', NULL, NULL);
INSERT INTO public.audit_entries VALUES (39, 'default', 'key:admin', 'request', 'request', 'GET /v1/operations/zilt4vjwp4m6', '', 'refused', 'da0d3122-b07d-47f7-8d1c-b4c2522e4d82', NULL, '2026-11-28 08:12:31.424+00', 'teq4yfvdxfs6', '127.0.0.1', 'node', 'rate_limited', NULL, NULL);
INSERT INTO public.audit_entries VALUES (40, 'default', 'key:admin', 'request', 'request', 'GET /v1/operations/zilt4vjwp4m6', '', 'refused', '9bb914bb-eae5-4e14-85e0-09c518443eae', NULL, '2026-11-28 08:12:31.431+00', 'teq4yfvdxfs6', '127.0.0.1', 'node', 'rate_limited', NULL, NULL);
INSERT INTO public.audit_entries VALUES (41, 'default', 'key:admin', 'request', 'request', 'GET /v1/operations/zilt4vjwp4m6', '', 'refused', '65264bab-38bf-4213-aff8-59fbb30bad08', NULL, '2026-11-28 08:12:31.448+00', 'teq4yfvdxfs6', '127.0.0.1', 'node', 'rate_limited', NULL, NULL);
INSERT INTO public.audit_entries VALUES (42, 'default', 'key:admin', 'request', 'request', 'GET /v1/operations/zilt4vjwp4m6', '', 'refused', '1ac1b978-d713-4485-afe9-a173a6fd3c55', NULL, '2026-11-28 08:12:31.453+00', 'teq4yfvdxfs6', '127.0.0.1', 'node', 'rate_limited', NULL, NULL);
INSERT INTO public.audit_entries VALUES (43, 'default', 'key:admin', 'request', 'request', 'GET /v1/operations/zilt4vjwp4m6', '', 'refused', 'e1738c38-005e-4127-bb71-e50c9917595f', NULL, '2026-11-28 08:12:31.468+00', 'teq4yfvdxfs6', '127.0.0.1', 'node', 'rate_limited', NULL, NULL);
INSERT INTO public.audit_entries VALUES (44, 'default', 'key:admin', 'request', 'request', 'GET /v1/operations/zilt4vjwp4m6', '', 'refused', '1e93fefc-66ab-4c02-9d72-2aa3610a8868', NULL, '2026-11-28 08:12:31.473+00', 'teq4yfvdxfs6', '127.0.0.1', 'node', 'rate_limited', NULL, NULL);
INSERT INTO public.audit_entries VALUES (45, 'default', 'key:admin', 'request', 'request', 'GET /v1/operations/zilt4vjwp4m6', '', 'refused', 'db404b37-5a5e-4586-a66c-741be601d569', NULL, '2026-11-28 08:12:31.486+00', 'teq4yfvdxfs6', '127.0.0.1', 'node', 'rate_limited', NULL, NULL);
INSERT INTO public.audit_entries VALUES (46, 'default', 'key:admin', 'request', 'request', 'GET /v1/operations/zilt4vjwp4m6', '', 'refused', 'be130e03-948a-4f90-83ea-a84c69474578', NULL, '2026-11-28 08:12:31.493+00', 'teq4yfvdxfs6', '127.0.0.1', 'node', 'rate_limited', NULL, NULL);
INSERT INTO public.audit_entries VALUES (47, 'default', 'key:admin', 'request', 'request', 'GET /v1/operations/zilt4vjwp4m6', '', 'refused', '2c6fe32e-2c73-4e0d-9c82-45337c394fda', NULL, '2026-11-28 08:12:31.506+00', 'teq4yfvdxfs6', '127.0.0.1', 'node', 'rate_limited', NULL, NULL);
INSERT INTO public.audit_entries VALUES (48, 'default', 'key:admin', 'request', 'request', 'GET /v1/operations/zilt4vjwp4m6', '', 'refused', 'f4f7143e-0dd3-4cec-a43e-72374d115ddc', NULL, '2026-11-28 08:12:31.515+00', 'teq4yfvdxfs6', '127.0.0.1', 'node', 'rate_limited', NULL, NULL);
INSERT INTO public.audit_entries VALUES (49, 'default', 'key:admin', 'database.connect', 'database', 't7dcon37shum', 'orders', 'succeeded', '69f86eaf-ceb3-497a-9c1f-63b5d80697aa', NULL, '2026-11-28 08:13:22.98+00', 'teq4yfvdxfs6', '127.0.0.1', 'node', NULL, NULL, NULL);
INSERT INTO public.audit_entries VALUES (50, 'default', 'key:admin', 'channel.create', 'channel', 'dyuahqnfv4yw', 'hook', 'succeeded', 'f26fcdda-a0b3-41ec-b73c-655cd63740ce', NULL, '2026-11-28 08:13:31.793+00', 'teq4yfvdxfs6', '127.0.0.1', 'node', NULL, NULL, '{"kind": "webhook", "name": "hook", "config": {"url": "https://hooks.example.com/x"}, "enabled": true, "onOrphanFound": true}');
INSERT INTO public.audit_entries VALUES (51, 'default', 'key:admin', 'binding.update', 'binding', 'fcn4kdde4r3y', '', 'succeeded', '9117e1d0-257b-462e-bd3c-6089779f356e', NULL, '2026-11-28 08:13:31.892+00', 'teq4yfvdxfs6', '127.0.0.1', 'node', NULL, '{"bindings": [{"enabled": true, "notices": ["database.down", "database.recovered", "operation.failed", "operation.stuck", "database.repaired", "database.repair_given_up", "sidecar.degraded"], "channelId": "dyuahqnfv4yw"}]}', '{"bindings": [{"enabled": true, "notices": ["database.down", "database.recovered"], "channelId": "dyuahqnfv4yw"}]}');
INSERT INTO public.audit_entries VALUES (52, 'default', 'key:admin', 'database.connect', 'database', 't7dcon37shum', 'orders', 'succeeded', '96fc52fc-e64f-4952-8a99-5247e2c5b08a', NULL, '2026-11-28 08:13:31.928+00', 'teq4yfvdxfs6', '127.0.0.1', 'node', NULL, NULL, NULL);

INSERT INTO public.audit_seals VALUES (1, 1, '\x7479de3121ece693a85f4896d2f6df3897183b091792026f25c1d2586344d04e');
INSERT INTO public.audit_seals VALUES (2, 2, '\x30020a1bb54471ec84dfbb581aa4aa51cbe6aa6b6f286040195b57d3d19bb554');
INSERT INTO public.audit_seals VALUES (3, 3, '\xb9beae0f19ca1aa65fe442b60c83c4dd34ff14af53f4e2d424bc1d8d1af7c3e0');
INSERT INTO public.audit_seals VALUES (4, 4, '\x6d733c8bb04cce9f10f4ba63ae2dea5640c0ec3bf93d1284fa2ed7ffa9faf9f5');
INSERT INTO public.audit_seals VALUES (5, 5, '\xf203e5f9f33c340c5d56e8c5b8dfe08e2b07bb4b892c4d5adfd54f73818d73d3');
INSERT INTO public.audit_seals VALUES (6, 6, '\x6263da1bbacbe2fa50acd64fde5fbaa552c6a6539f92fbce6123c3c695fab5a6');
INSERT INTO public.audit_seals VALUES (7, 7, '\xf47a652231a21f7baee5adea5c21e93ad85bdf317cef039bfade3396600fe518');
INSERT INTO public.audit_seals VALUES (8, 8, '\x508fb466986a7236f7e50d0c4a0fbe496c794cd42473bc2de19336596b9b232f');
INSERT INTO public.audit_seals VALUES (9, 9, '\xb3bc6c5600ce3be8010390a0acd5999db321e65cb1a26d9779518a07ac29299c');
INSERT INTO public.audit_seals VALUES (10, 10, '\xf6862124de4338f70b356c44f503d44a1d73fa80c2ac33fd7d442f1c537c4799');
INSERT INTO public.audit_seals VALUES (11, 11, '\xca82ac7c11a8e4ad3e3915c41a2b66943849c5cf13c332b840bfc2ff9c89810d');
INSERT INTO public.audit_seals VALUES (12, 12, '\x08d2a43a02a9e5a12cbffef9b21a61344d7230e9a7043b224e33647494f78adf');
INSERT INTO public.audit_seals VALUES (13, 13, '\x505d526b0953949189dc92985ec280fb8bb9e9f345338745314037662515b16e');
INSERT INTO public.audit_seals VALUES (14, 14, '\xd0121b504093e9eadb0e2f0e4c68845ddbb64a2e1f4287154280355203fedf26');
INSERT INTO public.audit_seals VALUES (15, 15, '\xd2ce1cbc6dbc9d4fb7d460fff6c0b2faac1d2995171679230f70190d468b6eb4');
INSERT INTO public.audit_seals VALUES (16, 16, '\x9cb6d5a4dd476b4d4d52449a4c6680a40e93d59134c4dade7124c3d45f62b4ec');
INSERT INTO public.audit_seals VALUES (17, 17, '\x9a5776039c8e75f11e4f897bc732cb9d7d73aa3077f769a5fc2a22f3bdaa6dc8');
INSERT INTO public.audit_seals VALUES (18, 18, '\xcc571e21aacc1b3aeef646c39c756b4eb80dd735dee41408a998a39adfc5b875');
INSERT INTO public.audit_seals VALUES (19, 19, '\x37d6b2f4d6635621a4a213e31df693b2415f22d429bdfa674bcc91b00a074fe4');
INSERT INTO public.audit_seals VALUES (20, 20, '\x0c9e26b4ab97e0715f81cd3f127f9b2bf092ff6b2f423e69fe31f7575f65be3a');
INSERT INTO public.audit_seals VALUES (21, 21, '\xc9f061d24a4c107c5a95782e69ffbaa2a333767f36a11070ed29d133a0acfd74');
INSERT INTO public.audit_seals VALUES (22, 22, '\x09747194cab41abac1c5e087b87a5118871446f3130edc07bc03cf0fdc593418');
INSERT INTO public.audit_seals VALUES (23, 23, '\x2889578a878676b6a59a9c415a4a479be4c079dacc26fe2f750031a225290f02');
INSERT INTO public.audit_seals VALUES (24, 24, '\x1882ab44c5c3581351cf5d8c85b0b2825c236cca35d98fc47eecf3af1d440cef');
INSERT INTO public.audit_seals VALUES (25, 25, '\x8cb227348743f20cd2b04a69ac9a68f14ca6e8e455abc42e0952c31543fbea29');
INSERT INTO public.audit_seals VALUES (26, 26, '\x42e9b0558f90ad258017bcde31cacd6d9ed31303f78684010dd7a8cd7ccb3642');
INSERT INTO public.audit_seals VALUES (27, 27, '\x0aa0c8cf159c5b960c9d40bd47569f4dfba3d0b72edb3faa65f09c16c52eb593');
INSERT INTO public.audit_seals VALUES (28, 28, '\xe7e9afe618d1b3b9b7a5c7730dcc591dec69b47ff6fbd36739d036c0ea9abf4d');
INSERT INTO public.audit_seals VALUES (29, 29, '\x3803364b80c6cd3737ba7264adc4e9f35018a386120a5c0127fdd3aa304da17e');
INSERT INTO public.audit_seals VALUES (30, 30, '\x3d1c05d95b404f77d0f3727638a554181a3bd14e5497b2206fffc1cacb214e99');
INSERT INTO public.audit_seals VALUES (31, 31, '\x5d7c4432784c059f443e9be659825085c78cf9649cb2072b6507e2afe409fa14');
INSERT INTO public.audit_seals VALUES (32, 32, '\xb5969aede868493e25aea7dee43cb2438929f2ade507d399510292542ab1a63f');
INSERT INTO public.audit_seals VALUES (33, 33, '\xe7c23c2d4b506d1406980447dbd59357f0fc728fed8c5b7a73de251f9b7609c4');
INSERT INTO public.audit_seals VALUES (34, 34, '\xedc9aa077dddfaca7ff07a03018c3e46fd7c9eeabf05da2fc02ae02f5ddfe2a0');
INSERT INTO public.audit_seals VALUES (35, 35, '\x572269fa778136cb4eb932f536aff6d7907bdb795a2f77b8543d711d4be32f06');
INSERT INTO public.audit_seals VALUES (36, 36, '\xe3b81b09e821f4770a48c62dc3207bc493e74cd30520b5baa8f60800c991bdb4');
INSERT INTO public.audit_seals VALUES (37, 37, '\x0d01bd8f6c16c161a5dde9f91784106a52a7d9777e75cb00d6b835183fdeb5fc');
INSERT INTO public.audit_seals VALUES (38, 38, '\xfad02a4df2fbb3d499dc8922eaabfba64b127ff572c20621e8294612ed455c08');
INSERT INTO public.audit_seals VALUES (39, 39, '\xf0083ff92c43063dc8260db7a688b7469dfa8b6beca72b15f976801b24162359');
INSERT INTO public.audit_seals VALUES (40, 40, '\x990d8336eee0823150bda9ae9cc1e0144a736cccac8ecc180a57fa794b2fa9a5');
INSERT INTO public.audit_seals VALUES (41, 41, '\xa01a1d55aa01c4f7545af02a52197cd9c0e1007767ecac0f6851ed68b135fbaa');
INSERT INTO public.audit_seals VALUES (42, 42, '\xb48db89add0343f6d97802fb6ecf3aa2594f5853bce325c8c1315510f8a9c1f7');
INSERT INTO public.audit_seals VALUES (43, 43, '\x91cb591acfa2768e6ce0565734a647c345c5600c77329317cd803cfb1b70a8be');
INSERT INTO public.audit_seals VALUES (44, 44, '\xb1541d1e1fd85e6eeb25378ab1e9383ceb07010dd26c35a59e71d0cdabc4c86c');
INSERT INTO public.audit_seals VALUES (45, 45, '\x869625588cec44d377e81ceb8510d5324fa982940940991f2de1882096d3e03f');
INSERT INTO public.audit_seals VALUES (46, 46, '\xd5dbd73f2517834b3bd593019d61cb7bb2f20001a07d1f6ee85094cadb61e3ee');
INSERT INTO public.audit_seals VALUES (47, 47, '\xe72a3b3edb38cb4b24eccdb42857f6f1bd8d53794eace95973c72b66f65ebc46');
INSERT INTO public.audit_seals VALUES (48, 48, '\x706887fad7c0321f23fd61605fd0e45f117da3a3609fb7a45aebfa1876731c53');
INSERT INTO public.audit_seals VALUES (49, 49, '\x94625d4699ae746a45a36d866a6817792bd98ba312490a35094666df597bef4c');

INSERT INTO public.audit_unsealed VALUES (50);
INSERT INTO public.audit_unsealed VALUES (51);
INSERT INTO public.audit_unsealed VALUES (52);

INSERT INTO public.databases VALUES ('vqf5gv2tf4ti', 'q7252in3l73s', 'frozen', '', '{}', '{"size": {"nanoCpus": 500000000, "memoryBytes": 536870912}, "power": "running", "pooler": {"mode": "transaction", "enabled": false, "poolSize": 20}, "version": "17", "exporter": {"enabled": false}, "parameters": {}, "credentials": 1}', NULL, 1, 'available', NULL, false, '2026-11-28 08:04:40.561+00', '2026-11-28 08:04:58.794+00', false);
INSERT INTO public.databases VALUES ('vhkxetojp2i5', 'default', 'stock', '', '{}', '{"size": {"nanoCpus": 500000000, "memoryBytes": 536870912}, "power": "stopped", "pooler": {"mode": "transaction", "enabled": false, "poolSize": 20}, "version": "15", "exporter": {"enabled": false}, "parameters": {}, "credentials": 1}', NULL, 2, 'stopped', NULL, false, '2026-11-28 08:03:53.362+00', '2026-11-28 08:04:08.779+00', true);
INSERT INTO public.databases VALUES ('t7dcon37shum', 'default', 'orders', '', '{"team": "sales"}', '{"size": {"nanoCpus": 500000000, "memoryBytes": 536870912}, "power": "running", "pooler": {"mode": "transaction", "enabled": true, "poolSize": 20}, "version": "17", "exporter": {"enabled": false}, "parameters": {"work_mem": "8MB"}, "credentials": 2}', NULL, 2, 'available', NULL, false, '2026-11-28 08:03:31.205+00', '2026-11-28 08:04:16.761+00', false);

INSERT INTO public.events VALUES (1, 'default', 't7dcon37shum', 'hfzzv55a23dd', 'operation.accepted', '{"kind": "create", "error": null, "databaseName": "orders"}', '2026-11-28 08:03:31.205+00', NULL);
INSERT INTO public.events VALUES (2, 'default', 't7dcon37shum', 'hfzzv55a23dd', 'operation.succeeded', '{"kind": "create", "error": null, "databaseName": "orders"}', '2026-11-28 08:03:52.992+00', NULL);
INSERT INTO public.events VALUES (3, 'default', 'vhkxetojp2i5', 'hxt6fqlor4qp', 'operation.accepted', '{"kind": "create", "error": null, "databaseName": "stock"}', '2026-11-28 08:03:53.362+00', NULL);
INSERT INTO public.events VALUES (4, 'default', 'vhkxetojp2i5', 'hxt6fqlor4qp', 'operation.succeeded', '{"kind": "create", "error": null, "databaseName": "stock"}', '2026-11-28 08:04:05.506+00', NULL);
INSERT INTO public.events VALUES (5, 'default', 'vhkxetojp2i5', 'cxpxvgfefemj', 'operation.accepted', '{"kind": "stop", "error": null, "databaseName": "stock"}', '2026-11-28 08:04:05.898+00', NULL);
INSERT INTO public.events VALUES (6, 'default', 'vhkxetojp2i5', 'cxpxvgfefemj', 'operation.succeeded', '{"kind": "stop", "error": null, "databaseName": "stock"}', '2026-11-28 08:04:08.779+00', NULL);
INSERT INTO public.events VALUES (7, 'default', 't7dcon37shum', 'jgpyy6xc7jkg', 'operation.accepted', '{"kind": "rotate-credentials", "error": null, "databaseName": "orders"}', '2026-11-28 08:04:08.936+00', NULL);
INSERT INTO public.events VALUES (8, 'default', 't7dcon37shum', 'jgpyy6xc7jkg', 'operation.succeeded', '{"kind": "rotate-credentials", "error": null, "databaseName": "orders"}', '2026-11-28 08:04:16.761+00', NULL);
INSERT INTO public.events VALUES (9, 'default', 'qhxd5xzb2nmm', 'rxjzevv4adnv', 'operation.accepted', '{"kind": "create", "error": null, "databaseName": "gone"}', '2026-11-28 08:04:17.422+00', NULL);
INSERT INTO public.events VALUES (10, 'default', 'qhxd5xzb2nmm', 'rxjzevv4adnv', 'operation.succeeded', '{"kind": "create", "error": null, "databaseName": "gone"}', '2026-11-28 08:04:35.255+00', NULL);
INSERT INTO public.events VALUES (11, 'default', 'qhxd5xzb2nmm', 'ikvngkj543cx', 'operation.accepted', '{"kind": "delete", "error": null, "databaseName": "gone"}', '2026-11-28 08:04:35.357+00', NULL);
INSERT INTO public.events VALUES (12, 'default', 'qhxd5xzb2nmm', 'ikvngkj543cx', 'operation.succeeded', '{"kind": "delete", "error": null, "databaseName": "gone"}', '2026-11-28 08:04:40.4+00', NULL);
INSERT INTO public.events VALUES (13, 'q7252in3l73s', 'vqf5gv2tf4ti', 'zilt4vjwp4m6', 'operation.accepted', '{"kind": "create", "error": null, "databaseName": "frozen"}', '2026-11-28 08:04:40.561+00', NULL);
INSERT INTO public.events VALUES (14, 'q7252in3l73s', 'vqf5gv2tf4ti', 'zilt4vjwp4m6', 'operation.succeeded', '{"kind": "create", "error": null, "databaseName": "frozen"}', '2026-11-28 08:04:58.794+00', NULL);

INSERT INTO public.health_checks VALUES ('7fvixer5egqk', 'default', 'vhkxetojp2i5', true, 60, 5, 3, 1, '2026-11-28 08:04:53.439+00', NULL, NULL, NULL, 'up', '2026-11-28 08:04:05.954+00', 1, 1, 0, '2026-11-28 08:04:05.954+00', 94, NULL, '2026-11-28 08:03:53.439+00', '2026-11-28 08:03:53.439+00');
INSERT INTO public.health_checks VALUES ('4h4u63hyvifo', 'q7252in3l73s', 'vqf5gv2tf4ti', true, 60, 5, 3, 1, '2026-11-28 08:13:40.643+00', NULL, NULL, NULL, 'up', '2026-11-28 08:04:59.245+00', 1, 9, 0, '2026-11-28 08:12:40.91+00', 33, NULL, '2026-11-28 08:04:40.643+00', '2026-11-28 08:04:40.643+00');
INSERT INTO public.health_checks VALUES ('fcn4kdde4r3y', 'default', 't7dcon37shum', true, 60, 5, 3, 1, '2026-11-28 08:14:31.534+00', NULL, NULL, NULL, 'up', '2026-11-28 08:03:53.709+00', 2, 10, 0, '2026-11-28 08:13:31.71+00', 28, NULL, '2026-11-28 08:03:31.534+00', '2026-11-28 08:03:31.534+00');

INSERT INTO public.health_results VALUES ('fcn4kdde4r3y', 'default', '2026-11-28 08:03:53.709+00', 115, NULL);
INSERT INTO public.health_results VALUES ('7fvixer5egqk', 'default', '2026-11-28 08:04:05.954+00', 94, NULL);
INSERT INTO public.health_results VALUES ('fcn4kdde4r3y', 'default', '2026-11-28 08:04:31.762+00', 66, NULL);
INSERT INTO public.health_results VALUES ('4h4u63hyvifo', 'q7252in3l73s', '2026-11-28 08:04:59.245+00', 158, NULL);
INSERT INTO public.health_results VALUES ('fcn4kdde4r3y', 'default', '2026-11-28 08:05:31.808+00', 80, NULL);
INSERT INTO public.health_results VALUES ('4h4u63hyvifo', 'q7252in3l73s', '2026-11-28 08:05:40.976+00', 93, NULL);
INSERT INTO public.health_results VALUES ('fcn4kdde4r3y', 'default', '2026-11-28 08:06:31.813+00', 51, NULL);
INSERT INTO public.health_results VALUES ('4h4u63hyvifo', 'q7252in3l73s', '2026-11-28 08:06:41.062+00', 83, NULL);
INSERT INTO public.health_results VALUES ('fcn4kdde4r3y', 'default', '2026-11-28 08:07:31.8+00', 28, NULL);
INSERT INTO public.health_results VALUES ('4h4u63hyvifo', 'q7252in3l73s', '2026-11-28 08:07:40.899+00', 90, NULL);
INSERT INTO public.health_results VALUES ('fcn4kdde4r3y', 'default', '2026-11-28 08:08:31.559+00', 21, NULL);
INSERT INTO public.health_results VALUES ('4h4u63hyvifo', 'q7252in3l73s', '2026-11-28 08:08:40.777+00', 13, NULL);
INSERT INTO public.health_results VALUES ('fcn4kdde4r3y', 'default', '2026-11-28 08:09:31.632+00', 21, NULL);
INSERT INTO public.health_results VALUES ('4h4u63hyvifo', 'q7252in3l73s', '2026-11-28 08:09:40.799+00', 99, NULL);
INSERT INTO public.health_results VALUES ('fcn4kdde4r3y', 'default', '2026-11-28 08:10:31.683+00', 10, NULL);
INSERT INTO public.health_results VALUES ('4h4u63hyvifo', 'q7252in3l73s', '2026-11-28 08:10:40.703+00', 18, NULL);
INSERT INTO public.health_results VALUES ('fcn4kdde4r3y', 'default', '2026-11-28 08:11:31.803+00', 29, NULL);
INSERT INTO public.health_results VALUES ('4h4u63hyvifo', 'q7252in3l73s', '2026-11-28 08:11:40.767+00', 24, NULL);
INSERT INTO public.health_results VALUES ('fcn4kdde4r3y', 'default', '2026-11-28 08:12:31.661+00', 43, NULL);
INSERT INTO public.health_results VALUES ('4h4u63hyvifo', 'q7252in3l73s', '2026-11-28 08:12:40.91+00', 33, NULL);
INSERT INTO public.health_results VALUES ('fcn4kdde4r3y', 'default', '2026-11-28 08:13:31.71+00', 28, NULL);

INSERT INTO public.holdings VALUES ('t7dcon37shum', 'default', 'local', 500000000, 536870912);
INSERT INTO public.holdings VALUES ('vhkxetojp2i5', 'default', 'local', 500000000, 536870912);
INSERT INTO public.holdings VALUES ('vqf5gv2tf4ti', 'q7252in3l73s', 'local', 500000000, 536870912);

INSERT INTO public.hosts VALUES ('local', '127.0.0.1', 41000, 41099, '10.240.0.0/16', 'https://127.0.0.1:34521', '2026-11-28 08:02:53.33+00', '{}', false, NULL, 1500000000, NULL, 1610612736);

INSERT INTO public.installations VALUES (true, 'bc3562cc');

INSERT INTO public.instances VALUES ('t7dcon37shum-primary', 't7dcon37shum', 'default', 'local', 'primary', 'primary', 'available', 41055, '2026-11-28 08:03:52.992+00', NULL, '2026-11-28 08:03:33.836+00', '2026-11-28 08:04:16.761+00', '{"settings": {"ssl": "off", "port": "5432", "fsync": "on", "timezone": "UTC", "work_mem": "8MB", "wal_level": "replica", "huge_pages": "off", "hot_standby": "on", "lc_messages": "C", "log_timezone": "UTC", "log_statement": "none", "shared_buffers": "128MB", "log_destination": "stderr", "log_line_prefix": "%m [%p] %q%u@%d ", "max_connections": "64", "max_wal_senders": "10", "full_page_writes": "on", "listen_addresses": "*", "random_page_cost": "1.1", "logging_collector": "off", "synchronous_commit": "on", "password_encryption": "scram-sha-256", "effective_cache_size": "384MB", "maintenance_work_mem": "32MB", "max_parallel_workers": "1", "max_worker_processes": "8", "reserved_connections": "2", "max_replication_slots": "10", "unix_socket_directories": "/var/run/postgresql", "effective_io_concurrency": "200", "default_text_search_config": "pg_catalog.english", "dynamic_shared_memory_type": "posix", "max_parallel_workers_per_gather": "0", "max_parallel_maintenance_workers": "0"}, "credentials": 2}');
INSERT INTO public.instances VALUES ('vhkxetojp2i5-primary', 'vhkxetojp2i5', 'default', 'local', 'primary', 'primary', 'stopped', 41030, '2026-11-28 08:04:05.506+00', NULL, '2026-11-28 08:03:53.988+00', '2026-11-28 08:04:08.779+00', '{"settings": {"ssl": "off", "port": "5432", "fsync": "on", "timezone": "UTC", "work_mem": "2048kB", "wal_level": "replica", "huge_pages": "off", "hot_standby": "on", "lc_messages": "C", "log_timezone": "UTC", "log_statement": "none", "shared_buffers": "128MB", "log_destination": "stderr", "log_line_prefix": "%m [%p] %q%u@%d ", "max_connections": "64", "max_wal_senders": "10", "full_page_writes": "on", "listen_addresses": "*", "random_page_cost": "1.1", "logging_collector": "off", "synchronous_commit": "on", "password_encryption": "scram-sha-256", "effective_cache_size": "384MB", "maintenance_work_mem": "32MB", "max_parallel_workers": "1", "max_worker_processes": "8", "max_replication_slots": "10", "unix_socket_directories": "/var/run/postgresql", "effective_io_concurrency": "200", "default_text_search_config": "pg_catalog.english", "dynamic_shared_memory_type": "posix", "max_parallel_workers_per_gather": "0", "max_parallel_maintenance_workers": "0"}, "credentials": 1}');
INSERT INTO public.instances VALUES ('vqf5gv2tf4ti-primary', 'vqf5gv2tf4ti', 'q7252in3l73s', 'local', 'primary', 'primary', 'available', 41024, '2026-11-28 08:04:58.794+00', NULL, '2026-11-28 08:04:41.492+00', '2026-11-28 08:04:58.794+00', '{"settings": {"ssl": "off", "port": "5432", "fsync": "on", "timezone": "UTC", "work_mem": "2048kB", "wal_level": "replica", "huge_pages": "off", "hot_standby": "on", "lc_messages": "C", "log_timezone": "UTC", "log_statement": "none", "shared_buffers": "128MB", "log_destination": "stderr", "log_line_prefix": "%m [%p] %q%u@%d ", "max_connections": "64", "max_wal_senders": "10", "full_page_writes": "on", "listen_addresses": "*", "random_page_cost": "1.1", "logging_collector": "off", "synchronous_commit": "on", "password_encryption": "scram-sha-256", "effective_cache_size": "384MB", "maintenance_work_mem": "32MB", "max_parallel_workers": "1", "max_worker_processes": "8", "reserved_connections": "2", "max_replication_slots": "10", "unix_socket_directories": "/var/run/postgresql", "effective_io_concurrency": "200", "default_text_search_config": "pg_catalog.english", "dynamic_shared_memory_type": "posix", "max_parallel_workers_per_gather": "0", "max_parallel_maintenance_workers": "0"}, "credentials": 1}');

INSERT INTO public.notification_bindings VALUES ('7fvixer5egqk', 'dyuahqnfv4yw', 'default', '{database.down,database.recovered,operation.failed,operation.stuck,database.repaired,database.repair_given_up,sidecar.degraded}', true, NULL);
INSERT INTO public.notification_bindings VALUES ('fcn4kdde4r3y', 'dyuahqnfv4yw', 'default', '{database.down,database.recovered}', true, NULL);

INSERT INTO public.notification_channels VALUES ('dyuahqnfv4yw', 'default', 'hook', 'webhook', '{"url": "https://hooks.example.com/x"}', '4bb06f8e', '\x060cfacb63b5dfa437d4df8f1d6704b8ba5c53f4b45a393d2720f98f83fcee91bc0914322357db6966e91e54fa0606fcb53ad7c9efadf07e9bf13b7b6838d9e89a72c5a0c06d5dc135d0d1c222175533ed1c12ea13b2233fbafcf5e362f86a0914a50a8a83a3', true, true, '2026-11-28 08:13:31.783+00', '2026-11-28 08:13:31.783+00', NULL);

INSERT INTO public.observed_statuses VALUES ('vqf5gv2tf4ti-primary', 'q7252in3l73s', 'healthy', 15, '2026-11-28 08:13:23.302+00', NULL, 'running', NULL, false, NULL, '2026-11-28 08:04:43.197+00', 0, '{}', 1);
INSERT INTO public.observed_statuses VALUES ('vhkxetojp2i5-primary', 'default', 'unknown', 15, '2026-11-28 08:13:23.302+00', 'the database is stopped', 'exited', 0, false, NULL, '2026-11-28 08:03:56.136+00', 0, '{}', 2);
INSERT INTO public.observed_statuses VALUES ('t7dcon37shum-primary', 'default', 'healthy', 15, '2026-11-28 08:13:23.302+00', NULL, 'running', NULL, false, NULL, '2026-11-28 08:03:36.922+00', 0, '{}', 2);

INSERT INTO public.operations VALUES ('rxjzevv4adnv', 'default', 'qhxd5xzb2nmm', 'gone', 'create', '{"name": "gone", "size": {"nanoCpus": 500000000, "memoryBytes": 536870912}, "labels": {}, "pooler": {"mode": "transaction", "enabled": false, "poolSize": 20}, "version": "17", "exporter": {"enabled": false}, "parameters": {}, "description": "", "deletionProtection": false}', 'succeeded', 1, 1, NULL, 'key:admin', 'b3d9de8b-0f45-4a09-9708-9cf6b032c677', '01a2212e-fe82-7105-a19e-283b2fdc5281', NULL, NULL, '[]', '2026-11-28 08:04:17.422+00', '2026-11-28 08:04:17.742+00', '2026-11-28 08:04:35.255+00', NULL, false, NULL, NULL, NULL);
INSERT INTO public.operations VALUES ('hfzzv55a23dd', 'default', 't7dcon37shum', 'orders', 'create', '{"name": "orders", "size": {"nanoCpus": 500000000, "memoryBytes": 536870912}, "labels": {"team": "sales"}, "pooler": {"mode": "transaction", "enabled": true, "poolSize": 20}, "version": "17", "exporter": {"enabled": false}, "parameters": {"work_mem": "8MB"}, "description": "", "deletionProtection": false}', 'succeeded', 1, 1, NULL, 'key:admin', '7fda38f1-090b-4c97-9fbb-de084af059d0', '01a2212e-4d7c-75d3-a0a5-51bca2eb3384', NULL, NULL, '[]', '2026-11-28 08:03:31.205+00', '2026-11-28 08:03:33.304+00', '2026-11-28 08:03:52.992+00', NULL, false, NULL, NULL, NULL);
INSERT INTO public.operations VALUES ('hxt6fqlor4qp', 'default', 'vhkxetojp2i5', 'stock', 'create', '{"name": "stock", "size": {"nanoCpus": 500000000, "memoryBytes": 536870912}, "labels": {}, "pooler": {"mode": "transaction", "enabled": false, "poolSize": 20}, "version": "15", "exporter": {"enabled": false}, "parameters": {}, "description": "", "deletionProtection": true}', 'succeeded', 1, 1, NULL, 'key:admin', '7df5c9dd-27b9-4d5e-9f24-39161cafd587', '01a2212e-a020-73f0-a914-329532e1eba4', NULL, NULL, '[]', '2026-11-28 08:03:53.362+00', '2026-11-28 08:03:53.652+00', '2026-11-28 08:04:05.506+00', NULL, false, NULL, NULL, NULL);
INSERT INTO public.operations VALUES ('cxpxvgfefemj', 'default', 'vhkxetojp2i5', 'stock', 'stop', '{}', 'succeeded', 2, 1, 'available', 'key:admin', '6c8630f5-f75b-4e67-9da5-6c7dc46edc36', '01a2212e-d1d8-71f0-bc37-ccf617428055', NULL, NULL, '[]', '2026-11-28 08:04:05.898+00', '2026-11-28 08:04:06.311+00', '2026-11-28 08:04:08.779+00', NULL, false, NULL, NULL, NULL);
INSERT INTO public.operations VALUES ('jgpyy6xc7jkg', 'default', 't7dcon37shum', 'orders', 'rotate-credentials', '{}', 'succeeded', 2, 1, 'available', 'key:admin', '9c5b9230-5eaa-495e-828a-79c3daaea6c2', '01a2212e-dc92-7ba2-9e15-6330bfeb068d', NULL, NULL, '[]', '2026-11-28 08:04:08.936+00', '2026-11-28 08:04:09.06+00', '2026-11-28 08:04:16.761+00', NULL, false, NULL, NULL, NULL);
INSERT INTO public.operations VALUES ('ikvngkj543cx', 'default', 'qhxd5xzb2nmm', 'gone', 'delete', '{}', 'succeeded', 2, 1, 'available', 'key:admin', 'f19a358c-2c7e-4a04-83de-9124e8915cab', '01a2212f-43c3-7cf3-b30a-19d55527e8ad', NULL, NULL, '[]', '2026-11-28 08:04:35.357+00', '2026-11-28 08:04:35.465+00', '2026-11-28 08:04:40.4+00', NULL, false, NULL, NULL, NULL);
INSERT INTO public.operations VALUES ('zilt4vjwp4m6', 'q7252in3l73s', 'vqf5gv2tf4ti', 'frozen', 'create', '{"name": "frozen", "size": {"nanoCpus": 500000000, "memoryBytes": 536870912}, "labels": {}, "pooler": {"mode": "transaction", "enabled": false, "poolSize": 20}, "version": "17", "exporter": {"enabled": false}, "parameters": {}, "description": "", "deletionProtection": false}', 'succeeded', 1, 1, NULL, 'key:admin', '7981ae8a-c86e-40a4-931e-505001044703', '01a2212f-5868-7f36-bfc7-a995e0922529', NULL, NULL, '[]', '2026-11-28 08:04:40.561+00', '2026-11-28 08:04:40.948+00', '2026-11-28 08:04:58.794+00', NULL, false, NULL, NULL, NULL);

INSERT INTO public.quotas VALUES ('default', NULL, 2, NULL, 1000000000, NULL, 1073741824);
INSERT INTO public.quotas VALUES ('q7252in3l73s', 5, 1, NULL, 500000000, NULL, 536870912);

INSERT INTO public.reconcilers VALUES ('local', 'repairing', NULL, 3, 0, 15, '2026-11-28 08:13:23.298+00', '2026-11-28 08:03:08.935+00', NULL);

INSERT INTO public.requests VALUES ('default', 'first', '9563631907b85ca6b88b0c0a43bf09fc71c53699dccebf7365d5a1673f10922b', '7c283c8c-ba29-4bd5-9a66-26abffd7241e', '2026-11-28 08:03:41.17+00', 'hfzzv55a23dd', 202, '{"etag": "\"tJWZV7We3U9zIpFz.KG0N74uZiqT6EQq2\"", "location": "/v1/operations/hfzzv55a23dd", "retry-after": "1", "content-type": "application/json; charset=utf-8"}', '{"operation":{"id":"hfzzv55a23dd","kind":"create","databaseId":"t7dcon37shum","databaseName":"orders","state":"pending","done":false,"workflowId":"database-t7dcon37shum","runId":"01a2212e-4d7c-75d3-a0a5-51bca2eb3384","temporalUrl":"http://127.0.0.1:8833/namespaces/slipway/workflows/database-t7dcon37shum/01a2212e-4d7c-75d3-a0a5-51bca2eb3384/history","requestedBy":"key:admin","requestId":"7fda38f1-090b-4c97-9fbb-de084af059d0","traceId":null,"steps":[],"waitingFor":null,"error":null,"warnings":[],"retryOf":null,"createdAt":"2026-11-28T08:03:31.205Z","startedAt":null,"endedAt":null,"cancelRequestedAt":null},"database":{"id":"t7dcon37shum","name":"orders","description":"","labels":{"team":"sales"},"version":"17","size":{"nanoCpus":500000000,"memoryBytes":536870912},"parameters":{"work_mem":"8MB"},"pooler":{"enabled":true,"poolSize":20,"mode":"transaction"},"exporter":{"enabled":false},"deletionProtection":false,"state":"creating","degraded":false,"error":null,"instances":[],"createdAt":"2026-11-28T08:03:31.205Z","updatedAt":"2026-11-28T08:03:31.205Z"}}', '2026-11-28 08:03:31.17+00');

INSERT INTO public.secrets VALUES ('t7dcon37shum', 'default', 'monitor', '4bb06f8e', '\x4977a24c667562734e0c443d9489f12708c85d3d9d61606dc0f6015b32ed33ddaf31d69ecd3de37f3cb1a8caeca61b1284ec29473937f1fa4e0bf2f521f6fd11b5984edc7d78db', '2026-11-28 08:03:49.077+00');
INSERT INTO public.secrets VALUES ('t7dcon37shum', 'default', 'pooler', '4bb06f8e', '\x71996210d011027b84b9bfa1b2cecf6703504faf32bca98f1846ff5b9f8729ea8bc1cf9514d65677e32db0ba0e4dbd1a2044c249cd03060c8a462b61c61c9ddd304e8a0e28f90f', '2026-11-28 08:03:50.636+00');
INSERT INTO public.secrets VALUES ('vhkxetojp2i5', 'default', 'owner', '4bb06f8e', '\xcf2209a1e6288141344629b61cab8c67b7f25a6d546642c2a878813f4356176734780cd24d90ff4398b4e18be8d072f7bee33ac5f283ab0755a3b4c0489ea13604a43bea112de0', '2026-11-28 08:04:04.021+00');
INSERT INTO public.secrets VALUES ('vhkxetojp2i5', 'default', 'monitor', '4bb06f8e', '\xce6d3c8c69be60c91b3704e8d3793aa5c143824e8e497290011b7db6a51cc25db659b4f1a7054a97f4fcdfefa5019902cf9643f3f94400a467b2a1d6959e2cb70841f9b64cbc96', '2026-11-28 08:04:04.174+00');
INSERT INTO public.secrets VALUES ('t7dcon37shum', 'default', 'owner.2', '4bb06f8e', '\xb7d18eff04ea3ffde7cae18c59317b91a7d0fa130bd95669647c58e5e72c53118ff004d9986d5a2d290ddeb983d8eb404183d06c13c1b0bbecbffd59b5cf13a2147084766a9b6e', '2026-11-28 08:04:09.76+00');
INSERT INTO public.secrets VALUES ('vqf5gv2tf4ti', 'q7252in3l73s', 'owner', '4bb06f8e', '\x3633ff4efdf10efa2c5d7c7047fbb6706addd2ace1547a563f85914655aa1325691a138f5708ff05c576f89dab8aab5b7be39674877ce1df61b2d486af171a7f1f3397757f4fac', '2026-11-28 08:04:55.055+00');
INSERT INTO public.secrets VALUES ('vqf5gv2tf4ti', 'q7252in3l73s', 'monitor', '4bb06f8e', '\x4de8829126f19b837f70f2cc1217fc7ee6f248be362c6822cfa1667f58d675d0bd1b4cd907f999068dd44b153a87d67374126cd4de443daf8df6a2261c821ac4359f5fc0ffbe9c', '2026-11-28 08:04:55.118+00');

INSERT INTO public.sidecars VALUES ('t7dcon37shum-primary', 'pooler', 't7dcon37shum', 'default', 'local', 41089, 'slipway-bc3562cc-t7dcon37shum-primary-pooler', NULL);

INSERT INTO public.steps VALUES ('zilt4vjwp4m6', 1, 2, 1, 'ensureVolume', 'slipway-bc3562cc-vqf5gv2tf4ti-primary', 'local', 'succeeded', 1, '2026-11-28 08:04:41.546+00', '2026-11-28 08:04:41.56+00', NULL, 'q7252in3l73s', NULL);
INSERT INTO public.steps VALUES ('hfzzv55a23dd', 1, 2, 1, 'ensureVolume', 'slipway-bc3562cc-t7dcon37shum-primary', 'local', 'succeeded', 1, '2026-11-28 08:03:34.024+00', '2026-11-28 08:03:34.141+00', NULL, 'default', NULL);
INSERT INTO public.steps VALUES ('hfzzv55a23dd', 1, 1, 1, 'ensureNetwork', 'slipway-bc3562cc-t7dcon37shum', 'local', 'succeeded', 1, '2026-11-28 08:03:33.967+00', '2026-11-28 08:03:34.17+00', NULL, 'default', NULL);
INSERT INTO public.steps VALUES ('rxjzevv4adnv', 1, 2, 1, 'ensureVolume', 'slipway-bc3562cc-qhxd5xzb2nmm-primary', 'local', 'succeeded', 1, '2026-11-28 08:04:18.427+00', '2026-11-28 08:04:18.473+00', NULL, 'default', NULL);
INSERT INTO public.steps VALUES ('hfzzv55a23dd', 1, 3, 2, 'ensureServer', 'slipway-bc3562cc-t7dcon37shum-primary', 'local', 'succeeded', 1, '2026-11-28 08:03:34.254+00', '2026-11-28 08:03:36.929+00', NULL, 'default', NULL);
INSERT INTO public.steps VALUES ('rxjzevv4adnv', 1, 1, 1, 'ensureNetwork', 'slipway-bc3562cc-qhxd5xzb2nmm', 'local', 'succeeded', 1, '2026-11-28 08:04:18.41+00', '2026-11-28 08:04:18.532+00', NULL, 'default', NULL);
INSERT INTO public.steps VALUES ('hfzzv55a23dd', 1, 4, 3, 'ensureLogins', 'slipway-bc3562cc-t7dcon37shum-primary', 'local', 'succeeded', 1, '2026-11-28 08:03:37.002+00', '2026-11-28 08:03:50.309+00', NULL, 'default', NULL);
INSERT INTO public.steps VALUES ('ikvngkj543cx', 1, 3, 3, 'removeNetwork', 'slipway-bc3562cc-qhxd5xzb2nmm', 'local', 'succeeded', 1, '2026-11-28 08:04:37.178+00', '2026-11-28 08:04:37.388+00', NULL, 'default', NULL);
INSERT INTO public.steps VALUES ('hfzzv55a23dd', 1, 5, 4, 'awaitReady', 'slipway-bc3562cc-t7dcon37shum-primary', 'local', 'succeeded', 1, '2026-11-28 08:03:50.362+00', '2026-11-28 08:03:50.516+00', NULL, 'default', NULL);
INSERT INTO public.steps VALUES ('rxjzevv4adnv', 1, 3, 2, 'ensureServer', 'slipway-bc3562cc-qhxd5xzb2nmm-primary', 'local', 'succeeded', 1, '2026-11-28 08:04:18.649+00', '2026-11-28 08:04:21.357+00', NULL, 'default', NULL);
INSERT INTO public.steps VALUES ('hfzzv55a23dd', 1, 6, 5, 'ensureSidecar', 'slipway-bc3562cc-t7dcon37shum-primary-pooler', 'local', 'succeeded', 1, '2026-11-28 08:03:50.574+00', '2026-11-28 08:03:52.919+00', NULL, 'default', NULL);
INSERT INTO public.steps VALUES ('zilt4vjwp4m6', 1, 1, 1, 'ensureNetwork', 'slipway-bc3562cc-vqf5gv2tf4ti', 'local', 'succeeded', 1, '2026-11-28 08:04:41.547+00', '2026-11-28 08:04:41.629+00', NULL, 'q7252in3l73s', NULL);
INSERT INTO public.steps VALUES ('hxt6fqlor4qp', 1, 2, 1, 'ensureVolume', 'slipway-bc3562cc-vhkxetojp2i5-primary', 'local', 'succeeded', 1, '2026-11-28 08:03:54.182+00', '2026-11-28 08:03:54.187+00', NULL, 'default', NULL);
INSERT INTO public.steps VALUES ('rxjzevv4adnv', 1, 4, 3, 'ensureLogins', 'slipway-bc3562cc-qhxd5xzb2nmm-primary', 'local', 'succeeded', 1, '2026-11-28 08:04:21.407+00', '2026-11-28 08:04:35.108+00', NULL, 'default', NULL);
INSERT INTO public.steps VALUES ('hxt6fqlor4qp', 1, 1, 1, 'ensureNetwork', 'slipway-bc3562cc-vhkxetojp2i5', 'local', 'succeeded', 1, '2026-11-28 08:03:54.214+00', '2026-11-28 08:03:54.314+00', NULL, 'default', NULL);
INSERT INTO public.steps VALUES ('ikvngkj543cx', 1, 4, 4, 'removeVolume', 'slipway-bc3562cc-qhxd5xzb2nmm-primary', 'local', 'succeeded', 1, '2026-11-28 08:04:37.417+00', '2026-11-28 08:04:40.295+00', NULL, 'default', NULL);
INSERT INTO public.steps VALUES ('hxt6fqlor4qp', 1, 3, 2, 'ensureServer', 'slipway-bc3562cc-vhkxetojp2i5-primary', 'local', 'succeeded', 1, '2026-11-28 08:03:54.531+00', '2026-11-28 08:03:56.148+00', NULL, 'default', NULL);
INSERT INTO public.steps VALUES ('rxjzevv4adnv', 1, 5, 4, 'awaitReady', 'slipway-bc3562cc-qhxd5xzb2nmm-primary', 'local', 'succeeded', 1, '2026-11-28 08:04:35.148+00', '2026-11-28 08:04:35.237+00', NULL, 'default', NULL);
INSERT INTO public.steps VALUES ('hxt6fqlor4qp', 1, 4, 3, 'ensureLogins', 'slipway-bc3562cc-vhkxetojp2i5-primary', 'local', 'succeeded', 1, '2026-11-28 08:03:56.235+00', '2026-11-28 08:04:05.205+00', NULL, 'default', NULL);
INSERT INTO public.steps VALUES ('hxt6fqlor4qp', 1, 5, 4, 'awaitReady', 'slipway-bc3562cc-vhkxetojp2i5-primary', 'local', 'succeeded', 1, '2026-11-28 08:04:05.283+00', '2026-11-28 08:04:05.408+00', NULL, 'default', NULL);
INSERT INTO public.steps VALUES ('cxpxvgfefemj', 1, 1, 1, 'stopServer', 'slipway-bc3562cc-vhkxetojp2i5-primary', 'local', 'succeeded', 1, '2026-11-28 08:04:06.589+00', '2026-11-28 08:04:08.709+00', NULL, 'default', NULL);
INSERT INTO public.steps VALUES ('jgpyy6xc7jkg', 1, 1, 1, 'ensureLogins', 'slipway-bc3562cc-t7dcon37shum-primary', 'local', 'succeeded', 1, '2026-11-28 08:04:09.697+00', '2026-11-28 08:04:10.829+00', NULL, 'default', NULL);
INSERT INTO public.steps VALUES ('jgpyy6xc7jkg', 1, 2, 2, 'awaitReady', 'slipway-bc3562cc-t7dcon37shum-primary', 'local', 'succeeded', 1, '2026-11-28 08:04:10.92+00', '2026-11-28 08:04:11.484+00', NULL, 'default', NULL);
INSERT INTO public.steps VALUES ('ikvngkj543cx', 1, 2, 2, 'removeServer', 'slipway-bc3562cc-qhxd5xzb2nmm-primary', 'local', 'succeeded', 1, '2026-11-28 08:04:36.915+00', '2026-11-28 08:04:37.083+00', NULL, 'default', NULL);
INSERT INTO public.steps VALUES ('jgpyy6xc7jkg', 1, 3, 3, 'ensureSidecar', 'slipway-bc3562cc-t7dcon37shum-primary-pooler', 'local', 'succeeded', 1, '2026-11-28 08:04:11.61+00', '2026-11-28 08:04:16.5+00', NULL, 'default', NULL);
INSERT INTO public.steps VALUES ('ikvngkj543cx', 1, 1, 1, 'stopServer', 'slipway-bc3562cc-qhxd5xzb2nmm-primary', 'local', 'succeeded', 1, '2026-11-28 08:04:35.761+00', '2026-11-28 08:04:36.85+00', NULL, 'default', NULL);
INSERT INTO public.steps VALUES ('zilt4vjwp4m6', 1, 3, 2, 'ensureServer', 'slipway-bc3562cc-vqf5gv2tf4ti-primary', 'local', 'succeeded', 1, '2026-11-28 08:04:41.663+00', '2026-11-28 08:04:43.221+00', NULL, 'q7252in3l73s', NULL);
INSERT INTO public.steps VALUES ('zilt4vjwp4m6', 1, 4, 3, 'ensureLogins', 'slipway-bc3562cc-vqf5gv2tf4ti-primary', 'local', 'succeeded', 1, '2026-11-28 08:04:43.294+00', '2026-11-28 08:04:57.895+00', NULL, 'q7252in3l73s', NULL);
INSERT INTO public.steps VALUES ('zilt4vjwp4m6', 1, 5, 4, 'awaitReady', 'slipway-bc3562cc-vqf5gv2tf4ti-primary', 'local', 'succeeded', 1, '2026-11-28 08:04:57.931+00', '2026-11-28 08:04:58.66+00', NULL, 'q7252in3l73s', NULL);

INSERT INTO public.tenants VALUES ('default', 'default', '2026-11-28 08:02:29.84+00');
INSERT INTO public.tenants VALUES ('q7252in3l73s', 'shipyard', '2026-11-28 08:03:27.277+00');

SELECT pg_catalog.setval('public.audit_entries_id_seq', 52, true);

SELECT pg_catalog.setval('public.events_sequence_seq', 14, true);

SELECT pg_catalog.setval('public.notification_notices_sequence_seq', 1, false);

ALTER TABLE ONLY public._prisma_migrations
    ADD CONSTRAINT _prisma_migrations_pkey PRIMARY KEY (id);

ALTER TABLE ONLY public.api_keys
    ADD CONSTRAINT api_keys_pkey PRIMARY KEY (id);

ALTER TABLE ONLY public.audit_entries
    ADD CONSTRAINT audit_entries_pkey PRIMARY KEY (id);

ALTER TABLE ONLY public.audit_seals
    ADD CONSTRAINT audit_seals_pkey PRIMARY KEY (place);

ALTER TABLE ONLY public.audit_unsealed
    ADD CONSTRAINT audit_unsealed_pkey PRIMARY KEY (entry_id);

ALTER TABLE ONLY public.databases
    ADD CONSTRAINT databases_pkey PRIMARY KEY (id);

ALTER TABLE ONLY public.events
    ADD CONSTRAINT events_pkey PRIMARY KEY (sequence);

ALTER TABLE ONLY public.health_checks
    ADD CONSTRAINT health_checks_pkey PRIMARY KEY (id);

ALTER TABLE ONLY public.health_results
    ADD CONSTRAINT health_results_pkey PRIMARY KEY (check_id, checked_at);

ALTER TABLE ONLY public.holdings
    ADD CONSTRAINT holdings_pkey PRIMARY KEY (database_id);

ALTER TABLE ONLY public.hosts
    ADD CONSTRAINT hosts_pkey PRIMARY KEY (id);

ALTER TABLE ONLY public.installations
    ADD CONSTRAINT installations_pkey PRIMARY KEY (singleton);

ALTER TABLE ONLY public.instances
    ADD CONSTRAINT instances_pkey PRIMARY KEY (id);

ALTER TABLE ONLY public.notification_bindings
    ADD CONSTRAINT notification_bindings_pkey PRIMARY KEY (health_check_id, channel_id);

ALTER TABLE ONLY public.notification_channels
    ADD CONSTRAINT notification_channels_pkey PRIMARY KEY (id);

ALTER TABLE ONLY public.notification_deliveries
    ADD CONSTRAINT notification_deliveries_pkey PRIMARY KEY (id);

ALTER TABLE ONLY public.notification_notices
    ADD CONSTRAINT notification_notices_pkey PRIMARY KEY (sequence);

ALTER TABLE ONLY public.observed_statuses
    ADD CONSTRAINT observed_statuses_pkey PRIMARY KEY (instance_id);

ALTER TABLE ONLY public.operations
    ADD CONSTRAINT operations_pkey PRIMARY KEY (id);

ALTER TABLE ONLY public.orphans
    ADD CONSTRAINT orphans_pkey PRIMARY KEY (id);

ALTER TABLE ONLY public.quotas
    ADD CONSTRAINT quotas_pkey PRIMARY KEY (tenant_id);

ALTER TABLE ONLY public.reconcilers
    ADD CONSTRAINT reconcilers_pkey PRIMARY KEY (host_id);

ALTER TABLE ONLY public.requests
    ADD CONSTRAINT requests_pkey PRIMARY KEY (tenant_id, key);

ALTER TABLE ONLY public.secrets
    ADD CONSTRAINT secrets_pkey PRIMARY KEY (database_id, name);

ALTER TABLE ONLY public.sidecars
    ADD CONSTRAINT sidecars_pkey PRIMARY KEY (instance_id, role);

ALTER TABLE ONLY public.steps
    ADD CONSTRAINT steps_pkey PRIMARY KEY (operation_id, plan_number, ordinal);

ALTER TABLE ONLY public.tenants
    ADD CONSTRAINT tenants_pkey PRIMARY KEY (id);

CREATE INDEX api_keys_tenant_id_created_at_id_idx ON public.api_keys USING btree (tenant_id, created_at, id);

CREATE INDEX audit_entries_resource_id_id_idx ON public.audit_entries USING btree (resource_id, id);

CREATE INDEX audit_entries_tenant_id_id_idx ON public.audit_entries USING btree (tenant_id, id);

CREATE UNIQUE INDEX audit_seals_entry_id_key ON public.audit_seals USING btree (entry_id);

CREATE UNIQUE INDEX databases_id_tenant_id_key ON public.databases USING btree (id, tenant_id);

CREATE INDEX databases_tenant_id_created_at_id_idx ON public.databases USING btree (tenant_id, created_at, id);

CREATE UNIQUE INDEX databases_tenant_id_name_key ON public.databases USING btree (tenant_id, name);

CREATE INDEX databases_way_back_pending_idx ON public.databases USING btree (id) WHERE way_back_pending;

CREATE INDEX events_operation_id_idx ON public.events USING btree (operation_id);

CREATE UNIQUE INDEX events_place_key ON public.events USING btree (place);

CREATE INDEX events_tenant_id_database_id_place_idx ON public.events USING btree (tenant_id, database_id, place);

CREATE INDEX events_tenant_id_place_idx ON public.events USING btree (tenant_id, place);

CREATE INDEX events_without_place_idx ON public.events USING btree (sequence) WHERE (place IS NULL);

CREATE UNIQUE INDEX health_checks_database_id_key ON public.health_checks USING btree (database_id);

CREATE UNIQUE INDEX health_checks_id_tenant_id_key ON public.health_checks USING btree (id, tenant_id);

CREATE INDEX health_checks_lease_until_idx ON public.health_checks USING btree (lease_until) WHERE (lease_until IS NOT NULL);

CREATE INDEX health_checks_next_at_idx ON public.health_checks USING btree (next_at) WHERE enabled;

CREATE INDEX health_checks_tenant_id_created_at_id_idx ON public.health_checks USING btree (tenant_id, created_at, id);

CREATE INDEX holdings_host_id_idx ON public.holdings USING btree (host_id);

CREATE UNIQUE INDEX instances_database_id_name_key ON public.instances USING btree (database_id, name);

CREATE UNIQUE INDEX instances_host_id_host_port_key ON public.instances USING btree (host_id, host_port);

CREATE UNIQUE INDEX instances_id_tenant_id_key ON public.instances USING btree (id, tenant_id);

CREATE INDEX instances_tenant_id_created_at_id_idx ON public.instances USING btree (tenant_id, created_at, id);

CREATE INDEX notification_bindings_channel_id_idx ON public.notification_bindings USING btree (channel_id);

CREATE UNIQUE INDEX notification_channels_id_tenant_id_key ON public.notification_channels USING btree (id, tenant_id);

CREATE INDEX notification_channels_tenant_id_created_at_id_idx ON public.notification_channels USING btree (tenant_id, created_at, id);

CREATE UNIQUE INDEX notification_channels_tenant_id_name_key ON public.notification_channels USING btree (tenant_id, name);

CREATE INDEX notification_deliveries_channel_id_created_at_id_idx ON public.notification_deliveries USING btree (channel_id, created_at, id);

CREATE INDEX notification_deliveries_open_idx ON public.notification_deliveries USING btree (state, id) WHERE (state = ANY (ARRAY['pending'::text, 'sending'::text]));

CREATE INDEX notification_notices_channel_id_database_id_sequence_idx ON public.notification_notices USING btree (channel_id, database_id, sequence);

CREATE INDEX notification_notices_delivery_id_idx ON public.notification_notices USING btree (delivery_id);

CREATE INDEX notification_notices_outbox_idx ON public.notification_notices USING btree (channel_id, sequence) WHERE (delivery_id IS NULL);

CREATE INDEX operations_database_id_idx ON public.operations USING btree (database_id);

CREATE UNIQUE INDEX operations_id_tenant_id_key ON public.operations USING btree (id, tenant_id);

CREATE UNIQUE INDEX operations_open_key ON public.operations USING btree (database_id) WHERE (state = ANY (ARRAY['pending'::text, 'running'::text, 'cancelling'::text]));

CREATE INDEX operations_tenant_id_created_at_id_idx ON public.operations USING btree (tenant_id, created_at, id);

CREATE UNIQUE INDEX orphans_host_id_kind_name_key ON public.orphans USING btree (host_id, kind, name);

CREATE INDEX orphans_tenant_id_created_at_id_idx ON public.orphans USING btree (tenant_id, created_at, id);

CREATE INDEX requests_created_at_idx ON public.requests USING btree (created_at);

CREATE UNIQUE INDEX sidecars_host_id_host_port_key ON public.sidecars USING btree (host_id, host_port);

CREATE UNIQUE INDEX sidecars_name_key ON public.sidecars USING btree (name);

CREATE UNIQUE INDEX tenants_name_key ON public.tenants USING btree (name);

CREATE TRIGGER append_only BEFORE DELETE OR UPDATE OR TRUNCATE ON public.audit_entries FOR EACH STATEMENT EXECUTE FUNCTION public.refuse_audit_change();

CREATE TRIGGER append_only BEFORE DELETE OR UPDATE OR TRUNCATE ON public.audit_seals FOR EACH STATEMENT EXECUTE FUNCTION public.refuse_audit_change();

CREATE TRIGGER queue AFTER INSERT ON public.audit_entries FOR EACH ROW EXECUTE FUNCTION public.queue_audit_entry();

ALTER TABLE ONLY public.api_keys
    ADD CONSTRAINT api_keys_tenant_id_fkey FOREIGN KEY (tenant_id) REFERENCES public.tenants(id) ON UPDATE CASCADE ON DELETE CASCADE;

ALTER TABLE ONLY public.databases
    ADD CONSTRAINT databases_tenant_id_fkey FOREIGN KEY (tenant_id) REFERENCES public.tenants(id) ON UPDATE CASCADE ON DELETE RESTRICT;

ALTER TABLE ONLY public.health_checks
    ADD CONSTRAINT health_checks_database_id_tenant_id_fkey FOREIGN KEY (database_id, tenant_id) REFERENCES public.databases(id, tenant_id) ON UPDATE CASCADE ON DELETE CASCADE;

ALTER TABLE ONLY public.health_results
    ADD CONSTRAINT health_results_check_id_tenant_id_fkey FOREIGN KEY (check_id, tenant_id) REFERENCES public.health_checks(id, tenant_id) ON UPDATE CASCADE ON DELETE CASCADE;

ALTER TABLE ONLY public.holdings
    ADD CONSTRAINT holdings_database_id_tenant_id_fkey FOREIGN KEY (database_id, tenant_id) REFERENCES public.databases(id, tenant_id) ON UPDATE CASCADE ON DELETE RESTRICT;

ALTER TABLE ONLY public.holdings
    ADD CONSTRAINT holdings_host_id_fkey FOREIGN KEY (host_id) REFERENCES public.hosts(id) ON UPDATE CASCADE ON DELETE RESTRICT;

ALTER TABLE ONLY public.instances
    ADD CONSTRAINT instances_database_id_tenant_id_fkey FOREIGN KEY (database_id, tenant_id) REFERENCES public.databases(id, tenant_id) ON UPDATE CASCADE ON DELETE CASCADE;

ALTER TABLE ONLY public.instances
    ADD CONSTRAINT instances_host_id_fkey FOREIGN KEY (host_id) REFERENCES public.hosts(id) ON UPDATE CASCADE ON DELETE RESTRICT;

ALTER TABLE ONLY public.notification_bindings
    ADD CONSTRAINT notification_bindings_channel_id_tenant_id_fkey FOREIGN KEY (channel_id, tenant_id) REFERENCES public.notification_channels(id, tenant_id) ON UPDATE CASCADE ON DELETE CASCADE;

ALTER TABLE ONLY public.notification_bindings
    ADD CONSTRAINT notification_bindings_health_check_id_tenant_id_fkey FOREIGN KEY (health_check_id, tenant_id) REFERENCES public.health_checks(id, tenant_id) ON UPDATE CASCADE ON DELETE CASCADE;

ALTER TABLE ONLY public.notification_channels
    ADD CONSTRAINT notification_channels_tenant_id_fkey FOREIGN KEY (tenant_id) REFERENCES public.tenants(id) ON UPDATE CASCADE ON DELETE CASCADE;

ALTER TABLE ONLY public.notification_deliveries
    ADD CONSTRAINT notification_deliveries_channel_id_tenant_id_fkey FOREIGN KEY (channel_id, tenant_id) REFERENCES public.notification_channels(id, tenant_id) ON UPDATE CASCADE ON DELETE CASCADE;

ALTER TABLE ONLY public.notification_notices
    ADD CONSTRAINT notification_notices_channel_id_tenant_id_fkey FOREIGN KEY (channel_id, tenant_id) REFERENCES public.notification_channels(id, tenant_id) ON UPDATE CASCADE ON DELETE CASCADE;

ALTER TABLE ONLY public.notification_notices
    ADD CONSTRAINT notification_notices_delivery_id_fkey FOREIGN KEY (delivery_id) REFERENCES public.notification_deliveries(id) ON UPDATE CASCADE ON DELETE CASCADE;

ALTER TABLE ONLY public.observed_statuses
    ADD CONSTRAINT observed_statuses_instance_id_tenant_id_fkey FOREIGN KEY (instance_id, tenant_id) REFERENCES public.instances(id, tenant_id) ON UPDATE CASCADE ON DELETE CASCADE;

ALTER TABLE ONLY public.orphans
    ADD CONSTRAINT orphans_host_id_fkey FOREIGN KEY (host_id) REFERENCES public.hosts(id) ON UPDATE CASCADE ON DELETE CASCADE;

ALTER TABLE ONLY public.quotas
    ADD CONSTRAINT quotas_tenant_id_fkey FOREIGN KEY (tenant_id) REFERENCES public.tenants(id) ON UPDATE CASCADE ON DELETE CASCADE;

ALTER TABLE ONLY public.reconcilers
    ADD CONSTRAINT reconcilers_host_id_fkey FOREIGN KEY (host_id) REFERENCES public.hosts(id) ON UPDATE CASCADE ON DELETE CASCADE;

ALTER TABLE ONLY public.secrets
    ADD CONSTRAINT secrets_database_id_tenant_id_fkey FOREIGN KEY (database_id, tenant_id) REFERENCES public.databases(id, tenant_id) ON UPDATE CASCADE ON DELETE CASCADE;

ALTER TABLE ONLY public.sidecars
    ADD CONSTRAINT sidecars_instance_id_tenant_id_fkey FOREIGN KEY (instance_id, tenant_id) REFERENCES public.instances(id, tenant_id) ON UPDATE CASCADE ON DELETE CASCADE;

ALTER TABLE ONLY public.steps
    ADD CONSTRAINT steps_operation_id_tenant_id_fkey FOREIGN KEY (operation_id, tenant_id) REFERENCES public.operations(id, tenant_id) ON UPDATE CASCADE ON DELETE RESTRICT;

ALTER TABLE public.api_keys ENABLE ROW LEVEL SECURITY;

ALTER TABLE public.audit_entries ENABLE ROW LEVEL SECURITY;

ALTER TABLE public.databases ENABLE ROW LEVEL SECURITY;

ALTER TABLE public.events ENABLE ROW LEVEL SECURITY;

ALTER TABLE public.health_checks ENABLE ROW LEVEL SECURITY;

ALTER TABLE public.health_results ENABLE ROW LEVEL SECURITY;

ALTER TABLE public.holdings ENABLE ROW LEVEL SECURITY;

ALTER TABLE public.instances ENABLE ROW LEVEL SECURITY;

ALTER TABLE public.notification_bindings ENABLE ROW LEVEL SECURITY;

ALTER TABLE public.notification_channels ENABLE ROW LEVEL SECURITY;

ALTER TABLE public.notification_deliveries ENABLE ROW LEVEL SECURITY;

ALTER TABLE public.notification_notices ENABLE ROW LEVEL SECURITY;

ALTER TABLE public.observed_statuses ENABLE ROW LEVEL SECURITY;

ALTER TABLE public.operations ENABLE ROW LEVEL SECURITY;

ALTER TABLE public.orphans ENABLE ROW LEVEL SECURITY;

ALTER TABLE public.quotas ENABLE ROW LEVEL SECURITY;

ALTER TABLE public.requests ENABLE ROW LEVEL SECURITY;

ALTER TABLE public.secrets ENABLE ROW LEVEL SECURITY;

ALTER TABLE public.sidecars ENABLE ROW LEVEL SECURITY;

ALTER TABLE public.steps ENABLE ROW LEVEL SECURITY;

CREATE POLICY tenant ON public.api_keys TO slipway_tenant USING ((tenant_id = current_setting('slipway.tenant_id'::text, true)));

CREATE POLICY tenant ON public.audit_entries TO slipway_tenant USING ((tenant_id = current_setting('slipway.tenant_id'::text, true)));

CREATE POLICY tenant ON public.databases TO slipway_tenant USING ((tenant_id = current_setting('slipway.tenant_id'::text, true)));

CREATE POLICY tenant ON public.events TO slipway_tenant USING ((tenant_id = current_setting('slipway.tenant_id'::text, true)));

CREATE POLICY tenant ON public.health_checks TO slipway_tenant USING ((tenant_id = current_setting('slipway.tenant_id'::text, true)));

CREATE POLICY tenant ON public.health_results TO slipway_tenant USING ((tenant_id = current_setting('slipway.tenant_id'::text, true)));

CREATE POLICY tenant ON public.holdings TO slipway_tenant USING ((tenant_id = current_setting('slipway.tenant_id'::text, true)));

CREATE POLICY tenant ON public.instances TO slipway_tenant USING ((tenant_id = current_setting('slipway.tenant_id'::text, true)));

CREATE POLICY tenant ON public.notification_bindings TO slipway_tenant USING ((tenant_id = current_setting('slipway.tenant_id'::text, true)));

CREATE POLICY tenant ON public.notification_channels TO slipway_tenant USING ((tenant_id = current_setting('slipway.tenant_id'::text, true)));

CREATE POLICY tenant ON public.notification_deliveries TO slipway_tenant USING ((tenant_id = current_setting('slipway.tenant_id'::text, true)));

CREATE POLICY tenant ON public.notification_notices TO slipway_tenant USING ((tenant_id = current_setting('slipway.tenant_id'::text, true)));

CREATE POLICY tenant ON public.observed_statuses TO slipway_tenant USING ((tenant_id = current_setting('slipway.tenant_id'::text, true)));

CREATE POLICY tenant ON public.operations TO slipway_tenant USING ((tenant_id = current_setting('slipway.tenant_id'::text, true)));

CREATE POLICY tenant ON public.orphans TO slipway_tenant USING ((tenant_id = current_setting('slipway.tenant_id'::text, true)));

CREATE POLICY tenant ON public.quotas TO slipway_tenant USING ((tenant_id = current_setting('slipway.tenant_id'::text, true)));

CREATE POLICY tenant ON public.requests TO slipway_tenant USING ((tenant_id = current_setting('slipway.tenant_id'::text, true)));

CREATE POLICY tenant ON public.secrets TO slipway_tenant USING ((tenant_id = current_setting('slipway.tenant_id'::text, true)));

CREATE POLICY tenant ON public.sidecars TO slipway_tenant USING ((tenant_id = current_setting('slipway.tenant_id'::text, true)));

CREATE POLICY tenant ON public.steps TO slipway_tenant USING ((tenant_id = current_setting('slipway.tenant_id'::text, true)));

SET search_path = public;
GRANT SELECT, INSERT, UPDATE ON "databases" TO slipway_tenant;
GRANT SELECT, INSERT ON "operations", "events", "audit_entries" TO slipway_tenant;
GRANT SELECT ON "hosts", "instances", "observed_statuses", "sidecars", "steps", "orphans", "secrets" TO slipway_tenant;
GRANT SELECT, INSERT, UPDATE, DELETE ON "api_keys" TO slipway_tenant;
GRANT USAGE ON SEQUENCE "events_sequence_seq", "audit_entries_id_seq" TO slipway_tenant;
GRANT SELECT, INSERT, UPDATE ON "requests" TO slipway_tenant;
GRANT SELECT, INSERT, UPDATE ON "quotas", "holdings" TO slipway_tenant;
GRANT UPDATE ("nano_cpus_used", "memory_bytes_used") ON "hosts" TO slipway_tenant;
GRANT INSERT ON "audit_unsealed" TO slipway_tenant;
GRANT SELECT, INSERT ON "health_checks" TO slipway_tenant;
GRANT UPDATE ("enabled", "interval_seconds", "timeout_seconds", "failure_threshold", "success_threshold", "next_at", "last_manual_run_at", "generation", "updated_at") ON "health_checks" TO slipway_tenant;
GRANT SELECT ON "health_results" TO slipway_tenant;
GRANT SELECT, INSERT, UPDATE, DELETE ON "notification_channels", "notification_bindings" TO slipway_tenant;
GRANT SELECT, UPDATE ON "notification_deliveries" TO slipway_tenant;
GRANT SELECT, INSERT ON "notification_notices" TO slipway_tenant;
GRANT USAGE ON SEQUENCE "notification_notices_sequence_seq" TO slipway_tenant;
