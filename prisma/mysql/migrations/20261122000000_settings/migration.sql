-- CreateTable
CREATE TABLE `settings` (
    `name` VARCHAR(80) NOT NULL,
    `value` VARCHAR(190) NOT NULL,
    `updated_at` DATETIME(3) NOT NULL,

    PRIMARY KEY (`name`)
) DEFAULT CHARACTER SET utf8mb4 COLLATE utf8mb4_bin ENGINE = InnoDB;
