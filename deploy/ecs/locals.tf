locals {
  port = 23459

  # Without the key, stage and version that may stand at the end of a secret's ARN.
  secret_arns = distinct([for arn in values(var.secrets) : join(":", slice(split(":", arn), 0, 7))])

  agents_bucket = one(regexall("^s3://([^/]+)/", var.agents_file)[*][0])
  agents_key    = one(regexall("^s3://[^/]+/(.+)$", var.agents_file)[*][0])
  agents_folder = endswith(var.agents_file, "/")

  cluster_arn = coalesce(var.cluster_arn, one(aws_ecs_cluster.this[*].arn))

  settings = merge(
    { SHUTDOWN_TIMEOUT = tostring(var.shutdown_timeout) },
    var.agents_file == "" ? {} : { AGENTS_FILE = var.agents_file },
    var.settings,
  )
}

data "aws_caller_identity" "current" {}

data "aws_partition" "current" {}
