-- CreateTable
CREATE TABLE "agents" (
    "id" TEXT NOT NULL PRIMARY KEY,
    "name" TEXT NOT NULL,
    "name_key" TEXT NOT NULL,
    "enabled" BOOLEAN NOT NULL,
    "type" TEXT NOT NULL,
    "discord_token" TEXT,
    "token_fingerprint" TEXT,
    "respond_to_dm" BOOLEAN NOT NULL,
    "respond_to_everyone" BOOLEAN NOT NULL,
    "respond_without_mention" BOOLEAN NOT NULL,
    "guild_whitelist" JSONB NOT NULL,
    "channel_whitelist" JSONB NOT NULL,
    "config" JSONB NOT NULL,
    "application_id" TEXT,
    "bot_user_id" TEXT,
    "bot_username" TEXT,
    "state" TEXT NOT NULL,
    "state_reason" TEXT NOT NULL,
    "state_changed_at" DATETIME NOT NULL,
    "created_at" DATETIME NOT NULL,
    "updated_at" DATETIME NOT NULL
);

-- CreateTable
CREATE TABLE "gateway_sessions" (
    "agent_id" TEXT NOT NULL,
    "shard_id" INTEGER NOT NULL,
    "shard_count" INTEGER NOT NULL,
    "application_id" TEXT NOT NULL,
    "session_id" TEXT NOT NULL,
    "resume_url" TEXT NOT NULL,
    "message_content" BOOLEAN NOT NULL,
    "sequence" INTEGER NOT NULL,
    "updated_at" DATETIME NOT NULL,

    PRIMARY KEY ("agent_id", "shard_id"),
    CONSTRAINT "gateway_sessions_agent_id_fkey" FOREIGN KEY ("agent_id") REFERENCES "agents" ("id") ON DELETE CASCADE ON UPDATE CASCADE
);

-- CreateTable
CREATE TABLE "identifies" (
    "id" TEXT NOT NULL PRIMARY KEY,
    "application_id" TEXT NOT NULL,
    "at" DATETIME NOT NULL
);

-- CreateTable
CREATE TABLE "exchanges" (
    "id" TEXT NOT NULL PRIMARY KEY,
    "agent_id" TEXT NOT NULL,
    "message_id" TEXT NOT NULL,
    "channel_id" TEXT NOT NULL,
    "guild_id" TEXT,
    "user_id" TEXT NOT NULL,
    "state" TEXT NOT NULL,
    "reason" TEXT NOT NULL,
    "question" TEXT NOT NULL,
    "admitted_at" DATETIME NOT NULL,
    "finished_at" DATETIME
);

-- CreateIndex
CREATE UNIQUE INDEX "agents_name_key_key" ON "agents"("name_key");

-- CreateIndex
CREATE UNIQUE INDEX "agents_token_fingerprint_key" ON "agents"("token_fingerprint");

-- CreateIndex
CREATE INDEX "identifies_application_id_at_idx" ON "identifies"("application_id", "at");

-- CreateIndex
CREATE UNIQUE INDEX "exchanges_agent_id_message_id_key" ON "exchanges"("agent_id", "message_id");
