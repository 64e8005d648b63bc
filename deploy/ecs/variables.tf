variable "name" {
  description = "What everything here is named."
  type        = string
  default     = "troupe"

  validation {
    condition     = can(regex("^[a-z][a-z0-9-]{0,30}$", var.name))
    error_message = "name has to begin with a letter and to hold lower-case letters, digits and hyphens, at most 31."
  }
}

variable "region" {
  description = "The region, such as eu-central-1."
  type        = string

  validation {
    condition     = can(regex("^[a-z]{2}(-[a-z]+)+-[0-9]$", var.region))
    error_message = "region has to be one of AWS, such as eu-central-1."
  }
}

variable "tags" {
  description = "Tags of everything here, besides application."
  type        = map(string)
  default     = {}
}

variable "image" {
  description = "The image that you have built and pushed, with a tag of its own or a digest."
  type        = string

  validation {
    condition     = can(regex("^[^\\s:]+(:[0-9]+/[^\\s:]+)?(:[A-Za-z0-9_][A-Za-z0-9_.-]*|@sha256:[0-9a-f]{64})$", var.image)) && !endswith(var.image, ":latest")
    error_message = "image has to name a tag other than latest, or a digest, so that everybody knows what runs."
  }
}

variable "architecture" {
  description = "What the image was built for: X86_64 or ARM64."
  type        = string
  default     = "X86_64"

  validation {
    condition     = contains(["X86_64", "ARM64"], var.architecture)
    error_message = "architecture has to be X86_64 or ARM64."
  }
}

variable "vpc_id" {
  description = "The network that the hosts run in."
  type        = string

  validation {
    condition     = startswith(var.vpc_id, "vpc-")
    error_message = "vpc_id has to be the id of a VPC: vpc-..."
  }
}

variable "subnet_ids" {
  description = "Its subnets; with a way to the internet, which Discord and language models are on."
  type        = list(string)

  validation {
    condition     = length(var.subnet_ids) > 0 && alltrue([for id in var.subnet_ids : startswith(id, "subnet-")])
    error_message = "subnet_ids has to name at least one subnet: subnet-..."
  }
}

variable "assign_public_ip" {
  description = "true in public subnets without a NAT gateway. Nobody gets in by that address: nothing is let in."
  type        = bool
  default     = false
}

variable "cluster_arn" {
  description = "A cluster that is there already. null: one is made."
  type        = string
  default     = null

  validation {
    condition     = var.cluster_arn == null || can(regex("^arn:[a-z-]+:ecs:", var.cluster_arn))
    error_message = "cluster_arn has to be the ARN of an ECS cluster, or null."
  }
}

variable "database_port" {
  description = "The port of the database in DATABASE_URL."
  type        = number
  default     = 5432

  validation {
    condition     = var.database_port >= 1 && var.database_port <= 65535 && floor(var.database_port) == var.database_port
    error_message = "database_port has to be a port, 1 to 65535."
  }
}

variable "database_security_group_id" {
  description = "The security group of the database. It has to let the output security_group_id in."
  type        = string

  validation {
    condition     = startswith(var.database_security_group_id, "sg-")
    error_message = "database_security_group_id has to be the id of a security group: sg-..."
  }
}

variable "monitoring_security_group_ids" {
  description = "Who may ask for metrics, probes and the admin pages, on port 23459. Empty: nobody."
  type        = set(string)
  default     = []

  validation {
    condition     = alltrue([for id in var.monitoring_security_group_ids : startswith(id, "sg-")])
    error_message = "monitoring_security_group_ids has to hold ids of security groups: sg-..."
  }
}

variable "secrets" {
  description = "Settings that are secret: name to ARN in Secrets Manager, :KEY:: at its end for one key of a JSON secret. All hosts share SECRET_KEY."
  type        = map(string)

  validation {
    condition     = alltrue([for name in ["DATABASE_URL", "SECRET_KEY"] : contains(keys(var.secrets), name)])
    error_message = "secrets has to name DATABASE_URL and SECRET_KEY: what a task writes down by itself ends with it."
  }

  validation {
    condition     = alltrue([for arn in values(var.secrets) : can(regex("^arn:[a-z-]+:secretsmanager:[^:]+:[0-9]+:secret:[^:]+(:[^:]*:[^:]*:[^:]*)?$", arn))])
    error_message = "Each of secrets has to be the whole ARN of a secret, never the secret itself."
  }
}

variable "secrets_kms_key_arns" {
  description = "The keys of your own that those secrets are encrypted with, if they are."
  type        = list(string)
  default     = []

  validation {
    condition     = alltrue([for arn in var.secrets_kms_key_arns : can(regex("^arn:[a-z-]+:kms:", arn))])
    error_message = "secrets_kms_key_arns has to hold ARNs of KMS keys."
  }
}

variable "settings" {
  description = "Further settings that are not secret, as in .env.example."
  type        = map(string)
  default     = {}

  validation {
    condition     = alltrue([for name in keys(var.settings) : !can(regex("(_API_KEY|_TOKEN|PASSWORD|^SECRET_KEY|^DATABASE_URL)", name))])
    error_message = "settings are shown to everybody who may look at the task: name this one in secrets."
  }

  validation {
    condition     = length(setintersection(keys(var.settings), ["AGENTS_FILE", "SHUTDOWN_TIMEOUT", "HTTP_PORT"])) == 0
    error_message = "AGENTS_FILE and SHUTDOWN_TIMEOUT have variables of their own, and HTTP_PORT stays 23459."
  }
}

variable "agents_file" {
  description = "The agents, as s3://BUCKET/KEY or s3://BUCKET/FOLDER/. Empty: the table is edited by commands alone."
  type        = string
  default     = ""

  validation {
    condition     = var.agents_file == "" || can(regex("^s3://[a-z0-9.-]+/[^*?]+$", var.agents_file))
    error_message = "agents_file has to be s3://BUCKET/KEY or s3://BUCKET/FOLDER/."
  }
}

variable "host_count" {
  description = "Hosts that share the bots, each with room for MAX_CONCURRENT_BOTS. 0 stops all of them."
  type        = number
  default     = 1

  validation {
    condition     = var.host_count >= 0 && var.host_count <= 50 && floor(var.host_count) == var.host_count
    error_message = "host_count has to be a whole number, 0 to 50."
  }
}

variable "cpu" {
  description = "CPU units of a host; 1024 are one core."
  type        = number
  default     = 256

  validation {
    condition     = contains([256, 512, 1024, 2048, 4096], var.cpu)
    error_message = "cpu has to be 256, 512, 1024, 2048 or 4096."
  }
}

variable "memory" {
  description = "Memory of a host, in MiB. Fargate allows 2 to 8 times the CPU units, and 512 with 256 of them."
  type        = number
  default     = 512

  validation {
    condition     = var.memory >= 2 * var.cpu && var.memory <= 8 * var.cpu && (var.memory % 1024 == 0 || var.memory == 512)
    error_message = "memory has to be 512, or a multiple of 1024, from 2 to 8 times cpu."
  }
}

variable "shutdown_timeout" {
  description = "Seconds that a host finishes answers in when it is stopped. Fargate kills it 15 seconds later, 120 at most."
  type        = number
  default     = 30

  validation {
    condition     = var.shutdown_timeout >= 0 && var.shutdown_timeout <= 105
    error_message = "shutdown_timeout has to be 0 to 105 seconds."
  }
}

variable "log_retention_days" {
  description = "Days that CloudWatch keeps the log."
  type        = number
  default     = 30

  validation {
    condition     = contains([1, 3, 5, 7, 14, 30, 60, 90, 120, 150, 180, 365, 400, 545, 731], var.log_retention_days)
    error_message = "log_retention_days has to be one of those that CloudWatch knows: 7, 14, 30, 90, 365, ..."
  }
}
