// `stkr completion bash|zsh|fish`: a script for the shell, made from the commands themselves, so that it never lags behind
// them. After a command it offers its commands and flags, elsewhere file names.

import { Argument } from 'commander'
import type { Command } from 'commander'
import { EXIT, toJson } from './outcome.ts'
import type { Configure } from './program.ts'

const EXAMPLE = `
Examples:
  $ source <(stkr completion bash)
  $ stkr completion zsh > ~/.zsh/completions/_stkr
  $ stkr completion fish > ~/.config/fish/completions/stkr.fish`

interface Place {
  /** Words that lead here: `job submit`; empty at the top. */
  readonly path: string
  readonly commands: readonly string[]
  readonly flags: readonly string[]
}

/** Every command and its commands. */
export function placesOf(command: Command, path: readonly string[] = []): readonly Place[] {
  const commands = command.commands.map((sub) => sub.name())
  const flags = [...command.options.flatMap(({ long }) => long ?? []), '--help']
  return [
    { path: path.join(' '), commands, flags },
    ...command.commands.flatMap((sub) => placesOf(sub, [...path, sub.name()])),
  ]
}

const cases = (places: readonly Place[], line: (place: Place) => string): string =>
  places.map((place) => `    '${place.path}') ${line(place)} ;;`).join('\n')

const deeper = (places: readonly Place[]): string =>
  places
    .filter(({ path }) => path !== '')
    .map(({ path }) => `'${path}'`)
    .join('|')

const words = ({ commands, flags }: Place): string => [...commands, ...flags].join(' ')

export const bashScript = (places: readonly Place[]): string => `_stkr() {
  local cur="\${COMP_WORDS[COMP_CWORD]}" path='' word next words=''
  for word in "\${COMP_WORDS[@]:1:COMP_CWORD-1}"; do
    next="\${path:+$path }$word"
    case "$next" in ${deeper(places)}) path="$next" ;; esac
  done
  case "$path" in
${cases(places, (place) => `words='${words(place)}'`)}
  esac
  COMPREPLY=($(compgen -W "$words" -- "$cur"))
  [[ \${#COMPREPLY[@]} -gt 0 || "$cur" == -* ]] || COMPREPLY=($(compgen -f -- "$cur"))
}
complete -o filenames -F _stkr stkr`

export const zshScript = (places: readonly Place[]): string => `#compdef stkr
_stkr() {
  local place='' word next
  for word in "\${(@)words[2,CURRENT-1]}"; do
    next="\${place:+$place }$word"
    case "$next" in ${deeper(places)}) place="$next" ;; esac
  done
  case "$place" in
${cases(places, (place) => `compadd -- ${words(place)}`)}
  esac
  _files
}
compdef _stkr stkr`

export const fishScript = (places: readonly Place[]): string => `function __stkr_at
  set -l place ''
  for word in (commandline -opc)[2..-1]
    set -l next (string trim "$place $word")
    contains -- $next ${deeper(places).replaceAll('|', ' ')}; and set place $next
  end
  test "$place" = "$argv[1]"
end
${places
  .flatMap(({ path, commands, flags }) => [
    ...(commands.length === 0 ? [] : [`complete -c stkr -n "__stkr_at '${path}'" -f -a '${commands.join(' ')}'`]),
    ...flags.map((flag) => `complete -c stkr -n "__stkr_at '${path}'" -l ${flag.slice(2)}`),
  ])
  .join('\n')}`

const SCRIPTS = { bash: bashScript, zsh: zshScript, fish: fishScript } as const

export const configure: Configure = (command: Command, terminal, done) => {
  command
    .addArgument(new Argument('<shell>', 'which shell').choices(Object.keys(SCRIPTS)))
    .addHelpText('after', EXAMPLE)
    .action(async (shell: keyof typeof SCRIPTS, { json }: { json?: boolean }) => {
      const { createFullProgram } = await import('./program.ts')
      const script = SCRIPTS[shell](placesOf(await createFullProgram(terminal)))
      terminal.out(json === true ? toJson({ ok: true, shell, script }) : script)
      done(EXIT.ok)
    })
}
