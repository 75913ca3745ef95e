import { create, toJsonString } from "@bufbuild/protobuf";
import { KubernetesPodSchema } from "@holdfast/protocol/generated/holdfast/v1/operations_kubernetes_pb.ts";
import { expect, test } from "vitest";
import { podSchema } from "../../clouds/kubernetes/objects.ts";
import { describePod } from "./describe-pod.ts";
import { readObject, readPage } from "./read-answer.ts";

/** A pod as the API server gives it, with secrets in the places where pods have them. */
const pod = {
  metadata: {
    name: "web",
    namespace: "team",
    uid: "u",
    creationTimestamp: "2026-01-01T00:00:00Z",
    labels: { app: "web" },
    annotations: { note: "canary" },
    managedFields: [{ manager: "canary" }],
    ownerReferences: [
      { kind: "Other", name: "other" },
      { kind: "ReplicaSet", name: "web-1", controller: true },
    ],
  },
  spec: {
    nodeName: "node-1",
    serviceAccountName: "web",
    initContainers: [{ name: "init", image: "init:1", command: ["canary"] }],
    containers: [
      {
        name: "main",
        image: "main:1",
        args: ["--password=canary"],
        env: [{ name: "PASSWORD", value: "canary" }],
      },
      { name: "side", image: "side:1" },
    ],
  },
  status: {
    phase: "Running",
    podIP: "198.18.1.2",
    initContainerStatuses: [
      {
        name: "init",
        restartCount: 0,
        state: { terminated: { reason: "Completed", exitCode: 0 } },
      },
    ],
    containerStatuses: [
      {
        name: "side",
        ready: false,
        restartCount: 3,
        state: { waiting: { reason: "CrashLoopBackOff", message: "canary" } },
      },
      {
        name: "main",
        ready: true,
        restartCount: 1,
        state: { running: { startedAt: "2026-01-01T00:00:00Z" } },
      },
    ],
  },
};

test("of a pod only what may leave the runner does: no environment, no arguments, no annotations", () => {
  const described = create(KubernetesPodSchema, describePod(readObject(podSchema, pod)));
  expect(toJsonString(KubernetesPodSchema, described)).not.toContain("canary");
  expect(described).toMatchObject({
    name: "web",
    namespace: "team",
    phase: "Running",
    owner: "ReplicaSet/web-1",
    createdAt: { seconds: 1_767_225_600n },
    containers: [
      { name: "init", isInit: true, state: "terminated", reason: "Completed" },
      { name: "main", isInit: false, ready: true, restartCount: 1, state: "running" },
      { name: "side", ready: false, restartCount: 3, state: "waiting", reason: "CrashLoopBackOff" },
    ],
  });
});

test("a pod that no node has taken yet is described with what is known of it", () => {
  const bare = { metadata: { name: "web" }, spec: { containers: [{ name: "main", image: "i" }] } };
  expect(describePod(readObject(podSchema, bare))).toMatchObject({
    name: "web",
    phase: "",
    owner: "",
    containers: [{ name: "main", ready: false, restartCount: 0 }],
  });
});

test("an answer of another form is a failure of the cloud, and not of the runner", () => {
  expect(() => readPage(podSchema, { items: [{}], metadata: {} })).toThrow("does not know");
  expect(readPage(podSchema, { items: [pod], metadata: { continue: "next" } })).toMatchObject({
    continueToken: "next",
  });
});
