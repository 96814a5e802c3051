variable "v" {
  type        = list(string)
  default     = ["account_id", "region"]
  description = "Which dimensions to add."
}

variable "db" {
  type    = connection.steampipe
  default = connection.steampipe.default
}

locals {
  tags = { service = "AWS/IAM", category = "Compliance" }
  dims = <<-EOQ
  %{~ for d in var.v ~}
  , __Q__${d}
  %{~ endfor ~}
  EOQ
  a    = replace(local.dims, "__Q__", "t.")
}

query "q" {
  sql = <<-EOQ
    select
      arn as resource,
      case when x > $1 then 'ok' else 'alarm' end as status, -- $${kept}
      'é' as reason
      ${local.a}
      %{if contains(var.v, "region")}, region%{else}, 1%{endif}
    from
      t
  EOQ

  param "days" {
    description = "How many days."
    default     = 90
  }
}

control "c" {
  title         = "1.1 ${upper("ensure")}"
  description   = "A\n\"b\"\t\\"
  query         = query.q
  severity      = "high"
  tags          = merge(local.tags, { cis = "true", item = [for i, x in ["1", "2"] : x][0] })
  args          = { "days" = 30 }
}

control "d" {
  base  = control.c
  title = "${control.c.title} (again)"
}

benchmark "b" {
  title    = "Section"
  children = [
    control.c,
    control.d,
    benchmark.empty
  ]
}

benchmark "empty" {}

dashboard "dash" {
  title = "D"
  input "i" {
    type = "text"
  }
  container {
    card {
      query = query.q
      args  = [self.input.i.value]
    }
    graph {
      node "n" {
        sql = "select 1"
      }
    }
  }
  table {
    sql = "select 1"
    column "x" {
      display = true ? "none" : "all"
    }
  }
}

detection "det" {
  sql = "select ${1 + 2 * 3}, '${jsonencode({ a = [1, null] })}'"
}
