import structMessages from "google-protobuf/google/protobuf/struct_pb.js";
import { isValues, unknownValue, type Value, type Values } from "./stand-in-provider.ts";

/** Google's own JSON object in protobuf, which carries properties between engine and provider. */
export type Struct = InstanceType<typeof structMessages.Struct>;

/** An object as the engine sends it: secrets and unknowns are marked inside (its package `resource`, sig.go). */
export type Wire = Readonly<Record<string, unknown>>;

const signatureKey = "4dabf18193072939515e22adb298388d";
const secretSignature = "1b47061264138c4ac30d75fd1eb44270";
const outputSignature = "d0e6a833031e9bbcd3f4e8bde6ca49a4";
const unknownText = "04da6b54-80e4-46f7-96ec-b56ff0331ba9";
/** One mark for each type of what is not known (the engine's package `plugin`, rpc.go). */
const unknownMarks: ReadonlySet<unknown> = new Set([
  unknownText,
  "1c4a061d-8072-4f0a-a4cb-0ff528b18fe7",
  "3eeb2bf0-c639-47a8-9e75-3b44932eb421",
  "6a19a0b0-7e62-4c92-b797-7f8e31da9cc2",
  "030794c1-ac77-496b-92df-f27374a8bd58",
  "e48ece36-62e2-4504-bad9-02848725956a",
  "dd056dcd-154b-4c76-9bd3-c8f88648b5ff",
]);

/** What the engine sent, marks and all; nothing counts as an empty object. */
export function wireOf(struct: Struct | undefined): Wire {
  // A Struct is an object of JSON by its definition.
  return (struct?.toJavaScript() ?? {}) as Wire;
}

/** What the engine is to get. */
export function structOf(wire: Wire): Struct {
  // The values are JSON by construction; the library's own type knows less than it accepts.
  return structMessages.Struct.fromJavaScript(wire as never);
}

/** The values without marks of secrecy; what is not known is a symbol. Null counts as absent in objects. */
export function plainOf(wire: Wire): Values {
  return Object.fromEntries(
    Object.entries(wire)
      .filter(([, value]) => value !== null && value !== undefined)
      .map(([name, value]) => [name, plainValue(value)]),
  );
}

function plainValue(value: unknown): Value {
  if (unknownMarks.has(value)) {
    return unknownValue;
  }
  if (Array.isArray(value)) {
    return value.map(plainValue);
  }
  if (isWire(value)) {
    const mark = value[signatureKey];
    if (mark === secretSignature || mark === outputSignature) {
      return "value" in value ? plainValue(value["value"]) : unknownValue;
    }
    return plainOf(value);
  }
  return typeof value === "string" || typeof value === "number" || typeof value === "boolean"
    ? value
    : null;
}

/**
 * Values for the engine, with secrets marked as the bridged providers do it (`plugin.AnnotateSecrets`): what
 * is a secret in `model` is one at the same place here, and so are the outputs that are named.
 */
export function markSecrets(
  values: Values,
  model: Wire,
  secretNames: readonly string[] = [],
): Wire {
  return Object.fromEntries(
    Object.entries(values).map(([name, value]) => {
      const marked = markedValue(value, model[name]);
      return [name, secretNames.includes(name) && !isSecret(marked) ? secret(marked) : marked];
    }),
  );
}

function markedValue(value: Value, model: unknown): unknown {
  if (isSecret(model)) {
    return secret(bareValue(value));
  }
  if (Array.isArray(value)) {
    const models: readonly unknown[] = Array.isArray(model) ? model : [];
    // A list whose length differs has no places to compare: it is secret if anything in its model is.
    return value.length !== models.length && models.some(hasSecret)
      ? secret(bareValue(value))
      : value.map((each: Value, index) => markedValue(each, models[index]));
  }
  return isValues(value) ? markSecrets(value, isWire(model) ? model : {}) : bareValue(value);
}

function bareValue(value: Value): unknown {
  if (value === unknownValue) {
    return unknownText;
  }
  if (Array.isArray(value)) {
    return value.map(bareValue);
  }
  return isValues(value)
    ? Object.fromEntries(Object.entries(value).map(([name, each]) => [name, bareValue(each)]))
    : value;
}

function secret(value: unknown): Wire {
  return { [signatureKey]: secretSignature, value };
}

function isSecret(value: unknown): boolean {
  return isWire(value) && value[signatureKey] === secretSignature;
}

function hasSecret(value: unknown): boolean {
  if (Array.isArray(value)) {
    return value.some(hasSecret);
  }
  return isWire(value) && (isSecret(value) || Object.values(value).some(hasSecret));
}

/** All texts inside secrets, so that no message repeats them. */
export function secretTexts(value: unknown, isInside = false): readonly string[] {
  if (typeof value === "string") {
    return isInside && value !== "" ? [value] : [];
  }
  if (Array.isArray(value)) {
    return value.flatMap((each: unknown) => secretTexts(each, isInside));
  }
  return isWire(value)
    ? Object.entries(value)
        .filter(([name]) => name !== signatureKey)
        .flatMap(([, each]) => secretTexts(each, isInside || isSecret(value)))
    : [];
}

function isWire(value: unknown): value is Wire {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
