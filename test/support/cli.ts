// One command line in this process, and what it said.
import { runCommandLine } from '../../src/cli/program.ts'

export interface Ran {
  readonly code: number
  readonly out: string
  readonly err: string
}

export async function runCli(...argv: readonly string[]): Promise<Ran> {
  const out: string[] = []
  const err: string[] = []
  const { signal } = new AbortController()
  const code = await runCommandLine(argv, {
    out: (line) => void out.push(line),
    err: (line) => void err.push(line),
    signal,
  })
  return { code, out: out.join('\n'), err: err.join('\n') }
}
