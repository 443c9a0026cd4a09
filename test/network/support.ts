// A real local network for tests: started in this process, its reports kept, its posted periods verified through the
// command line. Children are found by the temporary folder in their environment, so "left behind" is what it says.

import { spawn } from 'node:child_process'
import { mkdtempSync, readFileSync, readdirSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import * as assert from 'uvu/assert'
import { runCommandLine } from '../../src/cli/program.ts'
import type { Clock, Log } from '../../src/core/ports.ts'
import type { Leaf } from '../../src/core/types.ts'
import { startDevnet } from '../../src/devnet/devnet.ts'
import type { Devnet } from '../../src/devnet/devnet.ts'
import type { DevnetMarket } from '../../src/devnet/options.ts'
import { parseFaults } from '../../src/devnet/fault-spec.ts'
import type { Report } from '../../src/devnet/progress.ts'

const MAIN = fileURLToPath(new URL('../../src/main.ts', import.meta.url))

const clock: Clock = {
  now: () => Date.now(),
  at: (at, task) => {
    const timer = setTimeout(task, Math.max(0, at - Date.now()))
    return () => {
      clearTimeout(timer)
    }
  },
}
const quiet: Log = { debug: () => undefined, info: () => undefined, warn: () => undefined, error: () => undefined }

export interface TestNetwork {
  readonly devnet: Devnet
  readonly reports: readonly Report[]
}

/** `seed` decides when in its period somebody is killed: print it when a test fails. */
export async function startNetwork(
  nodes: number,
  faults: readonly string[],
  seed: number,
  market?: DevnetMarket,
  epochPeriods?: number,
): Promise<TestNetwork> {
  const reports: Report[] = []
  const devnet = await startDevnet(
    {
      nodes,
      faults: parseFaults(faults, nodes),
      stallMs: 90_000,
      keep: false,
      ...(market && { market }),
      ...(epochPeriods !== undefined && { epochPeriods }),
    },
    {
      clock,
      log: quiet,
      random: () => seed,
      onReport: (report) => void reports.push(report),
      signal: new AbortController().signal,
    },
  )
  return { devnet, reports }
}

/** Runs a command in this process and gives its JSON. */
export async function stkr(...argv: readonly string[]): Promise<{ code: number; json: unknown }> {
  const out: string[] = []
  const terminal = {
    out: (line: string) => void out.push(line),
    err: () => undefined,
    signal: new AbortController().signal,
  }
  const code = await runCommandLine([...argv, '--json'], terminal)
  return { code, json: JSON.parse(out.at(-1) ?? 'null') }
}

export interface Verified {
  readonly leaves: readonly Leaf[]
  readonly bundle: Uint8Array
}

const where = ({ rpcUrl, ledger, drandRelay }: Devnet): readonly string[] => [
  ...['--rpc-urls', rpcUrl, '--ledger', ledger, '--drand-relays', drandRelay],
  ...['--data-dir', join(tmpdir(), 'stkr-no-such-directory')],
]

/** `stkr verify period P` with the bundle of `peer` (a sidecar id), which must pass. */
export async function verified(devnet: Devnet, period: number, peer: number): Promise<Verified> {
  const folder = mkdtempSync(join(tmpdir(), 'stkr-bundle-'))
  const save = join(folder, 'bundle')
  try {
    const address = devnet.plans[peer - 1]?.address ?? ''
    const { code, json } = await stkr(
      'verify',
      'period',
      String(period),
      ...where(devnet),
      '--peer',
      address,
      '--save',
      save,
    )
    assert.is(code, 0, `period ${period} verifies: ${JSON.stringify(json)}`)
    return { leaves: (json as { leaves: Leaf[] }).leaves, bundle: new Uint8Array(readFileSync(save)) }
  } finally {
    rmSync(folder, { recursive: true })
  }
}

/** The root is right and every auditor shows the answers its report rests on. */
export const verifyAnswers = (devnet: Devnet, period: number, peer: number): Promise<{ code: number; json: unknown }> =>
  stkr(
    'verify',
    'period',
    String(period),
    ...where(devnet),
    '--peer',
    devnet.plans[peer - 1]?.address ?? '',
    '--answers',
  )

/** The same from a file. */
export const verifyFile = (devnet: Devnet, period: number, file: string): Promise<{ code: number; json: unknown }> =>
  stkr('verify', 'period', String(period), ...where(devnet), '--bundle', file)

/** Processes that carry `marker` in their environment, by command line. Linux alone can tell. */
export function processesWith(marker: string): readonly string[] {
  return readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name) && Number(name) !== process.pid)
    .flatMap((pid) => {
      try {
        const carries = readFileSync(`/proc/${pid}/environ`, 'utf8').includes(marker)
        // A zombie has no command line any more: it is gone, only its parent has not asked yet.
        const words = readFileSync(`/proc/${pid}/cmdline`, 'utf8').replaceAll('\0', ' ').trim()
        return carries && words !== '' ? [words] : []
      } catch {
        return [] // ended while we looked
      }
    })
}

/** The command line as a process of its own, with a temporary folder that marks all of its children. */
export function spawnStkr(argv: readonly string[]) {
  const marker = mkdtempSync(join(tmpdir(), 'stkr-marked-'))
  const child = spawn(process.execPath, [MAIN, ...argv], {
    stdio: ['ignore', 'pipe', 'pipe'],
    env: { ...process.env, TMPDIR: marker },
  })
  let out = ''
  let err = ''
  const waiting = new Set<() => void>()
  child.stdout.on('data', (chunk: Buffer) => (out += chunk.toString()))
  child.stderr.on('data', (chunk: Buffer) => {
    err += chunk.toString()
    waiting.forEach((look) => look())
  })
  const ended = new Promise<number | null>((resolve) => child.once('close', resolve))
  return {
    marker,
    child,
    ended,
    out: () => out,
    err: () => err,
    /** Resolves when standard error holds `text`; rejects when the process ends before. */
    said: (text: string): Promise<void> =>
      new Promise((resolve, reject) => {
        const look = (): void => {
          if (err.includes(text)) resolve()
        }
        waiting.add(look)
        look()
        void ended.then((code) => {
          reject(new Error(`ended with ${code} before it said ${text}: ${err.slice(-500)}`))
        })
      }),
    /** Polls until no process carries the marker; the folder goes too. */
    gone: async (withinMs: number): Promise<readonly string[]> => {
      const until = Date.now() + withinMs
      while (Date.now() < until && processesWith(marker).length > 0)
        await new Promise((resolve) => setTimeout(resolve, 50))
      rmSync(marker, { recursive: true, force: true })
      return processesWith(marker)
    },
  }
}
