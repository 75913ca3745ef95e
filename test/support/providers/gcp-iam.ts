import { projectNumberOf, projectOf } from "./gcp-project.ts";
import {
  type InputProblem,
  type StandInResource,
  textOf,
  type Value,
  type Values,
  valueAt,
} from "./stand-in-provider.ts";

/** IAM: accounts, members of policies, custom roles, and pools of identities. */
export function gcpIam(): Readonly<Record<string, StandInResource>> {
  const deletedPools = new Set<string>();
  return {
    "gcp:serviceaccount/account:Account": account,
    // The package's files have other names than its tokens here: all in lower case.
    "gcp:serviceaccount/iAMMember:IAMMember": {
      ...iamMember(["serviceAccountId"]),
      publishedAs: "gcp:serviceaccount/iammember:IAMMember",
    },
    "gcp:projects/iAMMember:IAMMember": {
      ...iamMember(["project"]),
      publishedAs: "gcp:projects/iammember:IAMMember",
    },
    "gcp:projects/iAMCustomRole:IAMCustomRole": customRole,
    "gcp:storage/bucketIAMMember:BucketIAMMember": iamMember(["bucket"]),
    "gcp:iam/workloadIdentityPool:WorkloadIdentityPool": pool(deletedPools),
    "gcp:iam/workloadIdentityPoolProvider:WorkloadIdentityPoolProvider": poolProvider,
  };
}

/** resource_google_service_account.go: account_id and project are ForceNew. */
const account: StandInResource = {
  replaceOn: ["accountId", "project"],
  autoName: { property: "accountId", maxLength: 30 },
  deleteBeforeReplace: true,
  check: ({ accountId }) =>
    problemsIf(
      "accountId",
      accountId,
      /^[a-z](?:[-a-z0-9]{4,28}[a-z0-9])$/,
      "must be 6 to 30 characters of [a-z]([-a-z0-9]*[a-z0-9])",
    ),
  create: async (inputs, context) => {
    const project = projectOf(inputs, context);
    const email = `${textOf(inputs, "accountId")}@${project}.iam.gserviceaccount.com`;
    const name = `projects/${project}/serviceAccounts/${email}`;
    const outputs = { project, email, name, member: `serviceAccount:${email}`, uniqueId: "1" };
    return { id: name, outputs };
  },
};

/**
 * tpgiamresource/resource_iam_member.go: role, member and condition are ForceNew, and so is what names the parent.
 * Adds one member to a policy; adding it twice succeeds.
 */
export function iamMember(parents: readonly string[]): StandInResource {
  return {
    replaceOn: [...parents, "role", "member", "condition"],
    mayExist: true,
    check: ({ member, role }) => [
      ...problemsIf(
        "member",
        member,
        /^(?:allUsers|allAuthenticatedUsers|[A-Za-z]+:[^\s]+|principal(?:Set)?:\/\/[^\s]+)$/,
        "must be a principal",
      ),
      ...problemsIf(
        "role",
        role,
        /^(?:roles|projects\/[^/]+\/roles|organizations\/[^/]+\/roles)\/[^/]+$/,
        "must be a role",
      ),
    ],
    create: async (inputs) => {
      const parts = [...parents, "role", "member"].map((name) => textOf(inputs, name));
      const condition = valueAt(inputs, "condition.title");
      const ending = typeof condition === "string" ? [condition] : [];
      return {
        id: [...parts, ...ending].filter((part) => part !== "").join("/"),
        outputs: { etag: "BwX" },
      };
    },
  };
}

/** resource_google_project_iam_custom_role.go: role_id and project are ForceNew. */
const customRole: StandInResource = {
  publishedAs: "gcp:projects/iamcustomRole:IAMCustomRole",
  replaceOn: ["roleId", "project"],
  autoName: { property: "roleId", maxLength: 64 },
  deleteBeforeReplace: true,
  check: ({ roleId }) =>
    problemsIf("roleId", roleId, /^[a-zA-Z0-9_.]{3,64}$/, "must match ^[a-zA-Z0-9_.]{3,64}$"),
  create: async (inputs, context) => {
    const project = projectOf(inputs, context);
    const name = `projects/${project}/roles/${textOf(inputs, "roleId")}`;
    return { id: name, outputs: { project, name, deleted: false } };
  },
};

/**
 * resource_iam_workload_identity_pool.go: the id and project are ForceNew. A pool that was deleted keeps its id for
 * 30 days (REST reference, `projects.locations.workloadIdentityPools.delete`).
 */
function pool(deleted: Set<string>): StandInResource {
  return {
    replaceOn: ["workloadIdentityPoolId", "project"],
    deleteBeforeReplace: true,
    check: (inputs) => [
      ...poolIdProblems(inputs, "workloadIdentityPoolId"),
      ...problemsIf(
        "displayName",
        inputs["displayName"],
        /^.{0,32}$/,
        "must be at most 32 characters",
      ),
    ],
    create: async (inputs, context) => {
      const project = projectOf(inputs, context);
      const id = textOf(inputs, "workloadIdentityPoolId");
      const path = `locations/global/workloadIdentityPools/${id}`;
      if (deleted.has(`projects/${project}/${path}`)) {
        throw new Error(
          "Error creating WorkloadIdentityPool: Error 409: Requested entity already exists",
        );
      }
      const name = `projects/${projectNumberOf(project)}/${path}`;
      return { id: `projects/${project}/${path}`, outputs: { project, name, state: "ACTIVE" } };
    },
    delete: async (id) => {
      deleted.add(id);
    },
  };
}

/** resource_iam_workload_identity_pool_provider.go: both ids and project are ForceNew; the trust is not. */
const poolProvider: StandInResource = {
  replaceOn: ["workloadIdentityPoolId", "workloadIdentityPoolProviderId", "project"],
  deleteBeforeReplace: true,
  check: (inputs) => [
    ...poolIdProblems(inputs, "workloadIdentityPoolProviderId"),
    ...(textOf(inputs, "attributeCondition").length > 4_096
      ? [{ property: "attributeCondition", reason: "must be at most 4096 characters" }]
      : []),
    ...trustProblems(inputs),
  ],
  create: async (inputs, context) => {
    const project = projectOf(inputs, context);
    const poolId = textOf(inputs, "workloadIdentityPoolId");
    const path = `locations/global/workloadIdentityPools/${poolId}/providers/${textOf(inputs, "workloadIdentityPoolProviderId")}`;
    return {
      id: `projects/${project}/${path}`,
      outputs: { project, name: `projects/${projectNumberOf(project)}/${path}`, state: "ACTIVE" },
    };
  },
};

/** "Configure Workload Identity Federation with X.509 certificates", "Limits" and the attribute mapping. */
function trustProblems(inputs: Values): readonly InputProblem[] {
  const anchors = valueAt(inputs, "x509.trustStore.trustAnchors");
  const subject = valueAt(inputs, "attributeMapping");
  const hasSubject = typeof subject === "object" && subject !== null && "google.subject" in subject;
  return [
    ...(Array.isArray(anchors) && (anchors.length === 0 || anchors.length > 3)
      ? [{ property: "x509.trustStore.trustAnchors", reason: "must be 1 to 3" }]
      : []),
    ...(hasSubject ? [] : [{ property: "attributeMapping", reason: "must map google.subject" }]),
  ];
}

function poolIdProblems(inputs: Values, property: string): readonly InputProblem[] {
  return problemsIf(
    property,
    inputs[property],
    /^(?!gcp-)[a-z0-9-]{4,32}$/,
    "must be 4 to 32 characters of [a-z0-9-], and not begin with gcp-",
  );
}

/** A problem if the value is a text that does not match. */
export function problemsIf(
  property: string,
  value: Value | undefined,
  form: RegExp,
  reason: string,
): readonly InputProblem[] {
  return typeof value === "string" && !form.test(value) ? [{ property, reason }] : [];
}
