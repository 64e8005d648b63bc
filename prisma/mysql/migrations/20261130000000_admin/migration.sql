-- AlterTable
ALTER TABLE `agents` ADD COLUMN `version` INTEGER NOT NULL DEFAULT 1;
ALTER TABLE `agents` ADD COLUMN `paused_at` DATETIME(3);
ALTER TABLE `agents` ADD COLUMN `presence` TEXT;

-- CreateTable
CREATE TABLE `admin_users` (
    `id` VARCHAR(36) NOT NULL,
    `name` VARCHAR(80) NOT NULL,
    `name_key` VARCHAR(190) NOT NULL,
    `role` VARCHAR(20) NOT NULL,
    `password_hash` VARCHAR(255) NOT NULL,
    `failed_logins` INTEGER NOT NULL DEFAULT 0,
    `locked_until` DATETIME(3) NULL,
    `created_at` DATETIME(3) NOT NULL,
    `updated_at` DATETIME(3) NOT NULL,

    PRIMARY KEY (`id`)
) DEFAULT CHARACTER SET utf8mb4 COLLATE utf8mb4_bin ENGINE = InnoDB;

-- CreateIndex
CREATE UNIQUE INDEX `admin_users_name_key_key` ON `admin_users`(`name_key`);

-- CreateTable
CREATE TABLE `admin_sessions` (
    `id` VARCHAR(36) NOT NULL,
    `admin_user_id` VARCHAR(36) NOT NULL,
    `token_hash` VARCHAR(64) NOT NULL,
    `address` VARCHAR(64) NOT NULL,
    `user_agent` VARCHAR(190) NOT NULL,
    `created_at` DATETIME(3) NOT NULL,
    `last_used_at` DATETIME(3) NOT NULL,
    `expires_at` DATETIME(3) NOT NULL,

    PRIMARY KEY (`id`)
) DEFAULT CHARACTER SET utf8mb4 COLLATE utf8mb4_bin ENGINE = InnoDB;

-- CreateIndex
CREATE UNIQUE INDEX `admin_sessions_token_hash_key` ON `admin_sessions`(`token_hash`);

-- CreateIndex
CREATE INDEX `admin_sessions_admin_user_id_idx` ON `admin_sessions`(`admin_user_id`);

-- AddForeignKey
ALTER TABLE `admin_sessions` ADD CONSTRAINT `admin_sessions_admin_user_id_fkey` FOREIGN KEY (`admin_user_id`) REFERENCES `admin_users` (`id`) ON DELETE CASCADE ON UPDATE CASCADE;

-- CreateTable
CREATE TABLE `api_tokens` (
    `id` VARCHAR(36) NOT NULL,
    `admin_user_id` VARCHAR(36) NOT NULL,
    `name` VARCHAR(80) NOT NULL,
    `token_hash` VARCHAR(64) NOT NULL,
    `role` VARCHAR(20) NOT NULL,
    `scopes` TEXT NOT NULL,
    `created_at` DATETIME(3) NOT NULL,
    `last_used_at` DATETIME(3) NULL,
    `expires_at` DATETIME(3) NULL,

    PRIMARY KEY (`id`)
) DEFAULT CHARACTER SET utf8mb4 COLLATE utf8mb4_bin ENGINE = InnoDB;

-- CreateIndex
CREATE UNIQUE INDEX `api_tokens_token_hash_key` ON `api_tokens`(`token_hash`);

-- CreateIndex
CREATE INDEX `api_tokens_admin_user_id_idx` ON `api_tokens`(`admin_user_id`);

-- AddForeignKey
ALTER TABLE `api_tokens` ADD CONSTRAINT `api_tokens_admin_user_id_fkey` FOREIGN KEY (`admin_user_id`) REFERENCES `admin_users` (`id`) ON DELETE CASCADE ON UPDATE CASCADE;

-- CreateTable
CREATE TABLE `audit_entries` (
    `sequence` BIGINT NOT NULL,
    `at` DATETIME(3) NOT NULL,
    `actor_kind` VARCHAR(20) NOT NULL,
    `actor_id` VARCHAR(190) NOT NULL,
    `actor_name` VARCHAR(190) NOT NULL,
    `action` VARCHAR(80) NOT NULL,
    `subject_kind` VARCHAR(40) NOT NULL,
    `subject_id` VARCHAR(190) NOT NULL,
    `state_before` MEDIUMTEXT NULL,
    `state_after` MEDIUMTEXT NULL,
    `hash` VARCHAR(64) NOT NULL,

    PRIMARY KEY (`sequence`)
) DEFAULT CHARACTER SET utf8mb4 COLLATE utf8mb4_bin ENGINE = InnoDB;

-- CreateIndex
CREATE INDEX `audit_entries_subject_kind_subject_id_idx` ON `audit_entries`(`subject_kind`, `subject_id`);

-- CreateTable
CREATE TABLE `bot_commands` (
    `id` VARCHAR(36) NOT NULL,
    `agent_id` VARCHAR(36) NOT NULL,
    `kind` VARCHAR(20) NOT NULL,
    `payload` MEDIUMTEXT NOT NULL,
    `requested_by` VARCHAR(190) NOT NULL,
    `requested_at` DATETIME(3) NOT NULL,
    `expires_at` DATETIME(3) NULL,
    `taken_at` DATETIME(3) NULL,
    `attempts` INTEGER NOT NULL DEFAULT 0,
    `state` VARCHAR(20) NOT NULL,
    `result` TEXT NOT NULL,
    `finished_at` DATETIME(3) NULL,

    PRIMARY KEY (`id`)
) DEFAULT CHARACTER SET utf8mb4 COLLATE utf8mb4_bin ENGINE = InnoDB;

-- CreateIndex
CREATE INDEX `bot_commands_state_idx` ON `bot_commands`(`state`);

-- CreateIndex
CREATE INDEX `bot_commands_agent_id_idx` ON `bot_commands`(`agent_id`);

-- CreateTable
CREATE TABLE `incidents` (
    `id` VARCHAR(36) NOT NULL,
    `agent_id` VARCHAR(36) NULL,
    `host_id` VARCHAR(36) NOT NULL,
    `component` VARCHAR(80) NOT NULL,
    `severity` VARCHAR(20) NOT NULL,
    `reason` VARCHAR(190) NOT NULL,
    `message` TEXT NOT NULL,
    `action` VARCHAR(20) NOT NULL,
    `attempts` INTEGER NOT NULL,
    `started_at` DATETIME(3) NOT NULL,
    `last_at` DATETIME(3) NOT NULL,
    `ended_at` DATETIME(3) NULL,
    `helped` BOOLEAN NULL,

    PRIMARY KEY (`id`)
) DEFAULT CHARACTER SET utf8mb4 COLLATE utf8mb4_bin ENGINE = InnoDB;

-- CreateIndex
CREATE INDEX `incidents_ended_at_idx` ON `incidents`(`ended_at`);

-- CreateIndex
CREATE INDEX `incidents_agent_id_idx` ON `incidents`(`agent_id`);

-- CreateTable
CREATE TABLE `idempotency_keys` (
    `id` VARCHAR(64) NOT NULL,
    `request_hash` VARCHAR(64) NOT NULL,
    `status` INTEGER NULL,
    `response` MEDIUMTEXT NULL,
    `created_at` DATETIME(3) NOT NULL,

    PRIMARY KEY (`id`)
) DEFAULT CHARACTER SET utf8mb4 COLLATE utf8mb4_bin ENGINE = InnoDB;

-- CreateIndex
CREATE INDEX `idempotency_keys_created_at_idx` ON `idempotency_keys`(`created_at`);
