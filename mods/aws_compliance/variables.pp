variable "database" {
  type        = connection.steampipe
  description = "The database that answers the queries. Its default is the inventory, or the local Steampipe where there is one."
  default     = connection.steampipe.default
}

variable "common_dimensions" {
  type        = list(string)
  description = "Columns that every result carries besides resource, status and reason. Any of account_id, region, partition, connection_name."
  default     = ["account_id", "region"]
}

variable "tag_dimensions" {
  type        = list(string)
  description = "Keys of resource tags that become result columns, for resources that have tags. For example [\"environment\", \"owner\"]."
  default     = []
}

locals {
  # `__alias__` stands for the table alias of the query that takes the columns in.
  dimension_columns = <<-EOQ
    %{~ for name in var.common_dimensions ~}
    %{~ if name == "connection_name" ~}
    , __alias__._ctx ->> 'connection_name' as connection_name
    %{~ else ~}
    , __alias__.${name}
    %{~ endif ~}
    %{~ endfor ~}
  EOQ

  tag_columns = <<-EOQ
    %{~ for key in var.tag_dimensions ~}
    , __alias__.tags ->> '${replace(key, "'", "''")}' as "${replace(key, "\"", "\"\"")}"
    %{~ endfor ~}
  EOQ
}
