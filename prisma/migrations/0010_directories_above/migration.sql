-- Which directories hold a directory is read from the index alone.

-- DropIndex
DROP INDEX "root_entries_child_id_idx";

-- CreateIndex
CREATE INDEX "root_entries_child_id_directory_id_idx" ON "root_entries"("child_id", "directory_id");
