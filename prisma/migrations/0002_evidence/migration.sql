-- CreateTable
CREATE TABLE "statements" (
    "payload_sha256" TEXT NOT NULL,
    "payload_type" TEXT NOT NULL,
    "payload" BYTEA NOT NULL,
    "predicate_type" TEXT NOT NULL,
    "build_id" TEXT,
    "definition_digest" TEXT,
    "origin" TEXT NOT NULL,
    "recorded_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,

    CONSTRAINT "statements_pkey" PRIMARY KEY ("payload_sha256")
);

-- CreateTable
CREATE TABLE "statement_signatures" (
    "payload_sha256" TEXT NOT NULL,
    "key_id" TEXT NOT NULL,
    "signature" BYTEA NOT NULL,
    "recorded_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,

    CONSTRAINT "statement_signatures_pkey" PRIMARY KEY ("payload_sha256","key_id")
);

-- CreateTable
CREATE TABLE "statement_subjects" (
    "sha256" TEXT NOT NULL,
    "payload_sha256" TEXT NOT NULL,
    "name" TEXT NOT NULL,
    "verdict" TEXT,

    CONSTRAINT "statement_subjects_pkey" PRIMARY KEY ("sha256","payload_sha256","name")
);

-- CreateTable
CREATE TABLE "statement_blobs" (
    "payload_sha256" TEXT NOT NULL,
    "name" TEXT NOT NULL,
    "sha256" TEXT NOT NULL,

    CONSTRAINT "statement_blobs_pkey" PRIMARY KEY ("payload_sha256","name")
);

-- CreateTable
CREATE TABLE "log_entries" (
    "index" BIGINT NOT NULL,
    "entry" BYTEA NOT NULL,
    "leaf_hash" BYTEA NOT NULL,
    "logged_at" TIMESTAMPTZ(3) NOT NULL,
    "about" TEXT GENERATED ALWAYS AS (substring(encode("entry", 'escape') from '"sha256":"([0-9a-f]{64})"')) STORED,

    CONSTRAINT "log_entries_pkey" PRIMARY KEY ("index")
);

-- CreateTable
CREATE TABLE "log_tiles" (
    "level" INTEGER NOT NULL,
    "number" BIGINT NOT NULL,
    "hashes" BYTEA NOT NULL,

    CONSTRAINT "log_tiles_pkey" PRIMARY KEY ("level","number")
);

-- CreateTable
CREATE TABLE "log_checkpoints" (
    "tree_size" BIGINT NOT NULL,
    "root_hash" BYTEA NOT NULL,
    "note" TEXT NOT NULL,
    "issued_at" TIMESTAMPTZ(3) NOT NULL,

    CONSTRAINT "log_checkpoints_pkey" PRIMARY KEY ("tree_size")
);

-- CreateTable
CREATE TABLE "trust_roots" (
    "version" INTEGER NOT NULL,
    "sha256" TEXT NOT NULL,
    "envelope" BYTEA NOT NULL,
    "recorded_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,

    CONSTRAINT "trust_roots_pkey" PRIMARY KEY ("version")
);

-- CreateTable
CREATE TABLE "verifications" (
    "id" TEXT NOT NULL,
    "build_id" TEXT,
    "statement_sha256" TEXT NOT NULL,
    "attempt" INTEGER NOT NULL,
    "operator" TEXT NOT NULL,
    "state" "task_state" NOT NULL DEFAULT 'QUEUED',
    "epoch" INTEGER NOT NULL DEFAULT 0,
    "outcome" TEXT,
    "subcode" TEXT,
    "message" TEXT,
    "rebuild_build_id" TEXT,
    "rebuild_statement_sha256" TEXT,
    "first_differing_step" TEXT,
    "report" JSONB,
    "stage" TEXT,
    "progress_done" INTEGER NOT NULL DEFAULT 0,
    "progress_total" INTEGER NOT NULL DEFAULT 0,
    "cancel_requested_at" TIMESTAMPTZ(3),
    "created_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
    "started_at" TIMESTAMPTZ(3),
    "finished_at" TIMESTAMPTZ(3),

    CONSTRAINT "verifications_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "verdicts" (
    "verification_id" TEXT NOT NULL,
    "artifact" TEXT NOT NULL,
    "verdict" TEXT NOT NULL,
    "expected_sha256" TEXT,
    "actual_sha256" TEXT,
    "normaliser" TEXT,
    "normaliser_digest" TEXT,
    "detail" JSONB NOT NULL DEFAULT '{}',

    CONSTRAINT "verdicts_pkey" PRIMARY KEY ("verification_id","artifact")
);

-- CreateTable
CREATE TABLE "variation_runs" (
    "id" TEXT NOT NULL,
    "build_id" TEXT NOT NULL,
    "profile" TEXT NOT NULL,
    "conditions" JSONB NOT NULL,
    "state" "task_state" NOT NULL DEFAULT 'QUEUED',
    "epoch" INTEGER NOT NULL DEFAULT 0,
    "outcome" TEXT,
    "subcode" TEXT,
    "message" TEXT,
    "report" JSONB,
    "stage" TEXT,
    "progress_done" INTEGER NOT NULL DEFAULT 0,
    "progress_total" INTEGER NOT NULL DEFAULT 0,
    "cancel_requested_at" TIMESTAMPTZ(3),
    "created_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
    "started_at" TIMESTAMPTZ(3),
    "finished_at" TIMESTAMPTZ(3),

    CONSTRAINT "variation_runs_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "releases" (
    "id" TEXT NOT NULL,
    "project_id" TEXT NOT NULL,
    "product" TEXT NOT NULL,
    "version" TEXT NOT NULL,
    "build_id" TEXT NOT NULL,
    "statement_sha256" TEXT NOT NULL,
    "actor_id" TEXT NOT NULL,
    "created_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,

    CONSTRAINT "releases_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "quarantines" (
    "id" TEXT NOT NULL,
    "project_id" TEXT NOT NULL,
    "kind" TEXT NOT NULL,
    "scope" TEXT NOT NULL,
    "reason" TEXT NOT NULL,
    "url" TEXT NOT NULL,
    "opened_by" TEXT NOT NULL,
    "opened_at" TIMESTAMPTZ(3) NOT NULL,
    "expires_at" TIMESTAMPTZ(3) NOT NULL,
    "reviewed_by" TEXT,
    "reviewed_at" TIMESTAMPTZ(3),
    "closed_by" TEXT,
    "closed_at" TIMESTAMPTZ(3),

    CONSTRAINT "quarantines_pkey" PRIMARY KEY ("id")
);

-- CreateIndex
CREATE INDEX "statements_build_id_predicate_type_idx" ON "statements"("build_id", "predicate_type");

-- CreateIndex
CREATE INDEX "statements_definition_digest_predicate_type_idx" ON "statements"("definition_digest", "predicate_type");

-- CreateIndex
CREATE INDEX "statement_subjects_payload_sha256_idx" ON "statement_subjects"("payload_sha256");

-- CreateIndex
CREATE INDEX "statement_blobs_sha256_idx" ON "statement_blobs"("sha256");

-- CreateIndex
CREATE INDEX "log_entries_about_idx" ON "log_entries"("about");

-- CreateIndex
CREATE UNIQUE INDEX "trust_roots_sha256_key" ON "trust_roots"("sha256");

-- CreateIndex
CREATE INDEX "verifications_build_id_id_idx" ON "verifications"("build_id", "id");

-- CreateIndex
CREATE INDEX "verifications_state_id_idx" ON "verifications"("state", "id");

-- CreateIndex
CREATE INDEX "verifications_rebuild_build_id_idx" ON "verifications"("rebuild_build_id");

-- CreateIndex
CREATE UNIQUE INDEX "verifications_statement_sha256_attempt_key" ON "verifications"("statement_sha256", "attempt");

-- CreateIndex
CREATE INDEX "verdicts_expected_sha256_idx" ON "verdicts"("expected_sha256");

-- CreateIndex
CREATE INDEX "variation_runs_build_id_id_idx" ON "variation_runs"("build_id", "id");

-- CreateIndex
CREATE INDEX "variation_runs_state_id_idx" ON "variation_runs"("state", "id");

-- CreateIndex
CREATE INDEX "releases_project_id_id_idx" ON "releases"("project_id", "id");

-- CreateIndex
CREATE INDEX "releases_build_id_idx" ON "releases"("build_id");

-- CreateIndex
CREATE UNIQUE INDEX "releases_project_id_product_version_key" ON "releases"("project_id", "product", "version");

-- CreateIndex
CREATE INDEX "quarantines_project_id_id_idx" ON "quarantines"("project_id", "id");

-- CreateIndex
CREATE INDEX "quarantines_kind_scope_idx" ON "quarantines"("kind", "scope");

-- CreateIndex
CREATE INDEX "builds_file_set_id_id_idx" ON "builds"("file_set_id", "id");

-- AddForeignKey
ALTER TABLE "statements" ADD CONSTRAINT "statements_build_id_fkey" FOREIGN KEY ("build_id") REFERENCES "builds"("id") ON DELETE RESTRICT ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "statement_signatures" ADD CONSTRAINT "statement_signatures_payload_sha256_fkey" FOREIGN KEY ("payload_sha256") REFERENCES "statements"("payload_sha256") ON DELETE RESTRICT ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "statement_subjects" ADD CONSTRAINT "statement_subjects_payload_sha256_fkey" FOREIGN KEY ("payload_sha256") REFERENCES "statements"("payload_sha256") ON DELETE RESTRICT ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "statement_blobs" ADD CONSTRAINT "statement_blobs_payload_sha256_fkey" FOREIGN KEY ("payload_sha256") REFERENCES "statements"("payload_sha256") ON DELETE RESTRICT ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "verifications" ADD CONSTRAINT "verifications_build_id_fkey" FOREIGN KEY ("build_id") REFERENCES "builds"("id") ON DELETE RESTRICT ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "verifications" ADD CONSTRAINT "verifications_statement_sha256_fkey" FOREIGN KEY ("statement_sha256") REFERENCES "statements"("payload_sha256") ON DELETE RESTRICT ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "verifications" ADD CONSTRAINT "verifications_rebuild_build_id_fkey" FOREIGN KEY ("rebuild_build_id") REFERENCES "builds"("id") ON DELETE RESTRICT ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "verifications" ADD CONSTRAINT "verifications_rebuild_statement_sha256_fkey" FOREIGN KEY ("rebuild_statement_sha256") REFERENCES "statements"("payload_sha256") ON DELETE RESTRICT ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "verdicts" ADD CONSTRAINT "verdicts_verification_id_fkey" FOREIGN KEY ("verification_id") REFERENCES "verifications"("id") ON DELETE RESTRICT ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "variation_runs" ADD CONSTRAINT "variation_runs_build_id_fkey" FOREIGN KEY ("build_id") REFERENCES "builds"("id") ON DELETE RESTRICT ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "releases" ADD CONSTRAINT "releases_project_id_fkey" FOREIGN KEY ("project_id") REFERENCES "projects"("id") ON DELETE RESTRICT ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "releases" ADD CONSTRAINT "releases_build_id_fkey" FOREIGN KEY ("build_id") REFERENCES "builds"("id") ON DELETE RESTRICT ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "releases" ADD CONSTRAINT "releases_statement_sha256_fkey" FOREIGN KEY ("statement_sha256") REFERENCES "statements"("payload_sha256") ON DELETE RESTRICT ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "quarantines" ADD CONSTRAINT "quarantines_project_id_fkey" FOREIGN KEY ("project_id") REFERENCES "projects"("id") ON DELETE RESTRICT ON UPDATE CASCADE;


-- ---- What Prisma cannot say

-- A digest is 64 lower-case hexadecimal digits, nowhere less; so are the ids of keys.
DO $$
DECLARE
  place text[];
BEGIN
  FOR place IN
    SELECT ARRAY[c.table_name::text, c.column_name::text]
    FROM information_schema.columns c
    WHERE c.table_schema = current_schema() AND c.data_type = 'text'
      AND c.table_name IN ('statements', 'statement_signatures', 'statement_subjects', 'statement_blobs', 'trust_roots', 'verifications', 'verdicts', 'releases')
      AND (c.column_name IN ('sha256', 'key_id') OR c.column_name LIKE '%\_digest' OR c.column_name LIKE '%\_sha256')
    ORDER BY c.table_name, c.column_name
  LOOP
    EXECUTE format('ALTER TABLE %I ADD CONSTRAINT %I CHECK (%I ~ ''^[0-9a-f]{64}$'')',
      place[1], place[1] || '_' || place[2] || '_whole', place[2]);
  END LOOP;
END
$$;

ALTER TABLE "statements" ADD CONSTRAINT "statements_payload_fits" CHECK ("payload_sha256" = encode(sha256("payload"), 'hex'));
ALTER TABLE "statements" ADD CONSTRAINT "statements_payload_bounded" CHECK (octet_length("payload") BETWEEN 1 AND 8388608);
ALTER TABLE "statements" ADD CONSTRAINT "statements_origin_known" CHECK ("origin" IN ('own', 'imported'));
-- ed25519
ALTER TABLE "statement_signatures" ADD CONSTRAINT "statement_signatures_signature_whole" CHECK (octet_length("signature") = 64);
ALTER TABLE "trust_roots" ADD CONSTRAINT "trust_roots_version_from_1" CHECK ("version" >= 1);
ALTER TABLE "trust_roots" ADD CONSTRAINT "trust_roots_envelope_fits" CHECK ("sha256" = encode(sha256("envelope"), 'hex'));

-- The log, as C2SP has it: leaf hash 0x00 || entry (RFC 6962), entries below 64 KiB, tiles of 256 hashes.
ALTER TABLE "log_entries" ADD CONSTRAINT "log_entries_index_from_0" CHECK ("index" >= 0);
ALTER TABLE "log_entries" ADD CONSTRAINT "log_entries_entry_bounded" CHECK (octet_length("entry") BETWEEN 1 AND 65535);
ALTER TABLE "log_entries" ADD CONSTRAINT "log_entries_leaf_fits" CHECK ("leaf_hash" = sha256('\x00'::bytea || "entry"));
ALTER TABLE "log_tiles" ADD CONSTRAINT "log_tiles_place" CHECK ("level" BETWEEN 0 AND 63 AND "number" >= 0);
ALTER TABLE "log_tiles" ADD CONSTRAINT "log_tiles_full" CHECK (octet_length("hashes") = 8192);
ALTER TABLE "log_checkpoints" ADD CONSTRAINT "log_checkpoints_size_from_0" CHECK ("tree_size" >= 0);
ALTER TABLE "log_checkpoints" ADD CONSTRAINT "log_checkpoints_root_whole" CHECK (octet_length("root_hash") = 32);

ALTER TABLE "verifications" ADD CONSTRAINT "verifications_attempt_from_1" CHECK ("attempt" >= 1);
ALTER TABLE "verifications" ADD CONSTRAINT "verifications_outcome_known"
  CHECK ("outcome" IN ('REPRODUCED', 'EQUIVALENT', 'NOT_REPRODUCED', 'MISSING_OUTPUT', 'EXTRA_OUTPUT', 'INCONCLUSIVE', 'BUILD_FAILED', 'ERROR'));
ALTER TABLE "verifications" ADD CONSTRAINT "verifications_done_has_outcome" CHECK ("state" <> 'DONE' OR "outcome" IS NOT NULL);
ALTER TABLE "verifications" ADD CONSTRAINT "verifications_subcode_of_failure" CHECK ("subcode" IS NULL OR "outcome" IN ('BUILD_FAILED', 'ERROR', 'INCONCLUSIVE') OR "state" = 'FAILED');
ALTER TABLE "verdicts" ADD CONSTRAINT "verdicts_verdict_known"
  CHECK ("verdict" IN ('REPRODUCED', 'EQUIVALENT', 'NOT_REPRODUCED', 'MISSING_OUTPUT', 'EXTRA_OUTPUT', 'INCONCLUSIVE'));
ALTER TABLE "verdicts" ADD CONSTRAINT "verdicts_digests_by_verdict" CHECK (CASE "verdict"
  WHEN 'REPRODUCED' THEN "expected_sha256" IS NOT NULL AND "expected_sha256" IS NOT DISTINCT FROM "actual_sha256"
  WHEN 'EQUIVALENT' THEN "expected_sha256" IS DISTINCT FROM "actual_sha256" AND "normaliser" IS NOT NULL AND "normaliser_digest" IS NOT NULL
  WHEN 'NOT_REPRODUCED' THEN "expected_sha256" IS NOT NULL AND "actual_sha256" IS NOT NULL AND "expected_sha256" <> "actual_sha256"
  WHEN 'MISSING_OUTPUT' THEN "expected_sha256" IS NOT NULL AND "actual_sha256" IS NULL
  WHEN 'EXTRA_OUTPUT' THEN "expected_sha256" IS NULL AND "actual_sha256" IS NOT NULL
  ELSE true END);

-- An empty set of variations would test nothing and look like success.
ALTER TABLE "variation_runs" ADD CONSTRAINT "variation_runs_conditions_given" CHECK (jsonb_typeof("conditions") = 'array' AND jsonb_array_length("conditions") > 0);
ALTER TABLE "variation_runs" ADD CONSTRAINT "variation_runs_done_has_outcome" CHECK ("state" <> 'DONE' OR "outcome" IS NOT NULL);

ALTER TABLE "quarantines" ADD CONSTRAINT "quarantines_kind_known" CHECK ("kind" IN ('digest', 'image', 'package', 'file'));
ALTER TABLE "quarantines" ADD CONSTRAINT "quarantines_said" CHECK (btrim("scope") <> '' AND btrim("reason") <> '' AND btrim("url") <> '' AND btrim("opened_by") <> '');
ALTER TABLE "quarantines" ADD CONSTRAINT "quarantines_window" CHECK ("expires_at" > "opened_at" AND "expires_at" <= "opened_at" + interval '4320 hours');
ALTER TABLE "quarantines" ADD CONSTRAINT "quarantines_reviewed_by_another"
  CHECK (("reviewed_by" IS NULL) = ("reviewed_at" IS NULL) AND ("reviewed_by" IS NULL OR (btrim("reviewed_by") <> '' AND lower(btrim("reviewed_by")) <> lower(btrim("opened_by")))));
ALTER TABLE "quarantines" ADD CONSTRAINT "quarantines_closed_by_someone" CHECK (("closed_by" IS NULL) = ("closed_at" IS NULL));

DO $$
DECLARE
  fact text;
BEGIN
  FOREACH fact IN ARRAY ARRAY[
    'statements', 'statement_signatures', 'statement_subjects', 'statement_blobs', 'log_entries', 'log_tiles', 'log_checkpoints', 'trust_roots', 'verdicts', 'releases'
  ] LOOP
    EXECUTE format('CREATE TRIGGER append_only BEFORE UPDATE OR DELETE ON %I FOR EACH ROW EXECUTE FUNCTION refuse_change_of_fact()', fact);
    EXECUTE format('CREATE TRIGGER append_only_whole BEFORE TRUNCATE ON %I FOR EACH STATEMENT EXECUTE FUNCTION refuse_change_of_fact()', fact);
  END LOOP;
END
$$;

-- A verification or variation run that ended stays as it is: all runs are kept, none is written over.
CREATE FUNCTION "refuse_change_of_ended_run"() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF TG_OP = 'DELETE' OR OLD.state IN ('DONE', 'FAILED', 'CANCELLED') THEN
    RAISE EXCEPTION '% % is on record as % and stays so', TG_TABLE_NAME, OLD.id, OLD.state USING ERRCODE = 'restrict_violation';
  END IF;
  RETURN NEW;
END
$$;
CREATE TRIGGER ended_stays BEFORE UPDATE OR DELETE ON "verifications" FOR EACH ROW EXECUTE FUNCTION "refuse_change_of_ended_run"();
CREATE TRIGGER ended_stays BEFORE UPDATE OR DELETE ON "variation_runs" FOR EACH ROW EXECUTE FUNCTION "refuse_change_of_ended_run"();

-- Of a quarantine only the review and the closing come later, each once.
CREATE FUNCTION "refuse_change_of_quarantine"() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF TG_OP = 'DELETE'
    OR to_jsonb(NEW) - '{reviewed_by,reviewed_at,closed_by,closed_at}'::text[] IS DISTINCT FROM to_jsonb(OLD) - '{reviewed_by,reviewed_at,closed_by,closed_at}'::text[]
    OR (OLD.reviewed_by IS NOT NULL AND (NEW.reviewed_by, NEW.reviewed_at) IS DISTINCT FROM (OLD.reviewed_by, OLD.reviewed_at))
    OR (OLD.closed_by IS NOT NULL AND (NEW.closed_by, NEW.closed_at) IS DISTINCT FROM (OLD.closed_by, OLD.closed_at)) THEN
    RAISE EXCEPTION 'quarantine % is on record and stays', OLD.id USING ERRCODE = 'restrict_violation';
  END IF;
  RETURN NEW;
END
$$;
CREATE TRIGGER said_stays BEFORE UPDATE OR DELETE ON "quarantines" FOR EACH ROW EXECUTE FUNCTION "refuse_change_of_quarantine"();
