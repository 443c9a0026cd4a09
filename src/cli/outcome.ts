// How a command ends: exit codes that mean something, and errors as one line (or one JSON object) with code, what,
// where and what to do. Promises that a Fault never prints a stack and that a bug always does.

import { hideUrls } from '../config/redact.ts'
import { Fault } from '../core/errors.ts'

export const EXIT = {
  ok: 0,
  /** The command did its work and the answer is no: a period does not verify, a network got stuck. */
  failed: 1,
  /** Wrong flags or configuration. */
  usage: 2,
  /** Something outside is missing or unreachable: a file, an endpoint, a peer, a port. */
  environment: 3,
  /** A mistake of ours; the stack is on standard error. */
  bug: 70,
  interrupted: 130,
} as const

export const EXIT_HELP = `Exit codes: 0 done · 1 a check failed · 2 wrong usage or configuration · 3 something outside is missing or
unreachable · 70 a bug · 130 interrupted`

/** What a command writes to and listens to; tests bring their own. */
export interface Terminal {
  out(line: string): void
  err(line: string): void
  /** What somebody answers; undefined where nobody can be asked: a pipe, a script. */
  readonly ask?: ((question: string) => Promise<string>) | undefined
  /** Aborts on Ctrl-C and SIGTERM. */
  readonly signal: AbortSignal
  /** Questions with defaults, checks and hidden answers; undefined where nobody sits at a terminal. */
  readonly prompts?: Prompts
}

/** Questions on the terminal, never on standard output. Each rejects when the terminal's signal aborts. */
export interface Prompts {
  /** Not shown while it is typed. */
  secret(question: string): Promise<string>
  text(question: string, options: { initial?: string; check?: (answer: string) => string | undefined }): Promise<string>
  confirm(question: string, initial: boolean): Promise<boolean>
}

const USAGE = /^(?:config-|call-|fault-spec$|usage$)/
const FAILED = /^(?:check-|devnet-|custody-too-few$)/

export function exitCodeOf(error: unknown): number {
  if (!(error instanceof Fault)) return EXIT.bug
  if (USAGE.test(error.code)) return EXIT.usage
  return FAILED.test(error.code) ? EXIT.failed : EXIT.environment
}

/** JSON with bigints as decimal strings and bytes as hex: what --json prints. */
export const toJson = (value: unknown): string =>
  JSON.stringify(value, (_key, item: unknown) => {
    if (typeof item === 'bigint') return item.toString()
    return item instanceof Uint8Array ? `0x${Buffer.from(item).toString('hex')}` : item
  })

/** Tells what went wrong, once, and gives the exit code. */
export function reportError(error: unknown, json: boolean, terminal: Terminal): number {
  const code = error instanceof Fault ? error.code : 'internal'
  const why = hideUrls(error instanceof Error ? error.message : String(error))
  if (json) terminal.out(toJson({ ok: false, code, why, ...(error instanceof Fault ? error.data : {}) }))
  terminal.err(`stkr: ${why.replaceAll(/\s*\n\s*/g, ' ')} [${code}]`)
  if (!(error instanceof Fault)) terminal.err(hideUrls(error instanceof Error ? (error.stack ?? '') : ''))
  return exitCodeOf(error)
}
