// What `stkr doctor` finds: a level, a code to look up, what was seen, and what to do. Kept apart from how it is found.

import { Fault, codeOf } from '../core/errors.ts'

export type Level = 'ok' | 'warn' | 'fail'

export interface Finding {
  readonly level: Level
  /** What was looked at: `clock`, `rpc 1`, `gas`. */
  readonly part: string
  /** Undefined when all is well. */
  readonly code: string | undefined
  readonly seen: string
  readonly fix: string | undefined
}

export const ok = (part: string, seen: string): Finding => ({
  level: 'ok',
  part,
  code: undefined,
  seen,
  fix: undefined,
})

interface Trouble {
  readonly code: string
  readonly seen: string
  readonly fix: string
}

export const warn = (part: string, { code, seen, fix }: Trouble): Finding => ({ level: 'warn', part, code, seen, fix })
export const fail = (part: string, { code, seen, fix }: Trouble): Finding => ({ level: 'fail', part, code, seen, fix })

/** A check that threw is a finding, too: its fault says what and what to do. */
export async function found(part: string, check: () => Promise<readonly Finding[]>): Promise<readonly Finding[]> {
  try {
    return await check()
  } catch (error) {
    if (!(error instanceof Fault)) throw error
    return [fail(part, { code: codeOf(error), seen: error.message, fix: 'see docs/reasons.md' })]
  }
}

export function worst(findings: readonly Finding[]): Level {
  const levels = new Set(findings.map(({ level }) => level))
  return levels.has('fail') ? 'fail' : levels.has('warn') ? 'warn' : 'ok'
}
