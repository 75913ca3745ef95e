import type { CommandCall } from "../command.ts";

/** `holdfast completion`: each script asks `holdfast __complete` with the words before the cursor. */
export async function printScript({
  arguments: [shell = ""],
  world,
}: CommandCall): Promise<undefined> {
  await world.terminal.write(scripts[shell] ?? "");
  return undefined;
}

const bash = `# bash completion of holdfast: source <(holdfast completion bash)
_holdfast() {
  local IFS=$'\\n'
  COMPREPLY=($(holdfast __complete "\${COMP_WORDS[@]:1:COMP_CWORD}" 2>/dev/null | cut -f1))
  case "\${COMPREPLY[0]}" in :files) COMPREPLY=($(compgen -f -- "\${COMP_WORDS[COMP_CWORD]}")) ;; esac
}
complete -o nosort -F _holdfast holdfast
`;

const zsh = `#compdef holdfast
# zsh completion of holdfast: holdfast completion zsh > ~/.zfunc/_holdfast
_holdfast() {
  local -a lines
  lines=("\${(@f)$(holdfast __complete "\${(@)words[2,CURRENT]}" 2>/dev/null)}")
  if [[ "\${lines[1]}" == :files ]]; then
    _files
  else
    # _describe wants a colon where a tab is; colons of the words themselves are escaped.
    lines=("\${(@)lines//:/\\:}")
    lines=("\${(@)lines//$'\t'/:}")
    _describe holdfast lines
  fi
}
# The first time, zsh runs this file in place of the function that it asked for: so ask again.
if [[ "$funcstack[1]" == _holdfast ]]; then
  _holdfast "$@"
else
  compdef _holdfast holdfast
fi
`;

const fish = `# fish completion of holdfast: ~/.config/fish/completions/holdfast.fish
function __holdfast_complete
  set -l words (commandline -opc) (commandline -ct)
  set -l lines (holdfast __complete $words[2..-1] 2>/dev/null)
  if test "$lines[1]" = :files
    __fish_complete_path (commandline -ct)
  else
    printf '%s\\n' $lines
  end
end
complete -c holdfast -f -a '(__holdfast_complete)'
`;

const scripts: Readonly<Record<string, string>> = { bash, zsh, fish };
