import { existsSync, mkdirSync, readFileSync, renameSync, writeFileSync } from "node:fs";
import { readFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import {
  DeclarationReader,
  type ObjectShape,
  type PublishedShapes,
  type Shape,
} from "./published-shapes.ts";
import {
  type InputProblem,
  isValues,
  unknownValue,
  type Value,
  type Values,
} from "./stand-in-provider.ts";

const modules = fileURLToPath(new URL("../../../node_modules", import.meta.url));

/** What the engine itself puts among the configuration of a provider. */
const engineNames: ReadonlySet<string> = new Set(["version", "pluginDownloadURL", "__internal"]);

/**
 * Inputs held against the declaration files that a vendor publishes: names at every depth, what must be given,
 * kinds, and literals. What the types do not say (lengths, patterns, what goes with what) is not judged.
 *
 * What was read is kept below node_modules/.cache, so that the second run needs no compiler.
 */
export class PublishedTypes {
  /** Version of the vendor's package. */
  readonly version: string;
  readonly #packageName: string;
  readonly #cacheFolder: string;
  readonly #reader: DeclarationReader;
  readonly #shapes = new Map<string, PublishedShapes>();

  private constructor(packageName: string, version: string, cacheFolder: string) {
    this.version = version;
    this.#packageName = packageName;
    this.#cacheFolder = cacheFolder;
    this.#reader = new DeclarationReader(join(modules, "@pulumi", packageName));
  }

  /** @param cacheFolder where to keep what was read; the package's name and version are added. */
  static async of(
    packageName: string,
    cacheFolder = join(modules, ".cache/holdfast-types"),
  ): Promise<PublishedTypes> {
    const text = await readFile(join(modules, "@pulumi", packageName, "package.json"), "utf8");
    const { version } = JSON.parse(text) as { readonly version: string };
    return new PublishedTypes(packageName, version, join(cacheFolder, `${packageName}-${version}`));
  }

  /** What is wrong with a resource's inputs; nothing that is not known yet is judged. */
  problemsOf(token: string, inputs: Values): readonly InputProblem[] {
    const shapes = this.#shapesOf(token);
    return problemsOfObject(shapes, shapes.root, inputs, "");
  }

  /** What is wrong with a provider's configuration: only names, since the engine hands over texts. */
  problemsOfConfiguration(configuration: Values): readonly InputProblem[] {
    const { root } = this.#shapesOf(`pulumi:providers:${this.#packageName}`);
    return Object.keys(configuration)
      .filter((name) => !engineNames.has(name) && root.properties[name] === undefined)
      .map((property) => ({ property, reason: "is no setting of this provider" }));
  }

  #shapesOf(token: string): PublishedShapes {
    const known = this.#shapes.get(token);
    if (known !== undefined) {
      return known;
    }
    const file = join(this.#cacheFolder, `${token.replaceAll(/[^\w.-]/g, "_")}.json`);
    const shapes = existsSync(file)
      ? // Written below, by this version of this class or an earlier one of the same shape.
        (JSON.parse(readFileSync(file, "utf8")) as PublishedShapes)
      : keep(file, this.#reader.shapesOf(token));
    this.#shapes.set(token, shapes);
    return shapes;
  }
}

function keep(file: string, shapes: PublishedShapes): PublishedShapes {
  mkdirSync(dirname(file), { recursive: true });
  // Others may read at the same time: the file appears as a whole.
  const unfinished = `${file}.${process.pid}`;
  writeFileSync(unfinished, JSON.stringify(shapes));
  renameSync(unfinished, file);
  return shapes;
}

function problemsOfObject(
  shapes: PublishedShapes,
  { properties, isOpen }: ObjectShape,
  values: Values,
  prefix: string,
): readonly InputProblem[] {
  const strangers = Object.keys(values)
    .filter((name) => !isOpen && properties[name] === undefined)
    .map((name) => ({
      property: prefix + name,
      reason: `is not among the published properties: ${Object.keys(properties).join(", ")}`,
    }));
  const wrong = Object.entries(properties).flatMap(([name, { shape, isOptional }]) => {
    const value = values[name];
    if (value === undefined || value === null) {
      return isOptional ? [] : [{ property: prefix + name, reason: "must be given" }];
    }
    return problemsOfValue(shapes, shape, value, prefix + name);
  });
  return [...strangers, ...wrong];
}

function problemsOfValue(
  shapes: PublishedShapes,
  shape: Shape,
  value: Value,
  path: string,
): readonly InputProblem[] {
  if (value === unknownValue || value === null) {
    return [];
  }
  switch (shape.kind) {
    case "any":
      return [];
    case "literals":
      return shape.values.some((each) => each === value)
        ? []
        : [{ property: path, reason: `must be one of ${shape.values.join(", ")}` }];
    case "list":
      return Array.isArray(value)
        ? value.flatMap((each: Value, index) =>
            problemsOfValue(shapes, shape.of, each, `${path}[${index}]`),
          )
        : [{ property: path, reason: "must be a list" }];
    case "map":
      return isValues(value)
        ? Object.entries(value).flatMap(([key, each]) =>
            problemsOfValue(shapes, shape.of, each, `${path}[${JSON.stringify(key)}]`),
          )
        : [{ property: path, reason: "must be an object" }];
    case "union":
      return problemsOfUnion(shapes, shape.of, value, path);
    case "named":
      return problemsOfNamed(shapes, shape.name, value, path);
    default:
      return typeof value === shape.kind
        ? []
        : [{ property: path, reason: `must be a ${shape.kind}` }];
  }
}

function problemsOfNamed(
  shapes: PublishedShapes,
  name: string,
  value: Value,
  path: string,
): readonly InputProblem[] {
  const object = shapes.objects[name];
  if (object === undefined) {
    return [];
  }
  return isValues(value)
    ? problemsOfObject(shapes, object, value, `${path}.`)
    : [{ property: path, reason: "must be an object" }];
}

/** The problems of the alternative that fits best. */
function problemsOfUnion(
  shapes: PublishedShapes,
  alternatives: readonly Shape[],
  value: Value,
  path: string,
): readonly InputProblem[] {
  const [best = []] = alternatives
    .map((shape) => problemsOfValue(shapes, shape, value, path))
    .toSorted((one, other) => one.length - other.length);
  return best;
}
