// One error for everything that goes wrong on purpose: a code an operator can look up in docs/reasons.md, a verdict
// that says what a stranger's message deserves, and data for the log line. Expected results are values, not Faults;
// a bug is an assertion, not a Fault.

/** reject = provably wrong from content alone; ignore = depends on time or on what we know. */
export type FaultVerdict = 'reject' | 'ignore'

export type FaultData = Readonly<Record<string, string | number | bigint | boolean | undefined>>

/** Error with a stable code. `message` is one sentence that says what is wrong, where, and what to do. */
export class Fault extends Error {
  readonly code: string
  readonly verdict: FaultVerdict
  readonly data: FaultData

  constructor(
    code: string,
    message: string,
    options: { verdict?: FaultVerdict; data?: FaultData; cause?: unknown } = {},
  ) {
    super(message, options.cause === undefined ? undefined : { cause: options.cause })
    this.name = 'Fault'
    this.code = code
    this.verdict = options.verdict ?? 'ignore'
    this.data = options.data ?? {}
  }
}

/** A Fault for content that can never become right. */
export const reject = (code: string, message: string, data?: FaultData): Fault =>
  new Fault(code, message, { verdict: 'reject', ...(data && { data }) })

/** A Fault for content that may be right at another time or for somebody who knows more. */
export const ignore = (code: string, message: string, data?: FaultData): Fault =>
  new Fault(code, message, { verdict: 'ignore', ...(data && { data }) })

/** Throws on a broken invariant of our own: caught at a loop's edge, never part of normal flow. */
export function invariant(condition: unknown, message: string): asserts condition {
  if (!condition) throw new Error(`bug: ${message}`)
}

/** The code of anything thrown; errors that are not Faults are `internal`. */
export const codeOf = (error: unknown): string => (error instanceof Fault ? error.code : 'internal')
