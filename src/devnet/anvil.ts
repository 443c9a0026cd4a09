// A real EVM node on a free port: the settlement chain, or the blockchain every sidecar's node follows. Promises that
// it answers when this returns. Its accounts are anvil's public development accounts: worthless on purpose.

import { anvilBinary } from './processes.ts'
import type { Processes, Running } from './processes.ts'

export interface Anvil {
  readonly url: string
  readonly process: Running
}

const READY_MS = 20_000

/** Blocks every second, and at once for a transaction: block time follows the clock without making anybody wait. */
export async function startAnvil(
  processes: Processes,
  { name, chainId }: { readonly name: string; readonly chainId: number },
): Promise<Anvil> {
  const process = processes.startNative(name, anvilBinary(), [
    ...['--host', '127.0.0.1', '--port', '0', '--chain-id', String(chainId)],
    ...['--block-time', '1', '--mixed-mining', '--color', 'never'],
  ])
  const port = await process.ready((line) => /^Listening on 127\.0\.0\.1:(\d+)/.exec(line)?.[1], READY_MS)
  return { url: `http://127.0.0.1:${port}`, process }
}
