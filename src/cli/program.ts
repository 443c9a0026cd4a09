// The command line: which commands there are, and nothing of what they do. Only the chosen command's file is loaded, so
// `stkr --help` is immediate. Promises one exit code per run (outcome.ts) and, with --json, one JSON object as the last
// line of standard output, whatever happens.

import { Command, CommanderError } from 'commander'
import { Fault } from '../core/errors.ts'
import { EXIT, EXIT_HELP, reportError, toJson } from './outcome.ts'
import type { Terminal } from './outcome.ts'

/** Adds flags, help and the action to its command; the action calls `done` with the exit code. */
export type Configure = (command: Command, terminal: Terminal, done: (code: number) => void) => void

interface Entry {
  readonly summary: string
  load(): Promise<{ readonly configure: Configure }>
}

const COMMANDS: Readonly<Record<string, Entry>> = {
  audit: { summary: 'show every verdict on a sidecar, and why a point was lost', load: () => import('./audit.ts') },
  bids: { summary: 'ask the running sidecar what it bids on, and why not', load: () => import('./bids.ts') },
  completion: { summary: 'a completion script for bash, zsh or fish', load: () => import('./completion.ts') },
  config: { summary: 'show, check or describe the configuration', load: () => import('./config.ts') },
  custody: { summary: 'delegated tokens, moved by two groups together', load: () => import('./custody.ts') },
  deploy: { summary: 'put a network on chain from one file, or verify it', load: () => import('./deploy.ts') },
  devnet: { summary: 'run a whole network on this machine', load: () => import('./devnet.ts') },
  doctor: { summary: 'look at everything a sidecar needs, and say what to mend', load: () => import('./doctor.ts') },
  export: { summary: 'take what this sidecar signed to another machine', load: () => import('./export.ts') },
  gov: { summary: 'decisions and the council: propose, vote, stand, elect', load: () => import('./gov.ts') },
  import: { summary: 'bring what this sidecar signed on another machine', load: () => import('./import.ts') },
  init: { summary: 'create a data directory with keys and configuration', load: () => import('./init.ts') },
  job: { summary: 'quote, submit, list, show or cancel jobs', load: () => import('./job.ts') },
  keys: { summary: 'show the public keys, put the secret ones under a password', load: () => import('./keys.ts') },
  peers: { summary: 'ask the running sidecar whom it is connected to', load: () => import('./peers.ts') },
  pool: {
    summary: 'open, join, follow and leave micro-pools; redeem aETH',
    load: () => import('./pool.ts'),
  },
  provider: {
    summary: 'apply as a provider, stake collateral, name bidding sidecars',
    load: () => import('./provider.ts'),
  },
  rewards: { summary: 'all that an account is owed anywhere, and fetching it', load: () => import('./rewards.ts') },
  run: { summary: 'run one sidecar', load: () => import('./run.ts') },
  stake: { summary: 'ANKR on sidecars: their yield, stake, move, take back, vote', load: () => import('./stake.ts') },
  status: { summary: 'ask the running sidecar how it is', load: () => import('./status.ts') },
  verify: { summary: 'recompute a posted result from its evidence', load: () => import('./verify.ts') },
  version: { summary: 'what exactly runs here', load: () => import('./version.ts') },
}

const INTRO = `Example:
  $ stkr devnet --nodes 8 --periods 2

${EXIT_HELP}`

/** `isWanted`: whose code is loaded. */
async function createProgram(isWanted: (name: string) => boolean, terminal: Terminal, done: (code: number) => void) {
  const program = new Command('stkr')
    .description('The Stkr sidecar mesh: staking nodes that audit each other and settle the result on Ethereum.')
    .addHelpText('after', `\n${INTRO}`)
    .exitOverride()
    .configureOutput({
      writeOut: (text) => {
        terminal.out(text.trimEnd())
      },
      writeErr: (text) => {
        terminal.err(text.trimEnd())
      },
    })
  for (const [name, { summary, load }] of Object.entries(COMMANDS)) {
    const command = program.command(name).description(summary).copyInheritedSettings(program)
    if (!isWanted(name)) continue
    command.option('--json', 'machine-readable output')
    const { configure } = await load()
    configure(command, terminal, done)
    command.addHelpText('after', `\n${EXIT_HELP}`)
  }
  return program
}

/** All commands with their flags, for who describes them; nothing of it is run. */
export const createFullProgram = (terminal: Terminal): Promise<Command> =>
  createProgram(
    () => true,
    terminal,
    () => undefined,
  )

/** Usage errors as commander tells them already stand on standard error; only the JSON line is missing. */
function endOfParsing(error: CommanderError, json: boolean, terminal: Terminal): number {
  if (error.exitCode === 0) return EXIT.ok
  if (json) terminal.out(toJson({ ok: false, code: 'usage', why: error.message }))
  return EXIT.usage
}

/** Runs one command line; resolves with the exit code and never rejects. */
export async function runCommandLine(argv: readonly string[], terminal: Terminal): Promise<number> {
  const json = argv.includes('--json')
  let code: number = EXIT.ok
  try {
    const chosen = argv.find((word) => Object.hasOwn(COMMANDS, word))
    const program = await createProgram(
      (name) => name === chosen,
      terminal,
      (given) => {
        code = given
      },
    )
    await program.parseAsync([...argv], { from: 'user' })
    return code
  } catch (error) {
    if (error instanceof CommanderError) return endOfParsing(error, json, terminal)
    if (terminal.signal.aborted && isInterruption(error)) return EXIT.interrupted
    return reportError(error, json, terminal)
  }
}

/** Aborting is silence: what the signal itself ended needs no explanation. */
const isInterruption = (error: unknown): boolean =>
  error instanceof Fault ? error.code === 'interrupted' : error instanceof Error && error.name === 'AbortError'
