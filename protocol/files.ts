import type { DescFile } from "@bufbuild/protobuf";
import { file_holdfast_v1_audit } from "./generated/holdfast/v1/audit_pb.ts";
import { file_holdfast_v1_connection } from "./generated/holdfast/v1/connection_pb.ts";
import { file_holdfast_v1_failure } from "./generated/holdfast/v1/failure_pb.ts";
import { file_holdfast_v1_identity } from "./generated/holdfast/v1/identity_pb.ts";
import { file_holdfast_v1_operation } from "./generated/holdfast/v1/operation_pb.ts";
import { file_holdfast_v1_operations_kubernetes } from "./generated/holdfast/v1/operations_kubernetes_pb.ts";
import { file_holdfast_v1_operations_pulumi } from "./generated/holdfast/v1/operations_pulumi_pb.ts";
import { file_holdfast_v1_operations_runner } from "./generated/holdfast/v1/operations_runner_pb.ts";
import { file_holdfast_v1_options } from "./generated/holdfast/v1/options_pb.ts";
import { file_holdfast_v1_organization } from "./generated/holdfast/v1/organization_pb.ts";
import { file_holdfast_v1_runner } from "./generated/holdfast/v1/runner_pb.ts";
import { file_holdfast_v1_secret } from "./generated/holdfast/v1/secret_pb.ts";
import { file_holdfast_v1_service_account } from "./generated/holdfast/v1/service_account_pb.ts";
import { file_holdfast_v1_tunnel } from "./generated/holdfast/v1/tunnel_pb.ts";
import { file_holdfast_v1_variable } from "./generated/holdfast/v1/variable_pb.ts";

/** Every file of the protocol, for those who walk the schema: reflection, documentation, tests. */
export const protocolFiles: readonly DescFile[] = [
  file_holdfast_v1_audit,
  file_holdfast_v1_connection,
  file_holdfast_v1_failure,
  file_holdfast_v1_identity,
  file_holdfast_v1_operation,
  file_holdfast_v1_operations_kubernetes,
  file_holdfast_v1_operations_pulumi,
  file_holdfast_v1_operations_runner,
  file_holdfast_v1_options,
  file_holdfast_v1_organization,
  file_holdfast_v1_runner,
  file_holdfast_v1_secret,
  file_holdfast_v1_service_account,
  file_holdfast_v1_tunnel,
  file_holdfast_v1_variable,
];
