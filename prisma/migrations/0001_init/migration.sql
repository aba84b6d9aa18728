-- Tables, indexes and foreign keys: as `prisma migrate diff` writes them from schema.prisma.
-- Checks, triggers and first rows follow at the end.

-- CreateEnum
CREATE TYPE "catalog_kind" AS ENUM ('recipe', 'template', 'board', 'architecture');

-- CreateEnum
CREATE TYPE "build_state" AS ENUM ('QUEUED', 'RUNNING', 'SUCCEEDED', 'FAILED', 'CANCELLED');

-- CreateEnum
CREATE TYPE "task_state" AS ENUM ('QUEUED', 'RUNNING', 'DONE', 'FAILED', 'CANCELLED');

-- CreateEnum
CREATE TYPE "step_state" AS ENUM ('PENDING', 'RUNNING', 'SUCCEEDED', 'FAILED', 'SKIPPED', 'CANCELLED');

-- CreateTable
CREATE TABLE "projects" (
    "id" TEXT NOT NULL,
    "name" TEXT NOT NULL,
    "created_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,

    CONSTRAINT "projects_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "actors" (
    "id" TEXT NOT NULL,
    "name" TEXT NOT NULL,
    "kind" TEXT NOT NULL DEFAULT 'person',
    "created_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,

    CONSTRAINT "actors_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "documents" (
    "digest" TEXT NOT NULL,
    "kind" TEXT NOT NULL,
    "document" TEXT NOT NULL,
    "created_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,

    CONSTRAINT "documents_pkey" PRIMARY KEY ("digest")
);

-- CreateTable
CREATE TABLE "catalog_items" (
    "id" TEXT NOT NULL,
    "project_id" TEXT NOT NULL,
    "kind" "catalog_kind" NOT NULL,
    "name" TEXT NOT NULL,
    "current_digest" TEXT,
    "created_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,

    CONSTRAINT "catalog_items_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "catalog_versions" (
    "digest" TEXT NOT NULL,
    "item_id" TEXT NOT NULL,
    "sequence" INTEGER NOT NULL,
    "kind" "catalog_kind" NOT NULL,
    "name" TEXT NOT NULL,
    "version" TEXT,
    "summary" TEXT,
    "license" TEXT,
    "definition" JSONB NOT NULL,
    "origin" TEXT NOT NULL,
    "actor_id" TEXT NOT NULL,
    "published_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,

    CONSTRAINT "catalog_versions_pkey" PRIMARY KEY ("digest")
);

-- CreateTable
CREATE TABLE "catalog_files" (
    "version_digest" TEXT NOT NULL,
    "path" TEXT NOT NULL,
    "sha256" TEXT NOT NULL,
    "size_bytes" BIGINT NOT NULL,
    "executable" BOOLEAN NOT NULL DEFAULT false,

    CONSTRAINT "catalog_files_pkey" PRIMARY KEY ("version_digest","path")
);

-- CreateTable
CREATE TABLE "catalog_contents" (
    "sha256" TEXT NOT NULL,
    "bytes" BYTEA NOT NULL,

    CONSTRAINT "catalog_contents_pkey" PRIMARY KEY ("sha256")
);

-- CreateTable
CREATE TABLE "catalog_changes" (
    "id" BIGSERIAL NOT NULL,
    "item_id" TEXT NOT NULL,
    "digest" TEXT,
    "origin" TEXT NOT NULL,
    "actor_id" TEXT NOT NULL,
    "changed_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,

    CONSTRAINT "catalog_changes_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "sandboxes" (
    "digest" TEXT NOT NULL,
    "lock_digest" TEXT NOT NULL,
    "architecture" TEXT NOT NULL,
    "definition" JSONB NOT NULL,
    "created_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,

    CONSTRAINT "sandboxes_pkey" PRIMARY KEY ("digest")
);

-- CreateTable
CREATE TABLE "sandbox_packages" (
    "sandbox_digest" TEXT NOT NULL,
    "name" TEXT NOT NULL,
    "version" TEXT NOT NULL,
    "architecture" TEXT NOT NULL,
    "sha256" TEXT NOT NULL,
    "size_bytes" BIGINT NOT NULL,
    "pool_path" TEXT NOT NULL,

    CONSTRAINT "sandbox_packages_pkey" PRIMARY KEY ("sandbox_digest","name","architecture")
);

-- CreateTable
CREATE TABLE "sources" (
    "sha256" TEXT NOT NULL,
    "size_bytes" BIGINT NOT NULL,
    "file_name" TEXT NOT NULL,
    "created_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,

    CONSTRAINT "sources_pkey" PRIMARY KEY ("sha256")
);

-- CreateTable
CREATE TABLE "source_locations" (
    "sha256" TEXT NOT NULL,
    "kind" TEXT NOT NULL,
    "location" TEXT NOT NULL,

    CONSTRAINT "source_locations_pkey" PRIMARY KEY ("sha256","kind","location")
);

-- CreateTable
CREATE TABLE "fetches" (
    "id" TEXT NOT NULL,
    "sha256" TEXT NOT NULL,
    "size_bytes" BIGINT NOT NULL,
    "kind" TEXT NOT NULL,
    "url" TEXT NOT NULL,
    "wall_ms" INTEGER NOT NULL,
    "build_id" TEXT,
    "fetched_at" TIMESTAMPTZ(3) NOT NULL,

    CONSTRAINT "fetches_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "blobs" (
    "sha256" TEXT NOT NULL,
    "sha512" TEXT NOT NULL,
    "size_bytes" BIGINT NOT NULL,
    "created_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,

    CONSTRAINT "blobs_pkey" PRIMARY KEY ("sha256")
);

-- CreateTable
CREATE TABLE "configurations" (
    "id" TEXT NOT NULL,
    "project_id" TEXT NOT NULL,
    "name" TEXT NOT NULL,
    "board_name" TEXT NOT NULL,
    "head_number" INTEGER NOT NULL DEFAULT 0,
    "actor_id" TEXT NOT NULL,
    "created_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,

    CONSTRAINT "configurations_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "configuration_revisions" (
    "id" TEXT NOT NULL,
    "configuration_id" TEXT NOT NULL,
    "number" INTEGER NOT NULL,
    "digest" TEXT NOT NULL,
    "message" TEXT NOT NULL DEFAULT '',
    "actor_id" TEXT NOT NULL,
    "created_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,

    CONSTRAINT "configuration_revisions_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "revision_pins" (
    "revision_id" TEXT NOT NULL,
    "kind" "catalog_kind" NOT NULL,
    "name" TEXT NOT NULL,
    "digest" TEXT NOT NULL,

    CONSTRAINT "revision_pins_pkey" PRIMARY KEY ("revision_id","kind","name")
);

-- CreateTable
CREATE TABLE "builds" (
    "id" TEXT NOT NULL,
    "project_id" TEXT NOT NULL,
    "actor_id" TEXT NOT NULL,
    "purpose" TEXT NOT NULL DEFAULT 'build',
    "configuration_id" TEXT,
    "revision_id" TEXT,
    "target_name" TEXT NOT NULL,
    "board_name" TEXT NOT NULL,
    "board_digest" TEXT NOT NULL,
    "architecture" TEXT NOT NULL,
    "definition_digest" TEXT NOT NULL,
    "revision_digest" TEXT NOT NULL,
    "sandbox_digest" TEXT NOT NULL,
    "state" "build_state" NOT NULL DEFAULT 'QUEUED',
    "epoch" INTEGER NOT NULL DEFAULT 0,
    "request" JSONB NOT NULL DEFAULT '{}',
    "builder" JSONB NOT NULL DEFAULT '{}',
    "failure_kind" TEXT,
    "failure_code" TEXT,
    "failure_message" TEXT,
    "failure_step" TEXT,
    "steps_total" INTEGER NOT NULL DEFAULT 0,
    "steps_run" INTEGER NOT NULL DEFAULT 0,
    "steps_reused" INTEGER NOT NULL DEFAULT 0,
    "steps_failed" INTEGER NOT NULL DEFAULT 0,
    "nondeterministic" BOOLEAN NOT NULL DEFAULT false,
    "root_tree" TEXT,
    "file_set_id" BIGINT,
    "last_sequence" INTEGER NOT NULL DEFAULT 0,
    "cancel_requested_at" TIMESTAMPTZ(3),
    "created_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
    "started_at" TIMESTAMPTZ(3),
    "finished_at" TIMESTAMPTZ(3),

    CONSTRAINT "builds_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "build_steps" (
    "build_id" TEXT NOT NULL,
    "name" TEXT NOT NULL,
    "position" INTEGER NOT NULL,
    "kind" TEXT NOT NULL,
    "recipe" TEXT,
    "recipe_digest" TEXT,
    "stage" TEXT,
    "architecture" TEXT,
    "plan_key" TEXT NOT NULL,
    "action_key" TEXT,
    "state" "step_state" NOT NULL DEFAULT 'PENDING',
    "outcome" TEXT,
    "reason" TEXT,
    "execution_id" TEXT,
    "nondeterministic" BOOLEAN NOT NULL DEFAULT false,
    "expected_ms" INTEGER,
    "failure_kind" TEXT,
    "failure_code" TEXT,
    "failure_message" TEXT,
    "phase" TEXT,
    "started_at" TIMESTAMPTZ(3),
    "finished_at" TIMESTAMPTZ(3),

    CONSTRAINT "build_steps_pkey" PRIMARY KEY ("build_id","name")
);

-- CreateTable
CREATE TABLE "build_step_needs" (
    "build_id" TEXT NOT NULL,
    "step_name" TEXT NOT NULL,
    "need" TEXT NOT NULL,
    "kind" TEXT NOT NULL,

    CONSTRAINT "build_step_needs_pkey" PRIMARY KEY ("build_id","step_name","need","kind")
);

-- CreateTable
CREATE TABLE "build_packages" (
    "build_id" TEXT NOT NULL,
    "name" TEXT NOT NULL,
    "version" TEXT NOT NULL,
    "recipe_digest" TEXT NOT NULL,
    "role" TEXT NOT NULL,
    "license" TEXT NOT NULL,
    "options" JSONB NOT NULL DEFAULT '{}',
    "reasons" JSONB NOT NULL DEFAULT '[]',
    "step_name" TEXT,

    CONSTRAINT "build_packages_pkey" PRIMARY KEY ("build_id","name")
);

-- CreateTable
CREATE TABLE "build_inputs" (
    "build_id" TEXT NOT NULL,
    "role" TEXT NOT NULL,
    "name" TEXT NOT NULL,
    "digest" TEXT NOT NULL,
    "size_bytes" BIGINT,
    "url" TEXT,

    CONSTRAINT "build_inputs_pkey" PRIMARY KEY ("build_id","role","name")
);

-- CreateTable
CREATE TABLE "images" (
    "id" TEXT NOT NULL,
    "build_id" TEXT NOT NULL,
    "name" TEXT NOT NULL,
    "format" TEXT NOT NULL,
    "sha256" TEXT NOT NULL,
    "size_bytes" BIGINT NOT NULL,
    "parameters" JSONB NOT NULL DEFAULT '{}',
    "writer_version" TEXT NOT NULL,
    "root_tree" TEXT NOT NULL,
    "created_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,

    CONSTRAINT "images_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "build_events" (
    "build_id" TEXT NOT NULL,
    "sequence" INTEGER NOT NULL,
    "type" TEXT NOT NULL,
    "step_name" TEXT,
    "data" JSONB NOT NULL DEFAULT '{}',
    "at" TIMESTAMPTZ(3) NOT NULL,

    CONSTRAINT "build_events_pkey" PRIMARY KEY ("build_id","sequence")
);

-- CreateTable
CREATE TABLE "log_chunks" (
    "build_id" TEXT NOT NULL,
    "step_name" TEXT NOT NULL,
    "offset_bytes" BIGINT NOT NULL,
    "bytes" BYTEA NOT NULL,
    "at" TIMESTAMPTZ(3) NOT NULL,

    CONSTRAINT "log_chunks_pkey" PRIMARY KEY ("build_id","step_name","offset_bytes")
);

-- CreateTable
CREATE TABLE "executions" (
    "id" TEXT NOT NULL,
    "build_id" TEXT,
    "step_name" TEXT NOT NULL,
    "plan_key" TEXT NOT NULL,
    "action_key" TEXT NOT NULL,
    "sandbox_digest" TEXT NOT NULL,
    "outcome" TEXT NOT NULL,
    "standing" TEXT,
    "outputs_digest" TEXT,
    "failure_kind" TEXT,
    "failure_code" TEXT,
    "failure_message" TEXT,
    "phase" TEXT,
    "exit_code" INTEGER,
    "cpu_ms" BIGINT NOT NULL,
    "wall_ms" BIGINT NOT NULL,
    "peak_memory_bytes" BIGINT NOT NULL,
    "runner" JSONB NOT NULL DEFAULT '{}',
    "log_sha256" TEXT,
    "log_size_bytes" BIGINT NOT NULL DEFAULT 0,
    "log_times" JSONB NOT NULL DEFAULT '[]',
    "started_at" TIMESTAMPTZ(3) NOT NULL,
    "finished_at" TIMESTAMPTZ(3) NOT NULL,

    CONSTRAINT "executions_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "execution_outputs" (
    "execution_id" TEXT NOT NULL,
    "name" TEXT NOT NULL,
    "tree_digest" TEXT NOT NULL,

    CONSTRAINT "execution_outputs_pkey" PRIMARY KEY ("execution_id","name")
);

-- CreateTable
CREATE TABLE "action_results" (
    "action_key" TEXT NOT NULL,
    "generation" INTEGER NOT NULL,
    "execution_id" TEXT NOT NULL,
    "outputs_digest" TEXT NOT NULL,
    "committed_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,

    CONSTRAINT "action_results_pkey" PRIMARY KEY ("action_key","generation")
);

-- CreateTable
CREATE TABLE "plan_results" (
    "id" BIGSERIAL NOT NULL,
    "plan_key" TEXT NOT NULL,
    "action_key" TEXT NOT NULL,
    "created_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,

    CONSTRAINT "plan_results_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "trees" (
    "digest" TEXT NOT NULL,
    "entries" INTEGER NOT NULL,
    "files" INTEGER NOT NULL,
    "size_bytes" BIGINT NOT NULL,
    "created_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,

    CONSTRAINT "trees_pkey" PRIMARY KEY ("digest")
);

-- CreateTable
CREATE TABLE "tree_nodes" (
    "digest" TEXT NOT NULL,
    "mode" INTEGER NOT NULL,
    "uid" BIGINT NOT NULL,
    "gid" BIGINT NOT NULL,
    "xattrs" JSONB,
    "entry_count" INTEGER NOT NULL,

    CONSTRAINT "tree_nodes_pkey" PRIMARY KEY ("digest")
);

-- CreateTable
CREATE TABLE "tree_entries" (
    "node_digest" TEXT NOT NULL,
    "name" BYTEA NOT NULL,
    "kind" TEXT NOT NULL,
    "mode" INTEGER,
    "uid" BIGINT,
    "gid" BIGINT,
    "xattrs" JSONB,
    "size_bytes" BIGINT,
    "sha256" TEXT,
    "child_digest" TEXT,
    "target" BYTEA,
    "major" BIGINT,
    "minor" BIGINT,

    CONSTRAINT "tree_entries_pkey" PRIMARY KEY ("node_digest","name")
);

-- CreateTable
CREATE TABLE "file_sets" (
    "id" BIGSERIAL NOT NULL,
    "digest" TEXT NOT NULL,
    "root_tree" TEXT NOT NULL,
    "file_count" INTEGER NOT NULL,
    "created_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,

    CONSTRAINT "file_sets_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "file_owners" (
    "set_id" BIGINT NOT NULL,
    "number" INTEGER NOT NULL,
    "kind" TEXT NOT NULL,
    "name" TEXT NOT NULL,
    "reason" TEXT NOT NULL,

    CONSTRAINT "file_owners_pkey" PRIMARY KEY ("set_id","number")
);

-- CreateTable
CREATE TABLE "root_files" (
    "set_id" BIGINT NOT NULL,
    "position" INTEGER NOT NULL,
    "path" BYTEA NOT NULL,
    "kind" TEXT NOT NULL,
    "mode" INTEGER NOT NULL,
    "uid" BIGINT NOT NULL,
    "gid" BIGINT NOT NULL,
    "size_bytes" BIGINT,
    "sha256" TEXT,
    "target" BYTEA,
    "major" BIGINT,
    "minor" BIGINT,
    "owner_number" INTEGER NOT NULL,

    CONSTRAINT "root_files_pkey" PRIMARY KEY ("set_id","position")
);

-- CreateTable
CREATE TABLE "tasks" (
    "id" TEXT NOT NULL,
    "kind" TEXT NOT NULL,
    "key" TEXT,
    "payload" JSONB NOT NULL DEFAULT '{}',
    "state" "task_state" NOT NULL DEFAULT 'QUEUED',
    "priority" INTEGER NOT NULL DEFAULT 0,
    "epoch" INTEGER NOT NULL DEFAULT 0,
    "attempts" INTEGER NOT NULL DEFAULT 0,
    "max_attempts" INTEGER NOT NULL DEFAULT 3,
    "worker" TEXT,
    "lease_until" TIMESTAMPTZ(3),
    "not_before" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
    "cancel_requested_at" TIMESTAMPTZ(3),
    "error_code" TEXT,
    "error_message" TEXT,
    "created_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
    "started_at" TIMESTAMPTZ(3),
    "finished_at" TIMESTAMPTZ(3),

    CONSTRAINT "tasks_pkey" PRIMARY KEY ("id")
);

-- CreateIndex
CREATE UNIQUE INDEX "projects_name_key" ON "projects"("name");

-- CreateIndex
CREATE UNIQUE INDEX "actors_name_key" ON "actors"("name");

-- CreateIndex
CREATE UNIQUE INDEX "catalog_items_project_id_kind_name_key" ON "catalog_items"("project_id", "kind", "name");

-- CreateIndex
CREATE INDEX "catalog_versions_kind_name_version_idx" ON "catalog_versions"("kind", "name", "version");

-- CreateIndex
CREATE UNIQUE INDEX "catalog_versions_item_id_sequence_key" ON "catalog_versions"("item_id", "sequence");

-- CreateIndex
CREATE INDEX "catalog_files_sha256_idx" ON "catalog_files"("sha256");

-- CreateIndex
CREATE INDEX "catalog_changes_item_id_id_idx" ON "catalog_changes"("item_id", "id");

-- CreateIndex
CREATE INDEX "sandbox_packages_sha256_idx" ON "sandbox_packages"("sha256");

-- CreateIndex
CREATE INDEX "fetches_sha256_fetched_at_idx" ON "fetches"("sha256", "fetched_at");

-- CreateIndex
CREATE INDEX "blobs_sha512_idx" ON "blobs"("sha512");

-- CreateIndex
CREATE INDEX "configurations_project_id_board_name_idx" ON "configurations"("project_id", "board_name");

-- CreateIndex
CREATE UNIQUE INDEX "configurations_project_id_name_key" ON "configurations"("project_id", "name");

-- CreateIndex
CREATE INDEX "configuration_revisions_digest_idx" ON "configuration_revisions"("digest");

-- CreateIndex
CREATE UNIQUE INDEX "configuration_revisions_configuration_id_number_key" ON "configuration_revisions"("configuration_id", "number");

-- CreateIndex
CREATE INDEX "revision_pins_digest_idx" ON "revision_pins"("digest");

-- CreateIndex
CREATE INDEX "builds_project_id_id_idx" ON "builds"("project_id", "id");

-- CreateIndex
CREATE INDEX "builds_board_name_id_idx" ON "builds"("board_name", "id");

-- CreateIndex
CREATE INDEX "builds_board_name_state_id_idx" ON "builds"("board_name", "state", "id");

-- CreateIndex
CREATE INDEX "builds_configuration_id_id_idx" ON "builds"("configuration_id", "id");

-- CreateIndex
CREATE INDEX "builds_state_id_idx" ON "builds"("state", "id");

-- CreateIndex
CREATE INDEX "builds_target_name_state_id_idx" ON "builds"("target_name", "state", "id");

-- CreateIndex
CREATE INDEX "builds_created_at_id_idx" ON "builds"("created_at", "id");

-- CreateIndex
CREATE INDEX "builds_definition_digest_idx" ON "builds"("definition_digest");

-- CreateIndex
CREATE INDEX "builds_root_tree_idx" ON "builds"("root_tree");

-- CreateIndex
CREATE UNIQUE INDEX "builds_one_per_definition" ON "builds"("project_id", "target_name", "definition_digest") WHERE ((purpose = 'build'::text) AND (state = ANY (ARRAY['QUEUED'::build_state, 'RUNNING'::build_state, 'SUCCEEDED'::build_state])));

-- CreateIndex
CREATE INDEX "build_steps_plan_key_idx" ON "build_steps"("plan_key");

-- CreateIndex
CREATE INDEX "build_steps_action_key_idx" ON "build_steps"("action_key");

-- CreateIndex
CREATE INDEX "build_steps_execution_id_idx" ON "build_steps"("execution_id");

-- CreateIndex
CREATE UNIQUE INDEX "build_steps_build_id_position_key" ON "build_steps"("build_id", "position");

-- CreateIndex
CREATE INDEX "build_step_needs_build_id_need_idx" ON "build_step_needs"("build_id", "need");

-- CreateIndex
CREATE INDEX "build_packages_name_version_idx" ON "build_packages"("name", "version");

-- CreateIndex
CREATE INDEX "build_packages_recipe_digest_idx" ON "build_packages"("recipe_digest");

-- CreateIndex
CREATE INDEX "build_inputs_digest_idx" ON "build_inputs"("digest");

-- CreateIndex
CREATE INDEX "images_sha256_id_idx" ON "images"("sha256", "id");

-- CreateIndex
CREATE UNIQUE INDEX "images_build_id_name_key" ON "images"("build_id", "name");

-- CreateIndex
CREATE INDEX "build_events_build_id_step_name_sequence_idx" ON "build_events"("build_id", "step_name", "sequence");

-- CreateIndex
CREATE INDEX "executions_action_key_id_idx" ON "executions"("action_key", "id");

-- CreateIndex
CREATE INDEX "executions_build_id_step_name_idx" ON "executions"("build_id", "step_name");

-- CreateIndex
CREATE INDEX "executions_step_name_outcome_id_idx" ON "executions"("step_name", "outcome", "id");

-- CreateIndex
CREATE INDEX "execution_outputs_tree_digest_idx" ON "execution_outputs"("tree_digest");

-- CreateIndex
CREATE INDEX "action_results_execution_id_idx" ON "action_results"("execution_id");

-- CreateIndex
CREATE UNIQUE INDEX "plan_results_plan_key_action_key_key" ON "plan_results"("plan_key", "action_key");

-- CreateIndex
CREATE INDEX "tree_entries_sha256_idx" ON "tree_entries"("sha256");

-- CreateIndex
CREATE INDEX "tree_entries_child_digest_idx" ON "tree_entries"("child_digest");

-- CreateIndex
CREATE UNIQUE INDEX "file_sets_digest_key" ON "file_sets"("digest");

-- CreateIndex
CREATE INDEX "file_sets_root_tree_idx" ON "file_sets"("root_tree");

-- CreateIndex
CREATE INDEX "file_owners_kind_name_idx" ON "file_owners"("kind", "name");

-- CreateIndex
CREATE UNIQUE INDEX "file_owners_set_id_kind_name_reason_key" ON "file_owners"("set_id", "kind", "name", "reason");

-- CreateIndex
CREATE INDEX "root_files_set_id_owner_number_position_idx" ON "root_files"("set_id", "owner_number", "position");

-- CreateIndex
CREATE INDEX "root_files_sha256_set_id_idx" ON "root_files"("sha256", "set_id");

-- CreateIndex
CREATE UNIQUE INDEX "root_files_set_id_path_key" ON "root_files"("set_id", "path");

-- CreateIndex
CREATE INDEX "tasks_ready" ON "tasks"("priority" DESC, "id") WHERE (state = 'QUEUED');

-- CreateIndex
CREATE INDEX "tasks_leased" ON "tasks"("lease_until") WHERE (state = 'RUNNING');

-- CreateIndex
CREATE UNIQUE INDEX "tasks_one_per_key" ON "tasks"("key") WHERE (state = ANY (ARRAY['QUEUED'::task_state, 'RUNNING'::task_state]));

-- AddForeignKey
ALTER TABLE "catalog_items" ADD CONSTRAINT "catalog_items_project_id_fkey" FOREIGN KEY ("project_id") REFERENCES "projects"("id") ON DELETE RESTRICT ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "catalog_items" ADD CONSTRAINT "catalog_items_current_digest_fkey" FOREIGN KEY ("current_digest") REFERENCES "catalog_versions"("digest") ON DELETE RESTRICT ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "catalog_versions" ADD CONSTRAINT "catalog_versions_item_id_fkey" FOREIGN KEY ("item_id") REFERENCES "catalog_items"("id") ON DELETE RESTRICT ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "catalog_files" ADD CONSTRAINT "catalog_files_version_digest_fkey" FOREIGN KEY ("version_digest") REFERENCES "catalog_versions"("digest") ON DELETE RESTRICT ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "catalog_files" ADD CONSTRAINT "catalog_files_sha256_fkey" FOREIGN KEY ("sha256") REFERENCES "catalog_contents"("sha256") ON DELETE RESTRICT ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "catalog_changes" ADD CONSTRAINT "catalog_changes_item_id_fkey" FOREIGN KEY ("item_id") REFERENCES "catalog_items"("id") ON DELETE RESTRICT ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "sandbox_packages" ADD CONSTRAINT "sandbox_packages_sandbox_digest_fkey" FOREIGN KEY ("sandbox_digest") REFERENCES "sandboxes"("digest") ON DELETE RESTRICT ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "configurations" ADD CONSTRAINT "configurations_project_id_fkey" FOREIGN KEY ("project_id") REFERENCES "projects"("id") ON DELETE RESTRICT ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "configuration_revisions" ADD CONSTRAINT "configuration_revisions_configuration_id_fkey" FOREIGN KEY ("configuration_id") REFERENCES "configurations"("id") ON DELETE RESTRICT ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "configuration_revisions" ADD CONSTRAINT "configuration_revisions_digest_fkey" FOREIGN KEY ("digest") REFERENCES "documents"("digest") ON DELETE RESTRICT ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "revision_pins" ADD CONSTRAINT "revision_pins_revision_id_fkey" FOREIGN KEY ("revision_id") REFERENCES "configuration_revisions"("id") ON DELETE RESTRICT ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "builds" ADD CONSTRAINT "builds_project_id_fkey" FOREIGN KEY ("project_id") REFERENCES "projects"("id") ON DELETE RESTRICT ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "builds" ADD CONSTRAINT "builds_configuration_id_fkey" FOREIGN KEY ("configuration_id") REFERENCES "configurations"("id") ON DELETE RESTRICT ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "builds" ADD CONSTRAINT "builds_revision_id_fkey" FOREIGN KEY ("revision_id") REFERENCES "configuration_revisions"("id") ON DELETE RESTRICT ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "builds" ADD CONSTRAINT "builds_definition_digest_fkey" FOREIGN KEY ("definition_digest") REFERENCES "documents"("digest") ON DELETE RESTRICT ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "builds" ADD CONSTRAINT "builds_sandbox_digest_fkey" FOREIGN KEY ("sandbox_digest") REFERENCES "sandboxes"("digest") ON DELETE RESTRICT ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "builds" ADD CONSTRAINT "builds_file_set_id_fkey" FOREIGN KEY ("file_set_id") REFERENCES "file_sets"("id") ON DELETE RESTRICT ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "build_steps" ADD CONSTRAINT "build_steps_build_id_fkey" FOREIGN KEY ("build_id") REFERENCES "builds"("id") ON DELETE RESTRICT ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "build_steps" ADD CONSTRAINT "build_steps_execution_id_fkey" FOREIGN KEY ("execution_id") REFERENCES "executions"("id") ON DELETE RESTRICT ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "build_packages" ADD CONSTRAINT "build_packages_build_id_fkey" FOREIGN KEY ("build_id") REFERENCES "builds"("id") ON DELETE RESTRICT ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "build_inputs" ADD CONSTRAINT "build_inputs_build_id_fkey" FOREIGN KEY ("build_id") REFERENCES "builds"("id") ON DELETE RESTRICT ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "images" ADD CONSTRAINT "images_build_id_fkey" FOREIGN KEY ("build_id") REFERENCES "builds"("id") ON DELETE RESTRICT ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "build_events" ADD CONSTRAINT "build_events_build_id_fkey" FOREIGN KEY ("build_id") REFERENCES "builds"("id") ON DELETE RESTRICT ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "execution_outputs" ADD CONSTRAINT "execution_outputs_execution_id_fkey" FOREIGN KEY ("execution_id") REFERENCES "executions"("id") ON DELETE RESTRICT ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "action_results" ADD CONSTRAINT "action_results_execution_id_fkey" FOREIGN KEY ("execution_id") REFERENCES "executions"("id") ON DELETE RESTRICT ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "tree_entries" ADD CONSTRAINT "tree_entries_node_digest_fkey" FOREIGN KEY ("node_digest") REFERENCES "tree_nodes"("digest") ON DELETE RESTRICT ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "file_owners" ADD CONSTRAINT "file_owners_set_id_fkey" FOREIGN KEY ("set_id") REFERENCES "file_sets"("id") ON DELETE RESTRICT ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "root_files" ADD CONSTRAINT "root_files_set_id_fkey" FOREIGN KEY ("set_id") REFERENCES "file_sets"("id") ON DELETE RESTRICT ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "root_files" ADD CONSTRAINT "root_files_set_id_owner_number_fkey" FOREIGN KEY ("set_id", "owner_number") REFERENCES "file_owners"("set_id", "number") ON DELETE RESTRICT ON UPDATE CASCADE;

-- ---- What Prisma cannot say

-- A digest is 64 lower-case hexadecimal digits, nowhere less (CVE-2024-54143).
DO $$
DECLARE
  place text[];
BEGIN
  FOR place IN
    SELECT ARRAY[c.table_name::text, c.column_name::text]
    FROM information_schema.columns c
    JOIN information_schema.tables t USING (table_schema, table_name)
    WHERE c.table_schema = current_schema() AND t.table_type = 'BASE TABLE' AND c.data_type = 'text'
      AND (c.column_name IN ('digest', 'sha256', 'plan_key', 'action_key', 'root_tree') OR c.column_name LIKE '%\_digest' OR c.column_name LIKE '%\_sha256')
    ORDER BY c.table_name, c.column_name
  LOOP
    EXECUTE format('ALTER TABLE %I ADD CONSTRAINT %I CHECK (%I ~ ''^[0-9a-f]{64}$'')',
      place[1], place[1] || '_' || place[2] || '_whole', place[2]);
  END LOOP;
END
$$;

ALTER TABLE "blobs" ADD CONSTRAINT "blobs_sha512_whole" CHECK ("sha512" ~ '^[0-9a-f]{128}$');
ALTER TABLE "documents" ADD CONSTRAINT "documents_digest_fits" CHECK ("digest" = encode(sha256(convert_to("document", 'UTF8')), 'hex'));
ALTER TABLE "catalog_contents" ADD CONSTRAINT "catalog_contents_sha256_fits" CHECK ("sha256" = encode(sha256("bytes"), 'hex'));
ALTER TABLE "build_events" ADD CONSTRAINT "build_events_sequence_from_1" CHECK ("sequence" >= 1);
ALTER TABLE "build_steps" ADD CONSTRAINT "build_steps_outcome_known" CHECK ("outcome" IN ('reused', 'run'));
ALTER TABLE "executions" ADD CONSTRAINT "executions_outcome_known" CHECK ("outcome" IN ('succeeded', 'failed', 'cancelled'));
ALTER TABLE "executions" ADD CONSTRAINT "executions_standing_known"
  CHECK (("outcome" = 'succeeded') = ("standing" IS NOT NULL) AND ("standing" IS NULL OR "standing" IN ('first', 'equal', 'deviating', 'renewed')));
ALTER TABLE "tree_entries" ADD CONSTRAINT "tree_entries_kind_known"
  CHECK ("kind" IN ('directory', 'file', 'symlink', 'character-device', 'block-device', 'fifo', 'hard-link'));
ALTER TABLE "tree_entries" ADD CONSTRAINT "tree_entries_content_by_kind"
  CHECK (("kind" = 'file') = ("sha256" IS NOT NULL) AND ("kind" = 'directory') = ("child_digest" IS NOT NULL) AND ("kind" IN ('symlink', 'hard-link')) = ("target" IS NOT NULL));

-- Facts are appended, never changed, never removed.
CREATE FUNCTION "refuse_change_of_fact"() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  RAISE EXCEPTION '% on %: facts are append-only', TG_OP, TG_TABLE_NAME USING ERRCODE = 'restrict_violation';
END
$$;

DO $$
DECLARE
  fact text;
BEGIN
  FOREACH fact IN ARRAY ARRAY[
    'documents', 'catalog_versions', 'catalog_files', 'catalog_contents', 'catalog_changes',
    'sandboxes', 'sandbox_packages', 'sources', 'source_locations', 'fetches', 'blobs',
    'configuration_revisions', 'revision_pins',
    'build_step_needs', 'build_packages', 'build_inputs', 'images', 'build_events',
    'executions', 'execution_outputs', 'action_results', 'plan_results',
    'trees', 'tree_nodes', 'tree_entries', 'file_sets', 'file_owners', 'root_files'
  ] LOOP
    EXECUTE format('CREATE TRIGGER append_only BEFORE UPDATE OR DELETE ON %I FOR EACH ROW EXECUTE FUNCTION refuse_change_of_fact()', fact);
    EXECUTE format('CREATE TRIGGER append_only_whole BEFORE TRUNCATE ON %I FOR EACH STATEMENT EXECUTE FUNCTION refuse_change_of_fact()', fact);
  END LOOP;
END
$$;

-- A build that ended stays as it is; only its events may go on.
CREATE FUNCTION "refuse_change_of_ended_build"() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF TG_OP = 'DELETE' THEN
    RAISE EXCEPTION 'build % is on record and stays', OLD.id USING ERRCODE = 'restrict_violation';
  END IF;
  IF OLD.state IN ('SUCCEEDED', 'FAILED', 'CANCELLED')
    AND to_jsonb(NEW) - 'last_sequence' IS DISTINCT FROM to_jsonb(OLD) - 'last_sequence' THEN
    RAISE EXCEPTION 'build % has ended as % and stays so', OLD.id, OLD.state USING ERRCODE = 'restrict_violation';
  END IF;
  RETURN NEW;
END
$$;

CREATE TRIGGER ended_stays BEFORE UPDATE OR DELETE ON "builds" FOR EACH ROW EXECUTE FUNCTION "refuse_change_of_ended_build"();

-- One project and one actor, until there are more.
INSERT INTO "projects" ("id", "name") VALUES ('00000000-0000-7000-8000-000000000001', 'default');
INSERT INTO "actors" ("id", "name", "kind") VALUES ('00000000-0000-7000-8000-000000000002', 'default', 'person');
