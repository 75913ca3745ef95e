import { assert } from "@holdfast/foundation/failure.ts";
import { Secret } from "@holdfast/foundation/secret.ts";
import { isMap, type PropertyMap, reveal } from "./property-value.ts";

/** A text of checked inputs; empty if it was not given. */
export function text(inputs: PropertyMap, name: string): string {
  const value = reveal(inputs[name]);
  assert(value === undefined || typeof value === "string", `${name} has been checked to be a text`);
  return value ?? "";
}

/** A whole number of checked inputs; 0 if it was not given. */
export function integer(inputs: PropertyMap, name: string): number {
  const value = reveal(inputs[name]);
  assert(
    value === undefined || typeof value === "number",
    `${name} has been checked to be a number`,
  );
  return value ?? 0;
}

/** Whether checked inputs say true. */
export function flag(inputs: PropertyMap, name: string): boolean {
  return reveal(inputs[name]) === true;
}

/** An object of checked inputs; undefined if it was not given. */
export function map(inputs: PropertyMap, name: string): PropertyMap | undefined {
  const value = reveal(inputs[name]);
  return isMap(value) ? value : undefined;
}

/** A text that the state must encrypt. */
export function secretText(value: string): Secret<string> {
  return new Secret(value);
}
