import {
  isList,
  isValues,
  type StandInObject,
  type Value,
  type Values,
  valueAt,
} from "../support/providers/stand-in-provider.ts";

/** A workload in one form for all targets. */
export interface WorkloadView {
  readonly image: Value | undefined;
  /** Undefined if their count can change by itself. */
  readonly replicas: Value | undefined;
  readonly cpuMillicores: number;
  readonly memoryMebibytes: number;
  readonly terminationGraceSeconds: Value | undefined;
  /** Variables by name, but those whose value comes from elsewhere. */
  readonly environment: Values;
  /** How the credentials come. */
  readonly injection: "file" | "variable";
  readonly user: Value | undefined;
  readonly rootFilesystem: "read-only" | "writable" | "of the platform";
  readonly capabilities: "none" | "some" | "of the platform";
  /** Ports and rules that let anybody connect to it. */
  readonly inbound: readonly unknown[];
  /** TCP ports on `0.0.0.0/0` that it may connect to; sorted. */
  readonly egressPorts: readonly number[];
}

type Objects = readonly StandInObject[];

/** A Deployment and its network policy. */
export function kubernetesWorkload(objects: Objects): WorkloadView {
  const spec = one(objects, "kubernetes:apps/v1:Deployment", "spec");
  const pod = valueAt(spec, "template.spec");
  const container = valueAt(pod, "containers[0]");
  const policy = one(objects, "kubernetes:networking.k8s.io/v1:NetworkPolicy", "spec");
  const toAnywhere = listAt(policy, "egress").filter((rule) =>
    listAt(rule, "to").some((peer) => valueAt(peer, "ipBlock.cidr") === "0.0.0.0/0"),
  );
  const drop = listAt(container, "securityContext.capabilities.drop");
  return {
    image: valueAt(container, "image"),
    replicas: valueAt(spec, "replicas"),
    cpuMillicores: Number.parseInt(String(valueAt(container, "resources.requests.cpu")), 10),
    memoryMebibytes: Number.parseInt(String(valueAt(container, "resources.limits.memory")), 10),
    terminationGraceSeconds: valueAt(pod, "terminationGracePeriodSeconds"),
    ...variablesIn(listAt(container, "env")),
    user:
      valueAt(container, "securityContext.runAsUser") ?? valueAt(pod, "securityContext.runAsUser"),
    rootFilesystem: readOnly(valueAt(container, "securityContext.readOnlyRootFilesystem")),
    capabilities: drop.includes("ALL") ? "none" : "some",
    inbound: [...listAt(container, "ports"), ...listAt(policy, "ingress")],
    egressPorts: sorted(
      toAnywhere.flatMap((rule) => listAt(rule, "ports")).map((port) => valueAt(port, "port")),
    ),
  };
}

/** A service, its task definition and its security group. */
export function ecsWorkload(objects: Objects): WorkloadView {
  const service = find(objects, "aws:ecs/service:Service").outputs;
  const definition = objects.find(({ id, outputs }) =>
    [id, outputs["arn"]].includes(service["taskDefinition"] ?? ""),
  )?.outputs;
  // The text was written by the component: one container.
  const [container = {}] = JSON.parse(
    String(definition?.["containerDefinitions"]),
  ) as readonly Values[];
  const group = find(objects, "aws:ec2/securityGroup:SecurityGroup").outputs;
  const rules = all(objects, "aws:vpc/securityGroupEgressRule:SecurityGroupEgressRule");
  return {
    image: container["image"],
    replicas: service["desiredCount"],
    cpuMillicores: (Number(definition?.["cpu"]) * 1_000) / 1_024,
    memoryMebibytes: Number(definition?.["memory"]),
    terminationGraceSeconds: container["stopTimeout"],
    ...variablesIn([...listAt(container, "environment"), ...listAt(container, "secrets")]),
    user: Number(String(container["user"]).split(":")[0]),
    rootFilesystem: readOnly(container["readonlyRootFilesystem"]),
    capabilities: listAt(container, "linuxParameters.capabilities.drop").includes("ALL")
      ? "none"
      : "some",
    inbound: [...listAt(container, "portMappings"), ...listAt(group, "ingress")],
    egressPorts: sorted(
      rules.filter(({ cidrIpv4 }) => cidrIpv4 === "0.0.0.0/0").map(({ fromPort }) => fromPort),
    ),
  };
}

/** A worker pool and the firewall around it. */
export function cloudRunWorkload(objects: Objects): WorkloadView {
  const pool = find(objects, "gcp:cloudrunv2/workerPool:WorkerPool").outputs;
  const container = valueAt(pool, "template.containers[0]");
  const rules = all(objects, "gcp:compute/firewall:Firewall");
  const toAnywhere = rules.filter((rule) =>
    listAt(rule, "destinationRanges").includes("0.0.0.0/0"),
  );
  return {
    image: valueAt(container, "image"),
    replicas:
      valueAt(pool, "scaling.scalingMode") === "AUTOMATIC"
        ? undefined
        : valueAt(pool, "scaling.manualInstanceCount"),
    cpuMillicores: Number(valueAt(container, "resources.limits.cpu")) * 1_000,
    memoryMebibytes: Number.parseInt(String(valueAt(container, "resources.limits.memory")), 10),
    terminationGraceSeconds: undefined,
    ...variablesIn(listAt(container, "envs")),
    user: "of the image",
    rootFilesystem: "of the platform",
    capabilities: "of the platform",
    inbound: [
      ...listAt(container, "ports"),
      ...rules.filter(({ direction }) => direction !== "EGRESS"),
    ],
    egressPorts: sorted(
      toAnywhere
        .flatMap((rule) => listAt(rule, "allows"))
        .flatMap((allow) => listAt(allow, "ports")),
    ),
  };
}

/** A container app and the security group of its subnet. */
export function containerAppsWorkload(objects: Objects): WorkloadView {
  const app = find(objects, "azure-native:app:ContainerApp").outputs;
  const container = valueAt(app, "template.containers[0]");
  const group = find(objects, "azure-native:network:NetworkSecurityGroup").outputs;
  const rules = listAt(group, "securityRules");
  const ingress = valueAt(app, "configuration.ingress");
  const toAnywhere = rules.filter(
    (rule) =>
      valueAt(rule, "access") === "Allow" &&
      listAt(rule, "destinationAddressPrefixes").includes("0.0.0.0/0"),
  );
  // The platform's own rules: the subnet among itself, and its load balancer's probes.
  const known = ["allow-subnet-inbound", "allow-load-balancer-probes"];
  return {
    image: valueAt(container, "image"),
    replicas: fixedCount(valueAt(app, "template.scale")),
    cpuMillicores: Number(valueAt(container, "resources.cpu")) * 1_000,
    memoryMebibytes: Number.parseFloat(String(valueAt(container, "resources.memory"))) * 1_024,
    terminationGraceSeconds: valueAt(app, "template.terminationGracePeriodSeconds"),
    ...variablesIn(listAt(container, "env")),
    user: "of the image",
    rootFilesystem: "of the platform",
    capabilities: "of the platform",
    inbound: [
      ...(ingress === undefined ? [] : [ingress]),
      ...rules.filter(
        (rule) =>
          valueAt(rule, "direction") === "Inbound" &&
          valueAt(rule, "access") === "Allow" &&
          !known.includes(String(valueAt(rule, "name"))),
      ),
    ],
    egressPorts: sorted(toAnywhere.flatMap((rule) => listAt(rule, "destinationPortRanges"))),
  };
}

function variablesIn(variables: readonly Value[]): Pick<WorkloadView, "environment" | "injection"> {
  const plain = variables.filter((variable) => valueAt(variable, "value") !== undefined);
  const names = variables.map((variable) => valueAt(variable, "name"));
  return {
    environment: Object.fromEntries(
      plain.map((variable) => [
        String(valueAt(variable, "name")),
        valueAt(variable, "value") ?? null,
      ]),
    ),
    injection: names.includes("HOLDFAST_CREDENTIALS") ? "variable" : "file",
  };
}

function fixedCount(scale: Value | undefined): Value | undefined {
  const count = valueAt(scale, "minReplicas");
  return count === valueAt(scale, "maxReplicas") ? count : undefined;
}

function find(objects: Objects, token: string): StandInObject {
  const [found, ...more] = objects.filter((object) => object.token === token);
  if (found === undefined || more.length > 0) {
    throw new Error(`there is not exactly one ${token}`);
  }
  return found;
}

function one(objects: Objects, token: string, path: string): Values {
  const value = valueAt(find(objects, token).outputs, path);
  return isValues(value) ? value : {};
}

function all(objects: Objects, token: string): readonly Values[] {
  return objects.filter((object) => object.token === token).map(({ outputs }) => outputs);
}

function listAt(value: Value | undefined, path: string): readonly Value[] {
  const list = valueAt(value, path);
  return isList(list) ? list : [];
}

function readOnly(value: Value | undefined): "read-only" | "writable" {
  return value === true ? "read-only" : "writable";
}

function sorted(ports: readonly (Value | undefined)[]): readonly number[] {
  return [...new Set(ports.map(Number))].toSorted((one, other) => one - other);
}
