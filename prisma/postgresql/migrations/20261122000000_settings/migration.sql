-- CreateTable
CREATE TABLE "settings" (
    "name" VARCHAR(80) COLLATE "C" NOT NULL,
    "value" VARCHAR(190) COLLATE "C" NOT NULL,
    "updated_at" TIMESTAMPTZ(3) NOT NULL,

    CONSTRAINT "settings_pkey" PRIMARY KEY ("name")
);
