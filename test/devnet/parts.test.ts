// The parts of a local network that a test of recovery kills: chain and beacon relay come back at the same port with what they
// had, and what only waited is lost with them, as with a real node.
// time limit: 120 s
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { connectRpc } from '../../src/chain/rpc.ts'
import { startAnvil } from '../../src/devnet/anvil.ts'
import { startBeacon } from '../../src/devnet/beacon.ts'
import { createProcesses } from '../../src/devnet/processes.ts'

const parts = suite('devnet parts')
const folder = mkdtempSync(join(tmpdir(), 'stkr-parts-'))
const processes = createProcesses(folder)

parts.after(async () => {
  await processes.stop()
  rmSync(folder, { recursive: true, force: true })
})

const fails = (promise: Promise<unknown>): Promise<boolean> =>
  promise.then(
    () => false,
    () => true,
  )

const isGone = (pid: number): boolean => {
  try {
    process.kill(pid, 0)
    return false
  } catch {
    return true
  }
}

parts('a killed chain comes back with its blocks, receipts and balances', async () => {
  const anvil = await startAnvil(processes, { name: 'chain', chainId: 31_337, folder })
  const provider = await connectRpc({ urls: [anvil.url], timeoutMs: 10_000 })
  const [from = '', to = ''] = (await provider.send('eth_accounts', [])) as string[]
  const hash = (await provider.send('eth_sendTransaction', [{ from, to, value: '0x1' }])) as string
  const mined = async () => (await provider.send('eth_getTransactionReceipt', [hash])) as { blockHash: string } | null
  while ((await mined()) === null) await new Promise((resolve) => setTimeout(resolve, 20))
  const before = await mined()
  const balance: unknown = await provider.send('eth_getBalance', [to, 'latest'])
  const pid = anvil.pid()
  await anvil.kill()
  assert.ok(isGone(pid), 'the process is gone')
  assert.ok(await fails(provider.send('eth_blockNumber', [])), 'its port is closed')
  await anvil.revive()
  assert.is((await mined())?.blockHash, before?.blockHash)
  assert.is(await provider.send('eth_getBalance', [to, 'latest']), balance)
  assert.is(await provider.send('eth_getTransactionCount', [from, 'latest']), '0x1')
  const height = Number(await provider.send('eth_blockNumber', []))
  while (Number(await provider.send('eth_blockNumber', [])) <= height)
    await new Promise((resolve) => setTimeout(resolve, 50))
  provider.destroy()
})

parts('a killed beacon relay serves the same rounds again', async () => {
  const beacon = await startBeacon(processes, Date.now() - 10_000, 1)
  const round = async (): Promise<string> => (await fetch(`${beacon.url}/public/5`)).text()
  const before = await round()
  await beacon.kill()
  assert.ok(await fails(round()), 'its port is closed')
  await beacon.revive()
  assert.is(await round(), before)
})

parts.run()
