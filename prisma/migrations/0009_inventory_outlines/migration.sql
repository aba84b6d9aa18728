-- CreateTable
CREATE TABLE "inventory_outlines" (
    "inventory_digest" TEXT NOT NULL,
    "format" INTEGER NOT NULL,
    "sha256" TEXT NOT NULL,

    CONSTRAINT "inventory_outlines_pkey" PRIMARY KEY ("inventory_digest")
);

-- AddForeignKey
ALTER TABLE "inventory_outlines" ADD CONSTRAINT "inventory_outlines_inventory_digest_fkey" FOREIGN KEY ("inventory_digest") REFERENCES "inventories"("digest") ON DELETE RESTRICT ON UPDATE CASCADE;

-- ---- What Prisma cannot say

ALTER TABLE "inventory_outlines" ADD CONSTRAINT "inventory_outlines_inventory_digest_whole" CHECK (octet_length("inventory_digest") = 64 AND "inventory_digest" !~ '[^0-9a-f]');
ALTER TABLE "inventory_outlines" ADD CONSTRAINT "inventory_outlines_sha256_whole" CHECK (octet_length("sha256") = 64 AND "sha256" !~ '[^0-9a-f]');
