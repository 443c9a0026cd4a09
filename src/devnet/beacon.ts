// The local drand chain as a process of its own. Promises that it serves when this returns, and the same rounds at the same
// port after a kill. Its seed is fresh for every network: rounds of one run mean nothing in the next.

import { randomBytes } from 'node:crypto'
import * as z from 'zod'
import type { DrandChain } from '../core/types.ts'
import { entryBeside } from './processes.ts'
import type { Part, Processes, Running } from './processes.ts'

export interface LocalBeacon extends Part {
  readonly url: string
  readonly chain: DrandChain
}

const ENTRY = entryBeside('../beacon/main-local', import.meta.url)
const READY_MS = 20_000

/** The line that src/beacon/main-local.ts prints once it listens (`LocalChainReady`). */
const readyLine = z.object({
  listening: z.url(),
  port: z.int(),
  hash: z.string(),
  publicKey: z.string(),
  genesisTime: z.int(),
  periodSeconds: z.int(),
})

function pick(line: string): z.infer<typeof readyLine> | undefined {
  try {
    return readyLine.parse(JSON.parse(line))
  } catch {
    return undefined // not the line we wait for
  }
}

export async function startBeacon(processes: Processes, nowAt: number, roundSeconds: number): Promise<LocalBeacon> {
  const seed = randomBytes(32).toString('hex')
  const options = { seed, genesis: Math.floor(nowAt / 1000), period: roundSeconds }
  let process: Running
  const start = (port: number): Promise<z.infer<typeof readyLine>> => {
    process = processes.start({ name: 'beacon', entry: ENTRY, args: [JSON.stringify({ ...options, port })] })
    return process.ready(pick, READY_MS)
  }
  const { listening, port, hash, publicKey, genesisTime, periodSeconds } = await start(0)
  return {
    name: 'beacon',
    url: listening,
    chain: { hash, publicKey: new Uint8Array(Buffer.from(publicKey, 'hex')), genesisTime, periodSeconds },
    pid: () => process.pid,
    kill: () => process.kill(),
    revive: async () => void (await start(port)),
  }
}
