variable "package" {
  description = "The folder that `cargo xtask package` left, or that a release was unpacked to: archives and templates."
  type        = string
}

variable "code_bucket" {
  description = "A bucket in this Region for the functions' archives and the template."
  type        = string
}

variable "code_prefix" {
  description = "What their keys start with."
  type        = string
  default     = "ecr-sweep/"

  validation {
    condition     = var.code_prefix == "" || endswith(var.code_prefix, "/")
    error_message = "A prefix that is not empty ends with a slash."
  }
}

variable "policy" {
  description = "The policy's file. Check it first: `ecr-sweep check FILE`."
  type        = string
}

variable "deletion" {
  description = "Whether what is deployed can delete. It asks for approval first."
  type        = bool
  default     = false
}

variable "notices" {
  description = "Where notices go besides the topic (docs/notices.md): each secret by its whole ARN, as `aws_secretsmanager_secret` has it. Together at most 256 characters as JSON without keys."
  type = list(object({
    kind    = string
    secret  = string
    channel = optional(string)
    key     = optional(string)
  }))
  default = []

  validation {
    condition     = alltrue([for it in var.notices : can(regex("^arn:[a-z-]+:secretsmanager:[a-z0-9-]+:[0-9]{12}:secret:.+-[A-Za-z0-9]{6}$", it.secret))])
    error_message = "Each secret is the whole ARN of one, with the six characters at its end."
  }

  validation {
    condition     = alltrue([for it in var.notices : contains(["slack-webhook", "slack-token", "teams-webhook", "webhook"], it.kind)])
    error_message = "A kind is slack-webhook, slack-token, teams-webhook or webhook."
  }

  validation {
    condition     = length(jsonencode([for it in var.notices : { for member, value in { kind = it.kind, secret = it.secret, channel = it.channel } : member => value if value != null }])) <= 256
    error_message = "These notices take more than 256 characters: make templates of your own with `cargo xtask package`, beside an ecr-sweep.yaml that has them."
  }
}

variable "stack_name" {
  description = "The name of the CloudFormation stack."
  type        = string
  default     = "EcrSweep"
}

variable "cloudformation_role_arn" {
  description = "The role that CloudFormation makes the stack with; without it, the caller's."
  type        = string
  default     = null
}

variable "tags" {
  description = "Tags of the stack and of what it makes."
  type        = map(string)
  default     = {}
}
