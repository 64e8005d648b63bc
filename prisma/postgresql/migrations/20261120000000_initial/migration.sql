-- CreateTable
CREATE TABLE "agents" (
    "id" VARCHAR(36) COLLATE "C" NOT NULL,
    "name" VARCHAR(80) COLLATE "C" NOT NULL,
    "name_key" VARCHAR(190) COLLATE "C" NOT NULL,
    "enabled" BOOLEAN NOT NULL,
    "type" VARCHAR(32) COLLATE "C" NOT NULL,
    "discord_token" VARCHAR(512) COLLATE "C",
    "token_fingerprint" VARCHAR(64) COLLATE "C",
    "respond_to_dm" BOOLEAN NOT NULL,
    "respond_to_everyone" BOOLEAN NOT NULL,
    "respond_without_mention" BOOLEAN NOT NULL,
    "guild_whitelist" JSONB NOT NULL,
    "channel_whitelist" JSONB NOT NULL,
    "config" JSONB NOT NULL,
    "application_id" VARCHAR(20) COLLATE "C",
    "bot_user_id" VARCHAR(20) COLLATE "C",
    "bot_username" VARCHAR(80) COLLATE "C",
    "state" VARCHAR(20) COLLATE "C" NOT NULL,
    "state_reason" TEXT NOT NULL,
    "state_changed_at" TIMESTAMPTZ(3) NOT NULL,
    "created_at" TIMESTAMPTZ(3) NOT NULL,
    "updated_at" TIMESTAMPTZ(3) NOT NULL,

    CONSTRAINT "agents_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "gateway_sessions" (
    "agent_id" VARCHAR(36) COLLATE "C" NOT NULL,
    "shard_id" INTEGER NOT NULL,
    "shard_count" INTEGER NOT NULL,
    "application_id" VARCHAR(20) COLLATE "C" NOT NULL,
    "session_id" VARCHAR(190) COLLATE "C" NOT NULL,
    "resume_url" VARCHAR(500) COLLATE "C" NOT NULL,
    "message_content" BOOLEAN NOT NULL,
    "sequence" INTEGER NOT NULL,
    "updated_at" TIMESTAMPTZ(3) NOT NULL,

    CONSTRAINT "gateway_sessions_pkey" PRIMARY KEY ("agent_id", "shard_id")
);

-- AddForeignKey
ALTER TABLE "gateway_sessions" ADD CONSTRAINT "gateway_sessions_agent_id_fkey" FOREIGN KEY ("agent_id") REFERENCES "agents" ("id") ON DELETE CASCADE ON UPDATE CASCADE;

-- CreateTable
CREATE TABLE "identifies" (
    "id" VARCHAR(36) COLLATE "C" NOT NULL,
    "application_id" VARCHAR(20) COLLATE "C" NOT NULL,
    "at" TIMESTAMPTZ(3) NOT NULL,

    CONSTRAINT "identifies_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "exchanges" (
    "id" VARCHAR(36) COLLATE "C" NOT NULL,
    "agent_id" VARCHAR(36) COLLATE "C" NOT NULL,
    "message_id" VARCHAR(20) COLLATE "C" NOT NULL,
    "channel_id" VARCHAR(20) COLLATE "C" NOT NULL,
    "guild_id" VARCHAR(20) COLLATE "C",
    "user_id" VARCHAR(20) COLLATE "C" NOT NULL,
    "state" VARCHAR(20) COLLATE "C" NOT NULL,
    "reason" VARCHAR(190) COLLATE "C" NOT NULL,
    "question" TEXT NOT NULL,
    "admitted_at" TIMESTAMPTZ(3) NOT NULL,
    "finished_at" TIMESTAMPTZ(3),

    CONSTRAINT "exchanges_pkey" PRIMARY KEY ("id")
);

-- CreateIndex
CREATE UNIQUE INDEX "agents_name_key_key" ON "agents"("name_key");

-- CreateIndex
CREATE UNIQUE INDEX "agents_token_fingerprint_key" ON "agents"("token_fingerprint");

-- CreateIndex
CREATE INDEX "identifies_application_id_at_idx" ON "identifies"("application_id", "at");

-- CreateIndex
CREATE UNIQUE INDEX "exchanges_agent_id_message_id_key" ON "exchanges"("agent_id", "message_id");
