// A real EVM node for a test, on a free port: starts in a few hundred milliseconds, ends with the test or, if the test
// forgets, with its process. Blocks come with each transaction unless told otherwise.
import { spawn } from 'node:child_process'
import { createRequire } from 'node:module'
import { createInterface } from 'node:readline'
import type { Hex } from '../../src/core/types.ts'

export interface Anvil {
  readonly url: string
  /** Any method, anvil's own included (evm_mine, anvil_setBalance, …). */
  readonly rpc: (method: string, ...params: readonly unknown[]) => Promise<unknown>
  /** Resolves once a transaction is in a block, whatever became of it there: true if it was not reverted. */
  readonly mined: (tx: Hex) => Promise<boolean>
  readonly stop: () => Promise<void>
}

/** First two of anvil's public development accounts: 10,000 ETH each, worthless on purpose. */
export const ANVIL_KEYS: readonly [Hex, Hex] = [
  '0xac0974bec39a17e36ba4a6b4d238ff944bacb478cbed5efcae784d7bf4f2ff80',
  '0x59c6995e998f97a5a0044966f0945389dc9e86dae88c7a8412f4603b6b78690d',
]

const RECEIPT_POLL_MS = 10

const binary = (): string => {
  const { resolve } = createRequire(createRequire(import.meta.url).resolve('@foundry-rs/anvil/package.json'))
  const arch = process.arch === 'x64' ? 'amd64' : process.arch
  return resolve(`@foundry-rs/anvil-${process.platform}-${arch}/bin/anvil`)
}

const call = async (url: string, method: string, params: readonly unknown[]): Promise<unknown> => {
  const body = JSON.stringify({ jsonrpc: '2.0', id: 1, method, params })
  const response = await fetch(url, { method: 'POST', headers: { 'content-type': 'application/json' }, body })
  const answer: unknown = await response.json()
  if (typeof answer === 'object' && answer !== null && 'result' in answer) return answer.result
  throw new Error(`${method}: ${JSON.stringify(answer)}`)
}

/** `extra` are anvil's own flags, e.g. `--no-mining`, `--block-time 1`. */
export const startAnvil = async (...extra: readonly string[]): Promise<Anvil> => {
  const args = ['--host', '127.0.0.1', '--port', '0', '--color', 'never', ...extra]
  const child = spawn(binary(), args, { stdio: ['ignore', 'pipe', 'inherit'] })
  const kill = () => child.kill('SIGKILL')
  process.once('exit', kill)
  const gone = new Promise<void>((resolve) => child.once('close', () => resolve()))
  const port = await new Promise<string>((resolve, reject) => {
    child.once('error', reject)
    child.once('exit', (code) => reject(new Error(`anvil ended with ${code} before it listened`)))
    createInterface(child.stdout).on('line', (line) => {
      const found = /^Listening on 127\.0\.0\.1:(\d+)/.exec(line)?.[1]
      if (found) resolve(found)
    })
  })
  const url = `http://127.0.0.1:${port}`
  const rpc: Anvil['rpc'] = (method, ...params) => call(url, method, params)
  // Asked again and again: a provider that waits for the next block waits for ever where blocks come with transactions.
  const mined = async (tx: Hex): Promise<boolean> => {
    for (;;) {
      const receipt = (await rpc('eth_getTransactionReceipt', tx)) as { readonly status: Hex } | null
      if (receipt !== null) return receipt.status === '0x1'
      await new Promise((resolve) => setTimeout(resolve, RECEIPT_POLL_MS))
    }
  }
  return {
    url,
    rpc,
    mined,
    stop: async () => {
      process.off('exit', kill)
      kill()
      await gone
    },
  }
}
