// The local drand chain as a process of its own. Promises that it serves when this returns. Its seed is fresh for every
// network: rounds of one run mean nothing in the next.

import { randomBytes } from 'node:crypto'
import { z } from 'zod'
import type { DrandChain } from '../core/types.ts'
import { entryBeside } from './processes.ts'
import type { Processes } from './processes.ts'

export interface LocalBeacon {
  readonly url: string
  readonly chain: DrandChain
}

const ENTRY = entryBeside('../beacon/main-local', import.meta.url)
const READY_MS = 20_000
const PERIOD_SECONDS = 1

/** The line that src/beacon/main-local.ts prints once it listens (`LocalChainReady`). */
const readyLine = z.object({
  listening: z.url(),
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

export async function startBeacon(processes: Processes, nowAt: number): Promise<LocalBeacon> {
  const seed = randomBytes(32).toString('hex')
  const options = { seed, genesis: Math.floor(nowAt / 1000), period: PERIOD_SECONDS }
  const process = processes.start({ name: 'beacon', entry: ENTRY, args: [JSON.stringify(options)] })
  const { listening, hash, publicKey, genesisTime, periodSeconds } = await process.ready(pick, READY_MS)
  return {
    url: listening,
    chain: { hash, publicKey: new Uint8Array(Buffer.from(publicKey, 'hex')), genesisTime, periodSeconds },
  }
}
