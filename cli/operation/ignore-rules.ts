/** Decides which files of a folder are left out, by rules as they stand in a .gitignore. */
export class IgnoreRules {
  readonly #rules: readonly Rule[];

  /** `text` of an ignore file; later rules win, `!` takes back, a pattern with `/` holds from the root on. */
  constructor(text: string) {
    this.#rules = text
      .split(/\r?\n/)
      .map((line) => line.replace(/(?<!\\)\s+$/, ""))
      .filter((line) => line !== "" && !line.startsWith("#"))
      .map(parseRule);
  }

  /** Whether the file or folder at `path`, from the root with `/`, is left out. */
  isIgnored(path: string, isFolder: boolean): boolean {
    let ignored = false;
    for (const rule of this.#rules) {
      if ((isFolder || !rule.foldersOnly) && rule.pattern.test(path)) {
        ignored = !rule.isNegated;
      }
    }
    return ignored;
  }
}

interface Rule {
  readonly pattern: RegExp;
  readonly isNegated: boolean;
  readonly foldersOnly: boolean;
}

function parseRule(line: string): Rule {
  const isNegated = line.startsWith("!");
  const written = isNegated ? line.slice(1) : line;
  const foldersOnly = written.endsWith("/");
  const glob = foldersOnly ? written.slice(0, -1) : written;
  const isAnchored = glob.includes("/");
  const body = toPattern(glob.replace(/^\//, ""));
  return {
    pattern: new RegExp(`^${isAnchored ? "" : "(?:.*/)?"}${body}$`),
    isNegated,
    foldersOnly,
  };
}

/** `*` and `?` stay within a name, `**` does not; everything else means itself. */
function toPattern(glob: string): string {
  const parts = glob.matchAll(/\*\*\/|\*\*|\*|\?|\\?[\s\S]/g);
  return [...parts]
    .map(([part]) => {
      switch (part) {
        case "**/":
          return "(?:.*/)?";
        case "**":
          return ".*";
        case "*":
          return "[^/]*";
        case "?":
          return "[^/]";
        default:
          return part.replace(/^\\(?=.)/, "").replace(/[\\^$.*+?()[\]{}|/]/g, "\\$&");
      }
    })
    .join("");
}
