-- CreateTable
CREATE TABLE "inventories" (
    "digest" TEXT NOT NULL,
    "definition_digest" TEXT NOT NULL,
    "root_tree" TEXT NOT NULL,
    "created_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,

    CONSTRAINT "inventories_pkey" PRIMARY KEY ("digest")
);

-- CreateTable
CREATE TABLE "inventory_components" (
    "inventory_digest" TEXT NOT NULL,
    "ref" TEXT NOT NULL,
    "kind" TEXT NOT NULL,
    "scope" TEXT NOT NULL,
    "name" TEXT NOT NULL,
    "version" TEXT NOT NULL,
    "license" TEXT,
    "licenses" TEXT[],
    "purls" TEXT[],
    "cpes" TEXT[],
    "source_sha256s" TEXT[],

    CONSTRAINT "inventory_components_pkey" PRIMARY KEY ("inventory_digest","ref")
);

-- CreateTable
CREATE TABLE "build_inventories" (
    "id" BIGSERIAL NOT NULL,
    "build_id" TEXT NOT NULL,
    "inventory_digest" TEXT NOT NULL,
    "recorded_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,

    CONSTRAINT "build_inventories_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "component_uses" (
    "kind" TEXT NOT NULL,
    "key" TEXT NOT NULL,
    "build_id" TEXT NOT NULL,
    "ref" TEXT NOT NULL,
    "inventory_digest" TEXT NOT NULL,

    CONSTRAINT "component_uses_pkey" PRIMARY KEY ("kind","key","build_id","ref")
);

-- CreateTable
CREATE TABLE "build_documents" (
    "id" TEXT NOT NULL,
    "build_id" TEXT NOT NULL,
    "inventory_digest" TEXT NOT NULL,
    "format" TEXT NOT NULL,
    "detail" TEXT NOT NULL,
    "sha256" TEXT NOT NULL,
    "size_bytes" BIGINT NOT NULL,
    "signed_sha256" TEXT,
    "signed_size_bytes" BIGINT,
    "statement_sha256" TEXT,
    "state" TEXT NOT NULL DEFAULT 'MADE',
    "gates" JSONB NOT NULL DEFAULT '[]',
    "created_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
    "published_at" TIMESTAMPTZ(3),

    CONSTRAINT "build_documents_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "license_texts" (
    "source_sha256" TEXT NOT NULL,
    "path" TEXT NOT NULL,
    "text_sha256" TEXT,
    "size_bytes" BIGINT NOT NULL,
    "license_id" TEXT,
    "captured_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,

    CONSTRAINT "license_texts_pkey" PRIMARY KEY ("source_sha256","path")
);

-- CreateTable
CREATE TABLE "license_decisions" (
    "id" TEXT NOT NULL,
    "kind" TEXT NOT NULL,
    "package" TEXT NOT NULL,
    "expression" TEXT NOT NULL,
    "decided" TEXT NOT NULL,
    "source_digest" TEXT NOT NULL,
    "license_text_digest" TEXT,
    "reason" TEXT NOT NULL,
    "actor" TEXT NOT NULL,
    "decided_at" TIMESTAMPTZ(3) NOT NULL,
    "withdrawn_at" TIMESTAMPTZ(3),
    "withdrawn_by" TEXT,
    "withdrawn_reason" TEXT,

    CONSTRAINT "license_decisions_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "policy_reports" (
    "id" TEXT NOT NULL,
    "build_id" TEXT NOT NULL,
    "inventory_digest" TEXT NOT NULL,
    "policy_sha256" TEXT NOT NULL,
    "policy_name" TEXT NOT NULL,
    "outcome" TEXT NOT NULL,
    "report_sha256" TEXT NOT NULL,
    "created_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,

    CONSTRAINT "policy_reports_pkey" PRIMARY KEY ("id")
);

-- CreateIndex
CREATE INDEX "build_inventories_build_id_id_idx" ON "build_inventories"("build_id", "id");

-- CreateIndex
CREATE INDEX "component_uses_build_id_idx" ON "component_uses"("build_id");

-- CreateIndex
CREATE UNIQUE INDEX "build_documents_content_key" ON "build_documents"("build_id", "inventory_digest", "format", "detail", "sha256");

-- CreateIndex
CREATE INDEX "license_decisions_package_id_idx" ON "license_decisions"("package", "id");

-- CreateIndex
CREATE INDEX "policy_reports_build_id_id_idx" ON "policy_reports"("build_id", "id");

-- AddForeignKey
ALTER TABLE "inventory_components" ADD CONSTRAINT "inventory_components_inventory_digest_fkey" FOREIGN KEY ("inventory_digest") REFERENCES "inventories"("digest") ON DELETE RESTRICT ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "build_inventories" ADD CONSTRAINT "build_inventories_build_id_fkey" FOREIGN KEY ("build_id") REFERENCES "builds"("id") ON DELETE RESTRICT ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "build_inventories" ADD CONSTRAINT "build_inventories_inventory_digest_fkey" FOREIGN KEY ("inventory_digest") REFERENCES "inventories"("digest") ON DELETE RESTRICT ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "component_uses" ADD CONSTRAINT "component_uses_build_id_fkey" FOREIGN KEY ("build_id") REFERENCES "builds"("id") ON DELETE RESTRICT ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "component_uses" ADD CONSTRAINT "component_uses_inventory_digest_ref_fkey" FOREIGN KEY ("inventory_digest", "ref") REFERENCES "inventory_components"("inventory_digest", "ref") ON DELETE RESTRICT ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "build_documents" ADD CONSTRAINT "build_documents_build_id_fkey" FOREIGN KEY ("build_id") REFERENCES "builds"("id") ON DELETE RESTRICT ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "build_documents" ADD CONSTRAINT "build_documents_inventory_digest_fkey" FOREIGN KEY ("inventory_digest") REFERENCES "inventories"("digest") ON DELETE RESTRICT ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "build_documents" ADD CONSTRAINT "build_documents_statement_sha256_fkey" FOREIGN KEY ("statement_sha256") REFERENCES "statements"("payload_sha256") ON DELETE RESTRICT ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "policy_reports" ADD CONSTRAINT "policy_reports_build_id_fkey" FOREIGN KEY ("build_id") REFERENCES "builds"("id") ON DELETE RESTRICT ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "policy_reports" ADD CONSTRAINT "policy_reports_inventory_digest_fkey" FOREIGN KEY ("inventory_digest") REFERENCES "inventories"("digest") ON DELETE RESTRICT ON UPDATE CASCADE;

-- ---- What Prisma cannot say

DO $$
DECLARE
  place record;
BEGIN
  FOR place IN
    SELECT c.table_name::text AS t, c.column_name::text AS c
    FROM information_schema.columns c
    WHERE c.table_schema = current_schema() AND c.data_type = 'text'
      AND c.table_name IN ('inventories', 'inventory_components', 'build_inventories', 'component_uses', 'build_documents', 'license_texts', 'license_decisions', 'policy_reports')
      AND (c.column_name IN ('digest', 'sha256', 'root_tree') OR c.column_name LIKE '%\_digest' OR c.column_name LIKE '%\_sha256')
    ORDER BY 1, 2
  LOOP
    EXECUTE format('ALTER TABLE %I ADD CONSTRAINT %I CHECK (octet_length(%I) = 64 AND %I !~ ''[^0-9a-f]'')', place.t, place.t || '_' || place.c || '_whole', place.c, place.c);
  END LOOP;
END
$$;

ALTER TABLE "inventory_components" ADD CONSTRAINT "inventory_components_kind_known" CHECK ("kind" IN ('image', 'root-file-system', 'package', 'runtime-component', 'generator'));
ALTER TABLE "inventory_components" ADD CONSTRAINT "inventory_components_scope_known" CHECK ("scope" IN ('ships', 'build', 'host', 'toolchain', 'sandbox'));
ALTER TABLE "inventory_components" ADD CONSTRAINT "inventory_components_lists_given"
  CHECK ("licenses" IS NOT NULL AND "purls" IS NOT NULL AND "cpes" IS NOT NULL AND "source_sha256s" IS NOT NULL);
ALTER TABLE "component_uses" ADD CONSTRAINT "component_uses_kind_known" CHECK ("kind" IN ('purl', 'cpe', 'source', 'license'));
ALTER TABLE "component_uses" ADD CONSTRAINT "component_uses_source_whole" CHECK ("kind" <> 'source' OR (octet_length("key") = 64 AND "key" !~ '[^0-9a-f]'));
ALTER TABLE "build_documents" ADD CONSTRAINT "build_documents_format_known" CHECK ("format" IN ('cyclonedx-1.7', 'cyclonedx-1.6', 'spdx-3.0.1', 'spdx-2.3', 'legal-info'));
ALTER TABLE "build_documents" ADD CONSTRAINT "build_documents_detail_known" CHECK ("detail" IN ('packages', 'files', 'sandbox'));
ALTER TABLE "build_documents" ADD CONSTRAINT "build_documents_state_known" CHECK ("state" IN ('MADE', 'PUBLISHED', 'REFUSED'));
ALTER TABLE "build_documents" ADD CONSTRAINT "build_documents_published_when" CHECK (("state" = 'PUBLISHED') = ("published_at" IS NOT NULL));
ALTER TABLE "build_documents" ADD CONSTRAINT "build_documents_signed_once_published"
  CHECK (("signed_sha256" IS NULL) = ("signed_size_bytes" IS NULL) AND ("state" = 'PUBLISHED' OR ("signed_sha256" IS NULL AND "statement_sha256" IS NULL)));
ALTER TABLE "license_texts" ADD CONSTRAINT "license_texts_absent_is_empty" CHECK ("text_sha256" IS NOT NULL OR ("size_bytes" = 0 AND "license_id" IS NULL));
ALTER TABLE "license_decisions" ADD CONSTRAINT "license_decisions_kind_known" CHECK ("kind" IN ('CHOICE', 'CONCLUSION'));
ALTER TABLE "license_decisions" ADD CONSTRAINT "license_decisions_said"
  CHECK (btrim("package") <> '' AND btrim("expression") <> '' AND btrim("decided") <> '' AND btrim("reason") <> '' AND btrim("actor") <> '');
ALTER TABLE "license_decisions" ADD CONSTRAINT "license_decisions_withdrawn_by_someone"
  CHECK (("withdrawn_at" IS NULL) = ("withdrawn_by" IS NULL) AND ("withdrawn_at" IS NULL) = ("withdrawn_reason" IS NULL)
    AND (btrim("withdrawn_by") <> '' AND btrim("withdrawn_reason") <> '') IS NOT FALSE);
ALTER TABLE "policy_reports" ADD CONSTRAINT "policy_reports_outcome_known" CHECK ("outcome" IN ('ALLOWED', 'REVIEW', 'VIOLATED'));

DO $$
DECLARE
  fact text;
BEGIN
  FOREACH fact IN ARRAY ARRAY['inventories', 'inventory_components', 'build_inventories', 'license_texts', 'policy_reports'] LOOP
    EXECUTE format('CREATE TRIGGER append_only BEFORE UPDATE OR DELETE ON %I FOR EACH ROW EXECUTE FUNCTION refuse_change_of_fact()', fact);
    EXECUTE format('CREATE TRIGGER append_only_whole BEFORE TRUNCATE ON %I FOR EACH STATEMENT EXECUTE FUNCTION refuse_change_of_fact()', fact);
  END LOOP;
END
$$;

-- What a document is never changes; what the gates said of it comes later, and a published one stays as it is.
CREATE FUNCTION "refuse_change_of_build_document"() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF TG_OP = 'DELETE' OR OLD.state = 'PUBLISHED'
    OR to_jsonb(NEW) - '{state,gates,signed_sha256,signed_size_bytes,statement_sha256,published_at}'::text[]
      IS DISTINCT FROM to_jsonb(OLD) - '{state,gates,signed_sha256,signed_size_bytes,statement_sha256,published_at}'::text[] THEN
    RAISE EXCEPTION 'document % is on record as % and stays', OLD.id, OLD.state USING ERRCODE = 'restrict_violation';
  END IF;
  RETURN NEW;
END
$$;
CREATE TRIGGER said_stays BEFORE UPDATE OR DELETE ON "build_documents" FOR EACH ROW EXECUTE FUNCTION "refuse_change_of_build_document"();
CREATE TRIGGER said_stays_whole BEFORE TRUNCATE ON "build_documents" FOR EACH STATEMENT EXECUTE FUNCTION "refuse_change_of_fact"();

-- Of a decision only its withdrawal comes later, once.
CREATE FUNCTION "refuse_change_of_license_decision"() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF TG_OP = 'DELETE' OR OLD.withdrawn_at IS NOT NULL
    OR to_jsonb(NEW) - '{withdrawn_at,withdrawn_by,withdrawn_reason}'::text[] IS DISTINCT FROM to_jsonb(OLD) - '{withdrawn_at,withdrawn_by,withdrawn_reason}'::text[] THEN
    RAISE EXCEPTION 'license decision % is on record and stays', OLD.id USING ERRCODE = 'restrict_violation';
  END IF;
  RETURN NEW;
END
$$;
CREATE TRIGGER said_stays BEFORE UPDATE OR DELETE ON "license_decisions" FOR EACH ROW EXECUTE FUNCTION "refuse_change_of_license_decision"();
CREATE TRIGGER said_stays_whole BEFORE TRUNCATE ON "license_decisions" FOR EACH STATEMENT EXECUTE FUNCTION "refuse_change_of_fact"();
