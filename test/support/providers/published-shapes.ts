import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import ts from "typescript";

/** What a value may be, read from a vendor's declaration file. */
export type Shape =
  | { readonly kind: "any" | "string" | "number" | "boolean" }
  | { readonly kind: "literals"; readonly values: readonly (string | number | boolean)[] }
  | { readonly kind: "list" | "map"; readonly of: Shape }
  | { readonly kind: "union"; readonly of: readonly Shape[] }
  /** An object that is described under this name. */
  | { readonly kind: "named"; readonly name: string };

/** Properties of an object. */
export interface ObjectShape {
  readonly properties: Readonly<
    Record<string, { readonly shape: Shape; readonly isOptional: boolean }>
  >;
  /** Whether other names are allowed as well. */
  readonly isOpen: boolean;
}

/** Inputs of one type of resource, and every object that they lead to, by name. */
export interface PublishedShapes {
  readonly root: ObjectShape;
  readonly objects: Readonly<Record<string, ObjectShape>>;
}

/** Reads declaration files of one package; each file at most once. Nothing is type-checked: only syntax is read. */
export class DeclarationReader {
  readonly #folder: string;
  readonly #inputs: () => ReadonlyMap<string, ts.InterfaceDeclaration>;

  constructor(folder: string) {
    this.#folder = folder;
    let inputs: ReadonlyMap<string, ts.InterfaceDeclaration> | undefined;
    this.#inputs = () => {
      inputs ??= interfacesOf(parse(join(folder, "types/input.d.ts")));
      return inputs;
    };
  }

  /**
   * The shapes of a token's inputs.
   *
   * @throws if the package has no such resource.
   */
  shapesOf(token: string): PublishedShapes {
    const { file, name } = this.#fileOf(token);
    const args = interfacesOf(parse(file)).get(`${name}Args`);
    if (args === undefined) {
      throw new Error(`${file} has no ${name}Args`);
    }
    const objects: Record<string, ObjectShape> = {};
    const root = this.#objectOf(args);
    const open = namesIn(root);
    for (let next = open.pop(); next !== undefined; next = open.pop()) {
      const declaration = this.#inputs().get(next);
      if (objects[next] === undefined && declaration !== undefined) {
        const object = this.#objectOf(declaration);
        objects[next] = object;
        open.push(...namesIn(object));
      }
    }
    return { root, objects };
  }

  #fileOf(token: string): { readonly file: string; readonly name: string } {
    const [packageName = "", module = "", name = ""] = token.split(":");
    if (packageName === "pulumi" && module === "providers") {
      return { file: join(this.#folder, "provider.d.ts"), name: "Provider" };
    }
    // aws:iam/role:Role, tls:index/privateKey:PrivateKey, azure-native:keyvault:Vault, kubernetes:rbac.authorization.k8s.io/v1:Role
    const [top = "", ...rest] = module.split("/");
    const segments = [top.replace(/\..*$/, ""), ...rest].filter((part) => part !== "index");
    const exact = `${join(this.#folder, ...segments)}.d.ts`;
    if (rest.length > 0 && existsSync(exact)) {
      return { file: exact, name };
    }
    const folder = join(this.#folder, ...segments);
    const wanted = `${name}.d.ts`.toLowerCase();
    const file = existsSync(folder)
      ? readdirSync(folder).find((entry) => entry.toLowerCase() === wanted)
      : undefined;
    if (file === undefined) {
      throw new Error(`${this.#folder} has no resource ${token}`);
    }
    return { file: join(folder, file), name };
  }

  #objectOf(declaration: ts.InterfaceDeclaration): ObjectShape {
    const members = declaration.members.filter(ts.isPropertySignature);
    return {
      properties: Object.fromEntries(
        members.map((member) => [
          member.name.getText().replaceAll(/^["']|["']$/g, ""),
          { shape: this.#shapeOf(member.type), isOptional: member.questionToken !== undefined },
        ]),
      ),
      isOpen: declaration.members.some(ts.isIndexSignatureDeclaration),
    };
  }

  #shapeOf(node: ts.TypeNode | undefined): Shape {
    if (node === undefined) {
      return { kind: "any" };
    }
    if (ts.isUnionTypeNode(node)) {
      return unionOf(
        node.types
          .filter(({ kind }) => kind !== ts.SyntaxKind.UndefinedKeyword)
          .map((type) => this.#shapeOf(type)),
      );
    }
    if (ts.isArrayTypeNode(node)) {
      return { kind: "list", of: this.#shapeOf(node.elementType) };
    }
    if (ts.isParenthesizedTypeNode(node)) {
      return this.#shapeOf(node.type);
    }
    if (ts.isTypeLiteralNode(node)) {
      const index = node.members.find(ts.isIndexSignatureDeclaration);
      return index === undefined ? { kind: "any" } : { kind: "map", of: this.#shapeOf(index.type) };
    }
    if (ts.isLiteralTypeNode(node)) {
      return literalOf(node);
    }
    return ts.isTypeReferenceNode(node) ? this.#referenced(node) : keywordOf(node);
  }

  #referenced(node: ts.TypeReferenceNode): Shape {
    const name = node.typeName.getText();
    if (name === "pulumi.Input") {
      return this.#shapeOf(node.typeArguments?.[0]);
    }
    if (name.startsWith("inputs.")) {
      return { kind: "named", name: name.slice("inputs.".length) };
    }
    if (name.startsWith("enums.")) {
      return this.#enumOf(name.split(".").slice(1));
    }
    return name === "ARN" ? { kind: "string" } : { kind: "any" };
  }

  /** `declare const Name: { readonly A: "a"; ... }`, in the folder of the enumeration's module. */
  #enumOf(path: readonly string[]): Shape {
    const name = path.at(-1) ?? "";
    const file = join(this.#folder, "types/enums", ...path.slice(0, -1), "index.d.ts");
    if (!existsSync(file)) {
      return { kind: "any" };
    }
    const values = parse(file)
      .statements.filter(ts.isVariableStatement)
      .flatMap(({ declarationList }) => declarationList.declarations)
      .filter((declaration) => declaration.name.getText() === name)
      .flatMap(({ type }) =>
        type !== undefined && ts.isTypeLiteralNode(type)
          ? type.members.filter(ts.isPropertySignature)
          : [],
      )
      .flatMap(({ type }) => {
        const shape = this.#shapeOf(type);
        return shape.kind === "literals" ? shape.values : [];
      });
    return values.length === 0 ? { kind: "any" } : { kind: "literals", values };
  }
}

function parse(file: string): ts.SourceFile {
  return ts.createSourceFile(file, readFileSync(file, "utf8"), ts.ScriptTarget.Latest, true);
}

/** All interfaces of a file, namespaces joined by dots. */
function interfacesOf(source: ts.SourceFile): ReadonlyMap<string, ts.InterfaceDeclaration> {
  const found = new Map<string, ts.InterfaceDeclaration>();
  const look = (statements: readonly ts.Statement[], prefix: string): void => {
    for (const statement of statements) {
      if (ts.isInterfaceDeclaration(statement)) {
        found.set(prefix + statement.name.text, statement);
      } else if (ts.isModuleDeclaration(statement)) {
        lookInto(statement, prefix);
      }
    }
  };
  const lookInto = (statement: ts.ModuleDeclaration, prefix: string): void => {
    const { body, name } = statement;
    const inner = `${prefix}${name.text}.`;
    if (body !== undefined && ts.isModuleBlock(body)) {
      look(body.statements, inner);
    } else if (body !== undefined && ts.isModuleDeclaration(body)) {
      lookInto(body, inner);
    }
  };
  look(source.statements, "");
  return found;
}

function namesIn(object: ObjectShape): string[] {
  const names = (shape: Shape): string[] => {
    switch (shape.kind) {
      case "named":
        return [shape.name];
      case "list":
      case "map":
        return names(shape.of);
      case "union":
        return shape.of.flatMap(names);
      default:
        return [];
    }
  };
  return Object.values(object.properties).flatMap(({ shape }) => names(shape));
}

function literalOf({ literal }: ts.LiteralTypeNode): Shape {
  if (ts.isStringLiteral(literal)) {
    return { kind: "literals", values: [literal.text] };
  }
  if (ts.isNumericLiteral(literal)) {
    return { kind: "literals", values: [Number(literal.text)] };
  }
  if (literal.kind === ts.SyntaxKind.TrueKeyword || literal.kind === ts.SyntaxKind.FalseKeyword) {
    return { kind: "literals", values: [literal.kind === ts.SyntaxKind.TrueKeyword] };
  }
  return { kind: "any" };
}

function keywordOf({ kind }: ts.TypeNode): Shape {
  switch (kind) {
    case ts.SyntaxKind.StringKeyword:
      return { kind: "string" };
    case ts.SyntaxKind.NumberKeyword:
      return { kind: "number" };
    case ts.SyntaxKind.BooleanKeyword:
      return { kind: "boolean" };
    default:
      return { kind: "any" };
  }
}

/**
 * `string | Enum` is how vendors write an enumeration that may grow: here it is the enumeration, since a value
 * outside it is a mistake more often than news.
 */
function unionOf(shapes: readonly Shape[]): Shape {
  const literals = shapes.flatMap((shape) => (shape.kind === "literals" ? shape.values : []));
  const rest = shapes.filter(
    ({ kind }) => kind !== "literals" && !(kind === "string" && literals.length > 0),
  );
  const all: readonly Shape[] =
    literals.length === 0 ? rest : [...rest, { kind: "literals", values: literals }];
  const [first] = all;
  return first !== undefined && all.length === 1 ? first : { kind: "union", of: all };
}
