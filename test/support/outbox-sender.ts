// A process that sends one transaction through an outbox on a real store, and finishes what an earlier one left. Says how
// many were unfinished at its start, then waits until none is. Whoever tests it kills it between any two steps.
//   node test/support/outbox-sender.ts STORE_FOLDER RPC_URL KEY TO
import { writeSync } from 'node:fs'
import { openStore } from '../../src/store/open.ts'
import type { Hex } from '../../src/core/types.ts'
import { openOutbox } from './anvil-network.ts'

const [folder = '', url = '', key = '', to = ''] = process.argv.slice(2)
const store = await openStore(folder)
const { outbox } = await openOutbox(url, key as Hex, {}, store.pending)
writeSync(1, `${outbox.unfinished().length}\n`)
if (outbox.unfinished().length === 0) await outbox.submit({ key: 'once', to: to as Hex, data: '0x', value: 7n })
while (outbox.unfinished().length > 0) await new Promise((resolve) => setTimeout(resolve, 10))
await outbox.stop()
await store.close()
