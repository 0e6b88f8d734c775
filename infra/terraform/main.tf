# ecr-sweep, as the template that `cargo xtask package` leaves, in one account and Region.

terraform {
  required_version = ">= 1.5"

  required_providers {
    aws = {
      source  = "hashicorp/aws"
      version = ">= 5.0"
    }
  }
}

locals {
  template = var.deletion ? "EcrSweep-deletion.template.json" : "EcrSweep-dry-run.template.json"

  # A template is read from its address once a change of the stack, so another one has another address.
  template_key = "${var.code_prefix}${filesha256("${var.package}/${local.template}")}.template.json"

  # What notify is told: nothing of keys, and of a channel where there is one.
  notices = jsonencode([
    for it in var.notices : {
      for member, value in { kind = it.kind, secret = it.secret, channel = it.channel } : member => value if value != null
    }
  ])
}

data "aws_s3_bucket" "code" {
  bucket = var.code_bucket
}

# The names have a part of the archives' digests. Those of an earlier release go with the next one: what
# Lambda was given it keeps a copy of, so nothing needs them any more.
resource "aws_s3_object" "archive" {
  for_each = fileset(var.package, "*.zip")

  bucket      = data.aws_s3_bucket.code.id
  key         = "${var.code_prefix}${each.value}"
  source      = "${var.package}/${each.value}"
  source_hash = filesha256("${var.package}/${each.value}")
}

resource "aws_s3_object" "template" {
  bucket      = data.aws_s3_bucket.code.id
  key         = local.template_key
  source      = "${var.package}/${local.template}"
  source_hash = filesha256("${var.package}/${local.template}")
}

resource "aws_cloudformation_stack" "home" {
  name         = var.stack_name
  template_url = "https://${data.aws_s3_bucket.code.bucket_regional_domain_name}/${aws_s3_object.template.key}"
  capabilities = ["CAPABILITY_NAMED_IAM"]
  iam_role_arn = var.cloudformation_role_arn
  tags         = var.tags

  parameters = {
    CodeBucket    = data.aws_s3_bucket.code.id
    CodePrefix    = var.code_prefix
    Notices       = local.notices
    NoticeSecrets = join(",", distinct([for it in var.notices : it.secret]))
    NoticeKeys    = join(",", distinct([for it in var.notices : it.key if it.key != null]))
  }

  depends_on = [aws_s3_object.archive]
}

# The functions read it from here at the start of each run.
resource "aws_s3_object" "policy" {
  bucket       = aws_cloudformation_stack.home.outputs["BucketName"]
  key          = "policy.yaml"
  source       = var.policy
  source_hash  = filesha256(var.policy)
  content_type = "application/yaml"
}
