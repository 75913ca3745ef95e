import { Secret } from "@holdfast/foundation/secret.ts";
import structMessages from "google-protobuf/google/protobuf/struct_pb.js";

/** A value that the engine does not know yet: an output of a resource that has not been made. */
export const unknown: unique symbol = Symbol("unknown");

/** One value of a resource, as the engine and we hand it to each other. Secrets cannot be printed. */
export type PropertyValue =
  | null
  | boolean
  | number
  | string
  | typeof unknown
  | Secret<PropertyValue>
  | readonly PropertyValue[]
  | PropertyMap;

/** The inputs or the outputs of a resource. */
export interface PropertyMap {
  readonly [name: string]: PropertyValue;
}

/** A value that is not known yet and will be a secret. */
export const secretUnknown: Secret<PropertyValue> = new Secret<PropertyValue>(unknown);

/** Google's own JSON object in protobuf, which carries properties between engine and provider. */
export type Struct = InstanceType<typeof structMessages.Struct>;

/** What the engine writes in place of a value that it does not know: one mark for each type (its package plugin, rpc.go). */
const unknownMarks: ReadonlySet<unknown> = new Set([
  "04da6b54-80e4-46f7-96ec-b56ff0331ba9",
  "1c4a061d-8072-4f0a-a4cb-0ff528b18fe7",
  "3eeb2bf0-c639-47a8-9e75-3b44932eb421",
  "6a19a0b0-7e62-4c92-b797-7f8e31da9cc2",
  "030794c1-ac77-496b-92df-f27374a8bd58",
  "e48ece36-62e2-4504-bad9-02848725956a",
  "dd056dcd-154b-4c76-9bd3-c8f88648b5ff",
]);
const unknownMark = "04da6b54-80e4-46f7-96ec-b56ff0331ba9";
/** The key and the mark by which the engine tells a secret from an ordinary object. */
const signatureKey = "4dabf18193072939515e22adb298388d";
const secretMark = "1b47061264138c4ac30d75fd1eb44270";

/** Reads what the engine sent; nothing at all counts as no properties. */
export function decodeProperties(struct: Struct | undefined): PropertyMap {
  return struct === undefined ? {} : decodeMap(struct.toJavaScript());
}

/** Writes properties for the engine. */
export function encodeProperties(properties: PropertyMap): Struct {
  // The values are JSON by construction; the library's own type knows less than it accepts.
  return structMessages.Struct.fromJavaScript(encodeMap(properties) as never);
}

function decodeMap(object: object): PropertyMap {
  return Object.fromEntries(Object.entries(object).map(([key, value]) => [key, decode(value)]));
}

function decode(value: unknown): PropertyValue {
  if (unknownMarks.has(value)) {
    return unknown;
  }
  if (Array.isArray(value)) {
    return value.map(decode);
  }
  if (typeof value === "object" && value !== null) {
    return isSecretObject(value) ? new Secret(decode(value.value)) : decodeMap(value);
  }
  return typeof value === "string" || typeof value === "number" || typeof value === "boolean"
    ? value
    : null;
}

function isSecretObject(value: object): value is { readonly value: unknown } {
  return signatureKey in value && value[signatureKey] === secretMark && "value" in value;
}

function encodeMap(properties: PropertyMap): object {
  return Object.fromEntries(Object.entries(properties).map(([key, value]) => [key, encode(value)]));
}

function encode(value: PropertyValue): unknown {
  if (value === unknown) {
    return unknownMark;
  }
  if (value instanceof Secret) {
    return { [signatureKey]: secretMark, value: encode(value.expose()) };
  }
  if (isList(value)) {
    return value.map(encode);
  }
  return isMap(value) ? encodeMap(value) : value;
}

/** Whether a value is a list. */
function isList(value: PropertyValue): value is readonly PropertyValue[] {
  return Array.isArray(value);
}

/** Whether a value is an object with properties of its own. */
export function isMap(value: PropertyValue | undefined): value is PropertyMap {
  return (
    typeof value === "object" &&
    value !== null &&
    !Array.isArray(value) &&
    !(value instanceof Secret)
  );
}

/** Whether a value must not be shown. */
export function isSecret(value: PropertyValue): value is Secret<PropertyValue> {
  return value instanceof Secret;
}

/** The value itself where it is wrapped as a secret, however often. */
export function reveal(value: PropertyValue | undefined): PropertyValue | undefined {
  let inner = value;
  while (inner instanceof Secret) {
    inner = inner.expose();
  }
  return inner;
}

/** All texts within secrets, for the last scrubber of messages. */
export function secretTexts(value: PropertyValue, isSecret = false): readonly string[] {
  if (value instanceof Secret) {
    return secretTexts(value.expose(), true);
  }
  if (isList(value)) {
    return value.flatMap((each) => secretTexts(each, isSecret));
  }
  if (isMap(value)) {
    return Object.values(value).flatMap((each) => secretTexts(each, isSecret));
  }
  return isSecret && typeof value === "string" ? [value] : [];
}

/** Whether two values are the same, unknown ones never, and a secret only if the other one is as well. */
export function sameValue(one: PropertyValue, other: PropertyValue): boolean {
  if (one instanceof Secret || other instanceof Secret) {
    return (
      one instanceof Secret && other instanceof Secret && sameValue(one.expose(), other.expose())
    );
  }
  if (isList(one)) {
    return isList(other) && one.length === other.length && one.every(sameAt(other));
  }
  if (isMap(one)) {
    const names = Object.keys(one);
    return (
      isMap(other) &&
      names.length === Object.keys(other).length &&
      names.every((name) => sameMember(one[name], other[name]))
    );
  }
  return one !== unknown && one === other;
}

function sameAt(other: readonly PropertyValue[]) {
  return (each: PropertyValue, index: number): boolean => sameMember(each, other[index]);
}

function sameMember(one: PropertyValue | undefined, other: PropertyValue | undefined): boolean {
  return one !== undefined && other !== undefined && sameValue(one, other);
}
