// A real EVM node on a free port: the settlement chain, or the blockchain every sidecar's node follows. Promises that
// it answers when this returns, and that a killed one comes back at the same port with every block it had mined, but
// without what waited to be mined and without the states before the newest block. Its accounts are anvil's public
// development accounts: worthless on purpose.

import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { gunzipSync } from 'node:zlib'
import * as z from 'zod'
import { anvilBinary } from './processes.ts'
import type { Part, Processes, Running } from './processes.ts'

export interface Anvil extends Part {
  readonly url: string
}

const READY_MS = 20_000
const RPC_MS = 20_000
const resultShape = z.object({ result: z.unknown() })

async function call(url: string, method: string, params: readonly unknown[]): Promise<unknown> {
  const response = await fetch(url, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ jsonrpc: '2.0', id: 1, method, params }),
    signal: AbortSignal.timeout(RPC_MS),
  })
  return resultShape.parse(await response.json()).result
}

/**
 * What a node that flushes its blocks has on disk when it is killed: nothing is mined after the copy is taken. Of states only
 * the newest: all of them took 26 s to load after ten minutes.
 */
async function keepBlocks(url: string, file: string): Promise<void> {
  await call(url, 'evm_setIntervalMining', [0])
  const dump = z.string().parse(await call(url, 'anvil_dumpState', [false]))
  writeFileSync(file, gunzipSync(Buffer.from(dump.slice(2), 'hex')), { mode: 0o600 })
}

/** Blocks every second, and at once for a transaction: block time follows the clock without making anybody wait. */
export async function startAnvil(
  processes: Processes,
  { name, chainId, folder }: { readonly name: string; readonly chainId: number; readonly folder: string },
): Promise<Anvil> {
  const stateFile = join(folder, `${name}.state`)
  mkdirSync(folder, { recursive: true })
  let process: Running
  let port = '0'
  const start = async (more: readonly string[]): Promise<void> => {
    process = processes.startNative(name, anvilBinary(), [
      ...['--host', '127.0.0.1', '--port', port, '--chain-id', String(chainId)],
      ...['--block-time', '1', '--mixed-mining', '--color', 'never', ...more],
    ])
    port = await process.ready((line) => /^Listening on 127\.0\.0\.1:(\d+)/.exec(line)?.[1], READY_MS)
  }
  await start([])
  const url = `http://127.0.0.1:${port}`
  return {
    name,
    url,
    pid: () => process.pid,
    kill: async () => {
      await keepBlocks(url, stateFile)
      process.send('kill')
      await process.ended
    },
    revive: () => start(['--load-state', stateFile]),
  }
}
