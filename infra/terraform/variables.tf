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
  description = "The policy's file. Check it first: `ecr-sweep check --policy FILE`."
  type        = string
}

variable "deletion" {
  description = "Whether what is deployed can delete. It asks for approval first."
  type        = bool
  default     = false
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
