-- AlterTable
ALTER TABLE "file_sets" ADD COLUMN "root_directory_id" BIGINT;

-- CreateTable
CREATE TABLE "path_owners" (
    "id" SERIAL NOT NULL,
    "kind" TEXT NOT NULL,
    "name" TEXT NOT NULL,
    "reason" TEXT NOT NULL,

    CONSTRAINT "path_owners_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "root_directories" (
    "id" BIGSERIAL NOT NULL,
    "digest" TEXT NOT NULL,
    "path_count" INTEGER NOT NULL,

    CONSTRAINT "root_directories_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "root_entries" (
    "directory_id" BIGINT NOT NULL,
    "name" BYTEA NOT NULL,
    "kind" TEXT NOT NULL,
    "mode" INTEGER,
    "uid" BIGINT,
    "gid" BIGINT,
    "xattrs" JSONB,
    "size_bytes" BIGINT,
    "sha256" TEXT,
    "target" BYTEA,
    "major" BIGINT,
    "minor" BIGINT,
    "owner_id" INTEGER,
    "child_id" BIGINT,
    "rank" INTEGER,
    "below_rank" INTEGER,
    "below_count" INTEGER,

    CONSTRAINT "root_entries_pkey" PRIMARY KEY ("directory_id","name")
);

-- ---- What Prisma cannot say: existing rows

-- One row a path and set, with the line that its directory's digest is made of (src/records/owned-directories.ts). Paths as
-- text of one character a byte.
CREATE TEMP TABLE "moved_entries" AS
WITH RECURSIVE walk AS (
  SELECT DISTINCT s.root_tree AS root, s.root_tree AS node, ''::bytea AS prefix FROM file_sets s
  UNION ALL SELECT w.root, e.child_digest, w.prefix || e.name || '/'::bytea FROM walk w JOIN tree_entries e ON e.node_digest = w.node WHERE e.child_digest IS NOT NULL
), attributes AS (
  SELECT w.root, w.prefix || e.name AS path, coalesce(e.xattrs, n.xattrs) AS xattrs
  FROM walk w JOIN tree_entries e ON e.node_digest = w.node LEFT JOIN tree_nodes n ON n.digest = e.child_digest WHERE coalesce(e.xattrs, n.xattrs) IS NOT NULL
), paths AS (
  SELECT f.set_id, f.path, f.kind, f.mode, f.uid, f.gid, f.size_bytes, f.sha256, f.target, coalesce(f.major, i.major) AS major, coalesce(f.minor, i.minor) AS minor, s.root_tree, o.kind AS owner_kind, o.name AS owner_name, o.reason AS owner_reason, convert_from(f.path, 'LATIN1') AS text,
    coalesce(i.path, f.path) AS inode
  FROM root_files f JOIN file_sets s ON s.id = f.set_id JOIN file_owners o ON o.set_id = f.set_id AND o.number = f.owner_number
  LEFT JOIN root_files i ON f.kind = 'hard-link' AND i.set_id = f.set_id AND i.path = f.target
)
SELECT p.set_id, p.text AS path, regexp_replace(p.text, '/?[^/]*$', '') AS parent, cardinality(string_to_array(p.text, '/')) AS depth,
  convert_to(regexp_replace(p.text, '^.*/', ''), 'LATIN1') AS name, p.kind, p.mode, p.uid, p.gid, a.xattrs, p.size_bytes, p.sha256, p.target, p.major, p.minor,
  p.owner_kind, p.owner_name, p.owner_reason,
  concat_ws(' ', encode(convert_to(regexp_replace(p.text, '^.*/', ''), 'LATIN1'), 'hex'), p.kind, p.mode, p.uid, p.gid, coalesce(p.size_bytes::text, '-'), coalesce(p.sha256, '-'),
    coalesce(encode(p.target, 'hex'), '-'), coalesce(p.major::text, '-'), coalesce(p.minor::text, '-'),
    coalesce((SELECT string_agg(encode(convert_to(x.key, 'LATIN1'), 'hex') || '=' || x.value, ',' ORDER BY convert_to(x.key, 'LATIN1')) FROM jsonb_each_text(a.xattrs) x), '-'),
    encode(convert_to(p.owner_kind, 'UTF8'), 'hex'), encode(convert_to(p.owner_name, 'UTF8'), 'hex'), encode(convert_to(p.owner_reason, 'UTF8'), 'hex')) AS line
FROM paths p LEFT JOIN attributes a ON a.root = p.root_tree AND a.path = p.inode;
CREATE INDEX ON "moved_entries" (set_id, parent, name);
ANALYZE "moved_entries";

-- The first name of the segment that an entry of a large directory is in; a cut is never where what is in a directory before it comes after it.
CREATE TEMP TABLE "moved_segments_of" AS
WITH large AS (SELECT set_id, parent FROM moved_entries GROUP BY 1, 2 HAVING count(*) > 64),
cut AS (
  SELECT e.set_id, e.parent, e.name, row_number() OVER (PARTITION BY e.set_id, e.parent ORDER BY e.name) = 1 OR get_byte(sha256(e.name), 0) % 32 = 0 AND NOT EXISTS (
      SELECT FROM moved_entries d WHERE d.set_id = e.set_id AND d.parent = e.parent AND d.kind = 'directory' AND d.name < e.name
        AND substring(e.name FOR octet_length(d.name)) = d.name AND substring(e.name FROM octet_length(d.name) + 1) < '/'::bytea) AS cuts
  FROM moved_entries e JOIN large USING (set_id, parent)
), counted AS (SELECT set_id, parent, name, cuts, count(*) FILTER (WHERE cuts) OVER (PARTITION BY set_id, parent ORDER BY name) AS segment FROM cut)
SELECT set_id, parent, name, first_value(name) OVER (PARTITION BY set_id, parent, segment ORDER BY name) AS segment FROM counted;
CREATE INDEX ON "moved_segments_of" (set_id, parent, name);
ANALYZE "moved_segments_of";

-- Every node: a directory has no segment, a segment its first name.
CREATE TEMP TABLE "moved_nodes" (set_id BIGINT, path TEXT, segment BYTEA, digest TEXT, path_count INTEGER);
CREATE INDEX ON "moved_nodes" (set_id, path, segment);
DO $$
BEGIN
  FOR level IN REVERSE coalesce((SELECT max(depth) FROM moved_entries), 0) .. 0 LOOP
    INSERT INTO moved_nodes
    SELECT d.set_id, d.path, s.segment,
      encode(sha256(convert_to(E'provenroot owned directory 1\n' || coalesce(string_agg(e.line || ' ' || coalesce(below.digest, '-') || E'\n', '' ORDER BY e.name), ''), 'UTF8')), 'hex'),
      coalesce(sum(1 + coalesce(below.path_count, 0)) FILTER (WHERE e.name IS NOT NULL), 0)
    FROM (SELECT set_id, path FROM moved_entries WHERE kind = 'directory' AND depth = level UNION ALL SELECT id, '' FROM file_sets WHERE level = 0) d
    LEFT JOIN moved_entries e ON e.set_id = d.set_id AND e.parent = d.path
    LEFT JOIN moved_segments_of s ON s.set_id = e.set_id AND s.parent = e.parent AND s.name = e.name
    LEFT JOIN moved_nodes below ON below.set_id = e.set_id AND below.path = e.path AND below.segment IS NULL
    GROUP BY d.set_id, d.path, s.segment;
    INSERT INTO moved_nodes
    SELECT n.set_id, n.path, NULL, encode(sha256(convert_to(E'provenroot owned directory 1\n' || string_agg(encode(n.segment, 'hex') || ' segment ' || n.digest || E'\n', '' ORDER BY n.segment), 'UTF8')), 'hex'), sum(n.path_count)
    FROM moved_nodes n WHERE n.segment IS NOT NULL AND NOT EXISTS (SELECT FROM moved_nodes d WHERE d.set_id = n.set_id AND d.path = n.path AND d.segment IS NULL) GROUP BY n.set_id, n.path;
  END LOOP;
END
$$;
ANALYZE "moved_nodes";

INSERT INTO "path_owners" (kind, name, reason) SELECT DISTINCT kind, name, reason FROM file_owners ORDER BY 1, 2, 3;
INSERT INTO "root_directories" (digest, path_count) SELECT DISTINCT digest, path_count FROM moved_nodes ORDER BY 1;
CREATE TEMP TABLE "moved_chosen" AS SELECT DISTINCT ON (n.digest) r.id AS directory_id, n.set_id, n.path, n.segment FROM moved_nodes n JOIN root_directories r ON r.digest = n.digest ORDER BY n.digest, n.set_id, n.path, n.segment NULLS FIRST;
WITH entries AS (
  SELECT c.directory_id, e.*, o.id AS owner_id, k.id AS child_id, k.path_count AS below_count
  FROM moved_chosen c JOIN moved_entries e ON e.set_id = c.set_id AND e.parent = c.path
  JOIN path_owners o ON (o.kind, o.name, o.reason) = (e.owner_kind, e.owner_name, e.owner_reason)
  LEFT JOIN moved_segments_of s ON s.set_id = e.set_id AND s.parent = e.parent AND s.name = e.name
  LEFT JOIN moved_nodes m ON m.set_id = e.set_id AND m.path = e.path AND m.segment IS NULL LEFT JOIN root_directories k ON k.digest = m.digest
  WHERE s.segment IS NOT DISTINCT FROM c.segment
), items AS (
  SELECT directory_id, name, name AS key, 1 AS weight, false AS below FROM entries
  UNION ALL SELECT directory_id, name, name || '/'::bytea, below_count, true FROM entries WHERE child_id IS NOT NULL
), ranked AS (SELECT directory_id, name, below, sum(weight) OVER (PARTITION BY directory_id ORDER BY key) - weight AS rank FROM items)
INSERT INTO "root_entries"
SELECT e.directory_id, e.name, e.kind, e.mode, e.uid, e.gid, e.xattrs, e.size_bytes, e.sha256, e.target, e.major, e.minor, e.owner_id, e.child_id, own.rank, below.rank, e.below_count
FROM entries e JOIN ranked own ON own.directory_id = e.directory_id AND own.name = e.name AND NOT own.below
LEFT JOIN ranked below ON below.directory_id = e.directory_id AND below.name = e.name AND below.below;
INSERT INTO "root_entries" (directory_id, name, kind, child_id, below_rank, below_count)
SELECT c.directory_id, n.segment, 'segment', k.id, sum(n.path_count) OVER (PARTITION BY c.directory_id ORDER BY n.segment) - n.path_count, n.path_count
FROM moved_chosen c JOIN moved_nodes n ON n.set_id = c.set_id AND n.path = c.path AND n.segment IS NOT NULL JOIN root_directories k ON k.digest = n.digest WHERE c.segment IS NULL;

ALTER TABLE "file_sets" DISABLE TRIGGER append_only;
UPDATE "file_sets" s SET root_directory_id = r.id FROM moved_nodes m JOIN root_directories r ON r.digest = m.digest WHERE m.set_id = s.id AND m.path = '' AND m.segment IS NULL;
ALTER TABLE "file_sets" ENABLE TRIGGER append_only;
DO $$
BEGIN
  IF EXISTS (SELECT FROM file_sets s JOIN root_directories r ON r.id = s.root_directory_id WHERE r.path_count <> s.file_count) THEN
    RAISE EXCEPTION 'a set of files has paths without their directories: nothing was changed';
  END IF;
END
$$;
DROP TABLE "moved_entries", "moved_segments_of", "moved_nodes", "moved_chosen";

-- AlterTable
ALTER TABLE "file_sets" ALTER COLUMN "root_directory_id" SET NOT NULL;

-- DropTable
DROP TABLE "root_files";

-- DropTable
DROP TABLE "file_owners";

-- CreateIndex
CREATE UNIQUE INDEX "path_owners_kind_name_reason_key" ON "path_owners"("kind", "name", "reason");

-- CreateIndex
CREATE UNIQUE INDEX "root_directories_digest_key" ON "root_directories"("digest");

-- CreateIndex
CREATE INDEX "root_entries_sha256_directory_id_idx" ON "root_entries"("sha256", "directory_id");

-- CreateIndex
CREATE INDEX "root_entries_child_id_idx" ON "root_entries"("child_id");

-- CreateIndex
CREATE INDEX "file_sets_root_directory_id_idx" ON "file_sets"("root_directory_id");

-- AddForeignKey
ALTER TABLE "file_sets" ADD CONSTRAINT "file_sets_root_directory_id_fkey" FOREIGN KEY ("root_directory_id") REFERENCES "root_directories"("id") ON DELETE RESTRICT ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "root_entries" ADD CONSTRAINT "root_entries_directory_id_fkey" FOREIGN KEY ("directory_id") REFERENCES "root_directories"("id") ON DELETE RESTRICT ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "root_entries" ADD CONSTRAINT "root_entries_child_id_fkey" FOREIGN KEY ("child_id") REFERENCES "root_directories"("id") ON DELETE RESTRICT ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "root_entries" ADD CONSTRAINT "root_entries_owner_id_fkey" FOREIGN KEY ("owner_id") REFERENCES "path_owners"("id") ON DELETE RESTRICT ON UPDATE CASCADE;

-- ---- What Prisma cannot say: checks and triggers

ALTER TABLE "root_directories" ADD CONSTRAINT "root_directories_digest_whole" CHECK (octet_length("digest") = 64 AND "digest" !~ '[^0-9a-f]');
ALTER TABLE "root_entries" ADD CONSTRAINT "root_entries_sha256_whole" CHECK (octet_length("sha256") = 64 AND "sha256" !~ '[^0-9a-f]');
ALTER TABLE "root_entries" ADD CONSTRAINT "root_entries_kind_known"
  CHECK ("kind" IN ('directory', 'file', 'symlink', 'character-device', 'block-device', 'fifo', 'hard-link', 'segment'));
ALTER TABLE "root_entries" ADD CONSTRAINT "root_entries_content_by_kind"
  CHECK (num_nonnulls("child_id", "below_rank", "below_count") = CASE WHEN "kind" IN ('directory', 'segment') THEN 3 ELSE 0 END
    AND num_nonnulls("mode", "uid", "gid", "owner_id", "rank") = CASE WHEN "kind" = 'segment' THEN 0 ELSE 5 END AND ("kind" IN ('symlink', 'hard-link')) = ("target" IS NOT NULL));
DO $$
DECLARE
  fact text;
BEGIN
  FOREACH fact IN ARRAY ARRAY['path_owners', 'root_directories', 'root_entries'] LOOP
    EXECUTE format('CREATE TRIGGER append_only BEFORE UPDATE OR DELETE ON %I FOR EACH ROW EXECUTE FUNCTION refuse_change_of_fact()', fact);
    EXECUTE format('CREATE TRIGGER append_only_whole BEFORE TRUNCATE ON %I FOR EACH STATEMENT EXECUTE FUNCTION refuse_change_of_fact()', fact);
  END LOOP;
END
$$;
