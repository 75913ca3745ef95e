/** The part of the engine's program information that says where the program lies. */
interface ProgramPlace {
  getProgramDirectory(): string;
}

/** The folder of a program; `otherwise` is the field that engines used before they sent program information. */
export function programFolder(info: ProgramPlace | undefined, otherwise: string): string {
  return firstSet(info?.getProgramDirectory(), otherwise);
}

/** The first text that is not empty: a protocol field that was not sent reads as the empty text. */
export function firstSet(...texts: readonly (string | undefined)[]): string {
  return texts.find((text) => text !== undefined && text !== "") ?? "";
}
