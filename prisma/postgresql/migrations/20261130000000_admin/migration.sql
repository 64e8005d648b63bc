-- AlterTable
ALTER TABLE "agents" ADD COLUMN "version" INTEGER NOT NULL DEFAULT 1;
ALTER TABLE "agents" ADD COLUMN "paused_at" TIMESTAMPTZ(3);
ALTER TABLE "agents" ADD COLUMN "presence" TEXT;

-- CreateTable
CREATE TABLE "admin_users" (
    "id" VARCHAR(36) COLLATE "C" NOT NULL,
    "name" VARCHAR(80) COLLATE "C" NOT NULL,
    "name_key" VARCHAR(190) COLLATE "C" NOT NULL,
    "role" VARCHAR(20) COLLATE "C" NOT NULL,
    "password_hash" VARCHAR(255) COLLATE "C" NOT NULL,
    "failed_logins" INTEGER NOT NULL DEFAULT 0,
    "locked_until" TIMESTAMPTZ(3),
    "created_at" TIMESTAMPTZ(3) NOT NULL,
    "updated_at" TIMESTAMPTZ(3) NOT NULL,

    CONSTRAINT "admin_users_pkey" PRIMARY KEY ("id")
);

-- CreateIndex
CREATE UNIQUE INDEX "admin_users_name_key_key" ON "admin_users"("name_key");

-- CreateTable
CREATE TABLE "admin_sessions" (
    "id" VARCHAR(36) COLLATE "C" NOT NULL,
    "admin_user_id" VARCHAR(36) COLLATE "C" NOT NULL,
    "token_hash" VARCHAR(64) COLLATE "C" NOT NULL,
    "address" VARCHAR(64) COLLATE "C" NOT NULL,
    "user_agent" VARCHAR(190) COLLATE "C" NOT NULL,
    "created_at" TIMESTAMPTZ(3) NOT NULL,
    "last_used_at" TIMESTAMPTZ(3) NOT NULL,
    "expires_at" TIMESTAMPTZ(3) NOT NULL,

    CONSTRAINT "admin_sessions_pkey" PRIMARY KEY ("id")
);

-- CreateIndex
CREATE UNIQUE INDEX "admin_sessions_token_hash_key" ON "admin_sessions"("token_hash");

-- CreateIndex
CREATE INDEX "admin_sessions_admin_user_id_idx" ON "admin_sessions"("admin_user_id");

-- AddForeignKey
ALTER TABLE "admin_sessions" ADD CONSTRAINT "admin_sessions_admin_user_id_fkey" FOREIGN KEY ("admin_user_id") REFERENCES "admin_users" ("id") ON DELETE CASCADE ON UPDATE CASCADE;

-- CreateTable
CREATE TABLE "api_tokens" (
    "id" VARCHAR(36) COLLATE "C" NOT NULL,
    "admin_user_id" VARCHAR(36) COLLATE "C" NOT NULL,
    "name" VARCHAR(80) COLLATE "C" NOT NULL,
    "token_hash" VARCHAR(64) COLLATE "C" NOT NULL,
    "role" VARCHAR(20) COLLATE "C" NOT NULL,
    "scopes" TEXT NOT NULL,
    "created_at" TIMESTAMPTZ(3) NOT NULL,
    "last_used_at" TIMESTAMPTZ(3),
    "expires_at" TIMESTAMPTZ(3),

    CONSTRAINT "api_tokens_pkey" PRIMARY KEY ("id")
);

-- CreateIndex
CREATE UNIQUE INDEX "api_tokens_token_hash_key" ON "api_tokens"("token_hash");

-- CreateIndex
CREATE INDEX "api_tokens_admin_user_id_idx" ON "api_tokens"("admin_user_id");

-- AddForeignKey
ALTER TABLE "api_tokens" ADD CONSTRAINT "api_tokens_admin_user_id_fkey" FOREIGN KEY ("admin_user_id") REFERENCES "admin_users" ("id") ON DELETE CASCADE ON UPDATE CASCADE;

-- CreateTable
CREATE TABLE "audit_entries" (
    "sequence" BIGINT NOT NULL,
    "at" TIMESTAMPTZ(3) NOT NULL,
    "actor_kind" VARCHAR(20) COLLATE "C" NOT NULL,
    "actor_id" VARCHAR(190) COLLATE "C" NOT NULL,
    "actor_name" VARCHAR(190) COLLATE "C" NOT NULL,
    "action" VARCHAR(80) COLLATE "C" NOT NULL,
    "subject_kind" VARCHAR(40) COLLATE "C" NOT NULL,
    "subject_id" VARCHAR(190) COLLATE "C" NOT NULL,
    "state_before" TEXT,
    "state_after" TEXT,
    "hash" VARCHAR(64) COLLATE "C" NOT NULL,

    CONSTRAINT "audit_entries_pkey" PRIMARY KEY ("sequence")
);

-- CreateIndex
CREATE INDEX "audit_entries_subject_kind_subject_id_idx" ON "audit_entries"("subject_kind", "subject_id");

-- CreateTable
CREATE TABLE "bot_commands" (
    "id" VARCHAR(36) COLLATE "C" NOT NULL,
    "agent_id" VARCHAR(36) COLLATE "C" NOT NULL,
    "kind" VARCHAR(20) COLLATE "C" NOT NULL,
    "payload" TEXT NOT NULL,
    "requested_by" VARCHAR(190) COLLATE "C" NOT NULL,
    "requested_at" TIMESTAMPTZ(3) NOT NULL,
    "expires_at" TIMESTAMPTZ(3),
    "taken_at" TIMESTAMPTZ(3),
    "attempts" INTEGER NOT NULL DEFAULT 0,
    "state" VARCHAR(20) COLLATE "C" NOT NULL,
    "result" TEXT NOT NULL,
    "finished_at" TIMESTAMPTZ(3),

    CONSTRAINT "bot_commands_pkey" PRIMARY KEY ("id")
);

-- CreateIndex
CREATE INDEX "bot_commands_state_idx" ON "bot_commands"("state");

-- CreateIndex
CREATE INDEX "bot_commands_agent_id_idx" ON "bot_commands"("agent_id");

-- CreateTable
CREATE TABLE "incidents" (
    "id" VARCHAR(36) COLLATE "C" NOT NULL,
    "agent_id" VARCHAR(36) COLLATE "C",
    "host_id" VARCHAR(36) COLLATE "C" NOT NULL,
    "component" VARCHAR(80) COLLATE "C" NOT NULL,
    "severity" VARCHAR(20) COLLATE "C" NOT NULL,
    "reason" VARCHAR(190) COLLATE "C" NOT NULL,
    "message" TEXT NOT NULL,
    "action" VARCHAR(20) COLLATE "C" NOT NULL,
    "attempts" INTEGER NOT NULL,
    "started_at" TIMESTAMPTZ(3) NOT NULL,
    "last_at" TIMESTAMPTZ(3) NOT NULL,
    "ended_at" TIMESTAMPTZ(3),
    "helped" BOOLEAN,

    CONSTRAINT "incidents_pkey" PRIMARY KEY ("id")
);

-- CreateIndex
CREATE INDEX "incidents_ended_at_idx" ON "incidents"("ended_at");

-- CreateIndex
CREATE INDEX "incidents_agent_id_idx" ON "incidents"("agent_id");

-- CreateTable
CREATE TABLE "idempotency_keys" (
    "id" VARCHAR(64) COLLATE "C" NOT NULL,
    "request_hash" VARCHAR(64) COLLATE "C" NOT NULL,
    "status" INTEGER,
    "response" TEXT,
    "created_at" TIMESTAMPTZ(3) NOT NULL,

    CONSTRAINT "idempotency_keys_pkey" PRIMARY KEY ("id")
);

-- CreateIndex
CREATE INDEX "idempotency_keys_created_at_idx" ON "idempotency_keys"("created_at");
