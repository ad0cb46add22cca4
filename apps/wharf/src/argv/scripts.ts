/** Shells for which a completion script can be made. */
export const shells = ['bash', 'zsh', 'fish'] as const;

export type Shell = (typeof shells)[number];

/** The completion script of a program for a shell; it asks the program's hidden `__complete`. */
export function completionScript(shell: Shell, name: string): string {
  const identifier = name.replaceAll(/[^A-Za-z0-9_]/g, '_');
  const script = { bash, zsh, fish }[shell];
  return script.replaceAll('@NAME@', name).replaceAll('@ID@', identifier);
}

const bash = String.raw`# bash completion for @NAME@
# Load it with: source <(@NAME@ completion bash)

# Bash cuts words at : and = too; this joins what stands together on the line again.
__@ID@_words() {
  local line="$COMP_LINE" word i
  words=() cword=-1
  for ((i = 0; i < ${'$'}{#COMP_WORDS[@]}; i++)); do
    word="${'$'}{COMP_WORDS[i]}"
    if [[ $i -gt 0 && "$line" != [[:space:]]* && -n "$line" ]]; then
      words[${'$'}{#words[@]} - 1]+="$word"
    else
      line="${'$'}{line#"${'$'}{line%%[![:space:]]*}"}"
      words+=("$word")
    fi
    line="${'$'}{line#"$word"}"
    if [[ $i -eq $COMP_CWORD ]]; then cword=$((${'$'}{#words[@]} - 1)); fi
  done
}

__@ID@_complete() {
  local words cword current line directive prefix reply=()
  __@ID@_words
  current="${'$'}{words[cword]}"
  directive=0
  while IFS= read -r line; do
    case "$line" in
      :*) directive="${'$'}{line#:}" ;;
      *) reply+=("${'$'}{line%%$'\t'*}") ;;
    esac
  done < <("${'$'}{words[0]}" __completeNoDesc "${'$'}{words[@]:1:cword-1}" "$current" 2>/dev/null)

  COMPREPLY=()
  if (((directive & 1) != 0)); then return; fi
  # What readline already has before the last : or = must not be repeated.
  prefix=""
  if [[ "$current" == *[:=]* && "$COMP_WORDBREAKS" == *[:=]* ]]; then
    prefix="${'$'}{current%"${'$'}{current##*[:=]}"}"
  fi
  for line in "${'$'}{reply[@]}"; do
    printf -v line '%q' "$line"
    COMPREPLY+=("${'$'}{line#"$prefix"}")
  done
  if (((directive & 2) != 0)); then compopt -o nospace 2>/dev/null; fi
  if (((directive & 16) != 0)); then
    compopt -o filenames 2>/dev/null
    while IFS= read -r line; do COMPREPLY+=("$line"); done < <(compgen -d -- "${'$'}{current#"$prefix"}")
  elif (((directive & 4) == 0)) && [[ ${'$'}{#COMPREPLY[@]} -eq 0 ]]; then
    compopt -o filenames 2>/dev/null
    while IFS= read -r line; do COMPREPLY+=("$line"); done < <(compgen -f -- "${'$'}{current#"$prefix"}")
  fi
}

complete -F __@ID@_complete @NAME@
`;

const zsh = String.raw`#compdef @NAME@
# zsh completion for @NAME@
# Load it with: source <(@NAME@ completion zsh)

_@ID@() {
  local line directive=0 value description
  local -a candidates
  while IFS= read -r line; do
    if [[ "$line" == :<-> ]]; then
      directive="${'$'}{line#:}"
      continue
    fi
    value="${'$'}{line%%$'\t'*}"
    value="${'$'}{value//:/\\:}"
    description="${'$'}{line#*$'\t'}"
    if [[ "$line" == *$'\t'* ]]; then
      candidates+=("$value:$description")
    else
      candidates+=("$value")
    fi
  done < <("${'$'}{(Q)words[1]}" __complete "${'$'}{(@Q)words[2,CURRENT-1]}" "${'$'}{(Q)words[CURRENT]}" 2>/dev/null)

  if (( directive & 1 )); then return 1; fi
  if (( ${'$'}#candidates )); then
    if (( directive & 2 )); then
      _describe '@NAME@' candidates -S ''
    else
      _describe '@NAME@' candidates
    fi
  elif (( directive & 16 )); then
    _files -/
  elif ! (( directive & 4 )); then
    _files
  fi
}

if [[ "$funcstack[1]" == "_@ID@" ]]; then
  _@ID@ "$@"
else
  compdef _@ID@ @NAME@
fi
`;

const fish = String.raw`# fish completion for @NAME@
# Load it with: @NAME@ completion fish | source

function __@ID@_complete
  set -l words (commandline -opc)
  set -l current (commandline -ct)
  set -l lines ($words[1] __complete $words[2..-1] "$current" 2>/dev/null)
  set -l directive 0
  if set -q lines[1]
    set directive (string replace ':' "" -- $lines[-1])
    set -e lines[-1]
  end
  switch "$directive"
    case 1
      return
    case 16
      __fish_complete_directories "$current"
    case 0
      if set -q lines[1]
        printf '%s\n' $lines
      else
        __fish_complete_path "$current"
      end
    case '*'
      if set -q lines[1]
        printf '%s\n' $lines
      end
  end
end

complete -c @NAME@ -f -a '(__@ID@_complete)'
`;
