// People with keys at a command line: an anvil with a whole network and market on it, key files, and `stkr` in this process,
// answering in JSON or in words.
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import * as assert from 'uvu/assert'
import { bindContract } from '../../src/chain/contracts.ts'
import { TestAnkrAbi } from '../../src/chain/abi/TestAnkr.ts'
import type { DeployOptions } from '../../src/chain/deploy-options.ts'
import { fromHex, toHex } from '../../src/core/bytes.ts'
import { nobleRecordSigner } from '../../src/core/signature.ts'
import type { Hex } from '../../src/core/types.ts'
import { GOVERNMENT } from '../../src/devnet/terms.ts'
import { startAnvil } from './anvil.ts'
import { MARKET, startMarket } from './anvil-market.ts'
import type { TestMarket } from './anvil-market.ts'
import { SCHEDULE, startNetwork } from './anvil-network.ts'
import { runCli } from './cli.ts'

/** Votes long enough for a loaded machine; whoever waits for their end moves time. */
export const VOTING_SECONDS = 600
export const TIMELOCK_SECONDS = 60
const SLOW: DeployOptions['government'] = {
  ...GOVERNMENT,
  timelock: TIMELOCK_SECONDS,
  policy: { ...GOVERNMENT.policy, votingPeriod: VOTING_SECONDS },
}

const ETHER_100: Hex = '0x56bc75e2d63100000'

export interface Person {
  readonly address: Hex
  /** Flags that pay as this person, without asking. */
  readonly pays: readonly string[]
  /** The same, but only to look. */
  readonly looks: readonly string[]
}

export type Said = Record<string, unknown>

export interface People {
  readonly world: TestMarket
  readonly folder: string
  /** Whose secret key is given, with 100 ETH. */
  readonly person: (name: string, key: Hex) => Promise<Person>
  readonly mint: (to: Hex, amount: bigint) => Promise<void>
  readonly file: (name: string, text: string) => string
  /** What --json said; the command is done. */
  readonly ok: (...argv: readonly string[]) => Promise<Said>
  /** The code of a command that is refused. */
  readonly refused: (...argv: readonly string[]) => Promise<unknown>
  readonly text: (...argv: readonly string[]) => Promise<string>
  /** Moves the chain's time on. */
  readonly wait: (seconds: number) => Promise<void>
  readonly stop: () => Promise<void>
}

/** @param bidders Sidecars, each with its own provider, qualified. */
export async function startPeople(bidders: number, changes: Partial<DeployOptions> = {}): Promise<People> {
  const anvil = await startAnvil()
  const net = await startNetwork(anvil, Math.max(1, bidders), SCHEDULE, 5000n, {
    ...MARKET,
    government: SLOW,
    ...changes,
  })
  const world = await startMarket(net, bidders)
  const folder = mkdtempSync(join(tmpdir(), 'stkr-people-'))
  const token = bindContract(TestAnkrAbi, net.contracts.token, net.provider)
  const where = ['--rpc-urls', anvil.url, '--data-dir', folder]
  const file = (name: string, text: string): string => {
    writeFileSync(join(folder, name), text, { mode: 0o600 })
    return join(folder, name)
  }
  const json = async (argv: readonly string[]): Promise<{ readonly code: number; readonly said: Said }> => {
    const { code, out } = await runCli(...argv, ...where, '--json')
    return { code, said: JSON.parse(out.split('\n').at(-1) ?? '{}') as Said }
  }
  return {
    world,
    folder,
    file,
    person: async (name, key) => {
      const { address } = nobleRecordSigner(fromHex(key))
      await anvil.rpc('anvil_setBalance', address, ETHER_100)
      const looks = ['--key-file', file(`${name}.key`, key)]
      return { address, looks, pays: [...looks, '--yes'] }
    },
    mint: async (to, amount) => {
      await net.outbox.submit({ key: `mint:${to}`, ...token.call('mint', [to, amount]) })
    },
    ok: async (...argv) => {
      const { code, said } = await json(argv)
      assert.is(code, 0, `${argv.join(' ')}: ${JSON.stringify(said)}`)
      return said
    },
    refused: async (...argv) => {
      const { code, said } = await json(argv)
      assert.is.not(code, 0, `${argv.join(' ')} is refused`)
      return said['code']
    },
    text: async (...argv) => {
      const { code, out, err } = await runCli(...argv, ...where)
      assert.is(code, 0, err)
      return out
    },
    wait: async (seconds) => {
      await anvil.rpc('evm_increaseTime', seconds)
      await anvil.rpc('evm_mine')
    },
    stop: async () => {
      rmSync(folder, { recursive: true })
      await net.outbox.stop()
      await anvil.stop()
    },
  }
}

/** The key of a sidecar's own record key, which owns its provider. */
export const ownerKey = ({ world }: People, index = 0): Hex => {
  const keys = world.net.sidecars[index]
  if (!keys) throw new Error(`no sidecar ${index}`)
  return toHex(keys.recordKey)
}
