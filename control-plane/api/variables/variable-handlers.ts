import type { MessageInitShape } from "@bufbuild/protobuf";
import {
  type VariableSchema,
  VariableService,
} from "@holdfast/protocol/generated/holdfast/v1/variable_pb.ts";
import { actorOf } from "../../access/caller.ts";
import type { Variable } from "../../variables/variable.ts";
import {
  createVariable,
  deleteVariable,
  findVariable,
  updateVariable,
  type VariableDependencies,
} from "../../variables/variable-life-cycle.ts";
import { type Handler, organizationOf, unary } from "../handler.ts";
import { momentOf, pageQueryOf, pageResponseOf } from "../page-mapping.ts";

/** Everything that callers can do with variables. */
export function variableHandlers(deps: VariableDependencies): readonly Handler[] {
  const { method } = VariableService;
  return [
    unary(method.createVariable, async (request, context) => ({
      variable: toMessage(
        await createVariable(deps, actorOf(context.caller), organizationOf(context).id, request),
      ),
    })),
    unary(method.getVariable, async (request, context) => ({
      variable: toMessage(
        await findVariable(deps.storage.read, organizationOf(context).id, request),
      ),
    })),
    unary(method.listVariables, async (request, context) => {
      const page = await deps.storage.read.variables.list(organizationOf(context).id, {
        ...pageQueryOf(request.page),
        namePrefix: request.namePrefix,
      });
      return { variables: page.entries.map(toMessage), page: pageResponseOf(page) };
    }),
    unary(method.updateVariable, async ({ variable, description, value }, context) => ({
      variable: toMessage(
        await updateVariable(deps, actorOf(context.caller), organizationOf(context).id, {
          variable,
          description,
          value,
        }),
      ),
    })),
    unary(method.deleteVariable, async (request, context) => {
      await deleteVariable(
        deps,
        actorOf(context.caller),
        organizationOf(context).id,
        request.variable,
      );
      return {};
    }),
  ];
}

function toMessage(variable: Variable): MessageInitShape<typeof VariableSchema> {
  return {
    id: variable.id,
    organizationId: variable.organizationId,
    name: variable.name,
    description: variable.description,
    value: variable.value,
    version: variable.version,
    createdAt: momentOf(variable.createdAtMs),
    updatedAt: momentOf(variable.updatedAtMs),
  };
}
