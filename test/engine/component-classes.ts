import { join } from "node:path";
import { filesOf, root } from "../architecture/repository.ts";

/** A component of the package. */
export interface ComponentClass {
  /** Such as `EcsRunner`. */
  readonly name: string;
  /** Absolute path of the file that exports it. */
  readonly file: string;
}

/** Every component that there is, sorted by name. */
export function componentClasses(): readonly ComponentClass[] {
  return filesOf(/^components\/.*(?<!\.test)\.ts$/)
    .flatMap(({ path, text }) =>
      [...text.matchAll(/^export class (\w+) extends pulumi\.ComponentResource\b/gm)].map(
        ([, name]) => ({ name: name ?? "", file: join(root, path) }),
      ),
    )
    .toSorted((one, other) => (one.name < other.name ? -1 : 1));
}
