// The scenario behind scripts/gas.ts: 160 sidecars, committees of 8, 32 and 128, real certificates and beacons, each
// measured as a transaction mined by anvil. Deterministic: keys, times and addresses are fixed. Stops its anvil.

import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { setTimeout } from 'node:timers/promises'
import { StandardMerkleTree } from '@openzeppelin/merkle-tree'
import { Interface, JsonRpcProvider, SigningKey, computeAddress, concat, id, keccak256, toBeHex } from 'ethers'
import type { InterfaceAbi } from 'ethers'
import { AuditLedgerAbi } from '../src/chain/abi/AuditLedger.ts'
import { AuditLedgerBytecode } from '../src/chain/bytecode/AuditLedger.ts'
import { BeaconsAbi } from '../src/chain/abi/Beacons.ts'
import { BeaconsBytecode } from '../src/chain/bytecode/Beacons.ts'
import { CertificateCostAbi } from '../src/chain/abi/CertificateCost.ts'
import { CertificateCostBytecode } from '../src/chain/bytecode/CertificateCost.ts'
import { CommitteeAbi } from '../src/chain/abi/Committee.ts'
import { CommitteeBytecode } from '../src/chain/bytecode/Committee.ts'
import { SidecarsAbi } from '../src/chain/abi/Sidecars.ts'
import { SidecarsBytecode } from '../src/chain/bytecode/Sidecars.ts'
import { TestAnkrAbi } from '../src/chain/abi/TestAnkr.ts'
import { TestAnkrBytecode } from '../src/chain/bytecode/TestAnkr.ts'
import * as reference from './reference.ts'
import type { Domain } from './reference.ts'

const ROOT = join(import.meta.dirname, '..')
const SIDECARS = 160
/** The largest first: its seating proves the beacon as well. */
const SIZES = [128, 32, 8] as const
export const GENESIS = 1_700_000_000
export const GENESIS_ROUND = 1_000n
export const CLOCK = [GENESIS, 3, GENESIS_ROUND, 20, 6] as const
export const FIRST_PERIOD_AT = GENESIS + 999 * 3
export const STAKE = 10n ** 21n
const LEAF = ['uint32', 'uint32', 'uint16', 'uint32', 'uint16', 'uint64', 'uint64', 'uint64', 'uint64']

export interface Contract {
  readonly address: string
  /** Gas of a mined transaction; `value` in wei. */
  readonly send: (method: string, args: readonly unknown[], from?: string, value?: bigint) => Promise<number>
}
export interface Chain {
  readonly accounts: readonly string[]
  readonly deploy: (abi: InterfaceAbi, bytecode: string, args: readonly unknown[]) => Promise<Contract>
  /** A contract that is there already. */
  readonly at: (abi: InterfaceAbi, address: string) => Contract
  readonly warp: (timestamp: number) => Promise<void>
}
interface Receipt {
  readonly status: string
  readonly gasUsed: string
  readonly contractAddress: string
}

export const range = (n: number): number[] => Array.from({ length: n }, (_, i) => i)

/** Runs `use` against an anvil of its own, on the hardfork the contracts are compiled for. */
export async function withAnvil<T>(use: (url: string) => Promise<T>): Promise<T> {
  const args = ['--port', '0', '--hardfork', 'osaka', '--timestamp', String(GENESIS), '--gas-limit', '30000000']
  const anvil = spawn(join(ROOT, 'node_modules/.bin/anvil'), args, { stdio: ['ignore', 'pipe', 'inherit'] })
  try {
    const lines = createInterface({ input: anvil.stdout })
    for await (const line of lines) {
      const url = /^Listening on (\S+)$/.exec(line)?.[1]
      if (url === undefined) continue
      // Its log goes on: unread, a full pipe would stop anvil in the middle of a long scenario.
      lines.close()
      anvil.stdout.resume()
      return await use(`http://${url}`)
    }
    throw new Error('anvil ended before it listened')
  } finally {
    const ended = anvil.exitCode === null ? once(anvil, 'exit') : undefined
    anvil.kill('SIGTERM')
    await ended
  }
}

/** anvil answers before it has mined; a receipt follows within milliseconds. */
async function receiptOf(provider: JsonRpcProvider, hash: string): Promise<Receipt> {
  for (let attempt = 0; attempt < 2_000; attempt += 1) {
    const receipt = (await provider.send('eth_getTransactionReceipt', [hash])) as Receipt | null
    if (receipt !== null) return receipt
    await setTimeout(5)
  }
  throw new Error(`not mined: ${hash}`)
}

export async function createChain(provider: JsonRpcProvider): Promise<Chain> {
  const accounts = (await provider.send('eth_accounts', [])) as string[]
  const mined = async (tx: Record<string, string | undefined>): Promise<Receipt> => {
    const hash = (await provider.send('eth_sendTransaction', [{ ...tx, gas: toBeHex(16_777_216) }])) as string
    const receipt = await receiptOf(provider, hash)
    // Asked again as a call, which throws with the reason.
    if (BigInt(receipt.status) !== 1n) await provider.send('eth_call', [{ ...tx, gas: toBeHex(16_777_216) }])
    return receipt
  }
  const at = (address: string, face: Interface): Contract => ({
    address,
    send: async (method, args, from = accounts[0], value = 0n) => {
      const data = face.encodeFunctionData(method, args)
      return Number((await mined({ from, to: address, data, value: toBeHex(value) })).gasUsed)
    },
  })
  return {
    accounts,
    deploy: async (abi, bytecode, args) => {
      const face = new Interface(abi)
      const { contractAddress } = await mined({
        from: accounts[0],
        data: concat([bytecode, face.encodeDeploy(args)]),
      })
      return at(contractAddress, face)
    },
    at: (abi, address) => at(address, new Interface(abi)),
    warp: async (timestamp) => {
      await provider.send('evm_setNextBlockTimestamp', [timestamp])
      await provider.send('evm_mine', [])
    },
  }
}

interface World {
  readonly chain: Chain
  readonly domain: Domain
  readonly drand: reference.LocalDrand
  readonly token: Contract
  readonly sidecars: Contract
  readonly beacons: Contract
  readonly rows: Record<string, number>
}

export const signingKey = (i: number): SigningKey => new SigningKey(id(`stkr.gas.record.${i}`))

export function application(domain: Domain, owner: string, i: number): readonly unknown[] {
  const secret = reference.blsSecret(i)
  const blsKey = reference.g1(secret.toPublicKey())
  const peerKey = id(`stkr.gas.peer.${i}`)
  const proof = secret.sign(Buffer.from(reference.popMessage(domain, owner, blsKey).slice(2), 'hex'))
  const registration = { owner, peerKey, blsKeyHash: keccak256(blsKey) }
  const signed = signingKey(i).sign(reference.typedHash(domain, 'Registration', registration)).serialized
  return [computeAddress(signingKey(i)), peerKey, blsKey, reference.g2(proof), signed, STAKE]
}

async function createWorld(chain: Chain): Promise<World> {
  const owner = chain.accounts[0] ?? ''
  const drand = reference.createLocalDrand(BigInt(id('stkr.gas.drand')) >> 8n)
  const token = await chain.deploy(TestAnkrAbi, TestAnkrBytecode, [])
  const params = [token.address, STAKE, CLOCK, 2, 1_000, 2_000, chain.accounts[9]]
  const sidecars = await chain.deploy(SidecarsAbi, SidecarsBytecode, [params])
  const beacons = await chain.deploy(BeaconsAbi, BeaconsBytecode, [drand.publicKey])
  await token.send('mint', [owner, STAKE * 1_000n])
  await token.send('approve', [sidecars.address, STAKE * 1_000n])
  const domain = { chainId: 31_337n, verifyingContract: sidecars.address }
  const rows: Record<string, number> = {}
  for (const i of range(SIDECARS)) rows['register'] = await sidecars.send('register', [application(domain, owner, i)])
  return { chain, domain, drand, token, sidecars, beacons, rows }
}

async function measureBeacons({ chain, rows }: World): Promise<void> {
  const file = JSON.parse(readFileSync(join(ROOT, 'test/vectors/drand-quicknet.json'), 'utf8')) as {
    readonly chain: { readonly public_key_eip2537: string }
    readonly beacons: readonly { readonly round: number; readonly signature_eip2537: string }[]
  }
  const quicknet = await chain.deploy(BeaconsAbi, BeaconsBytecode, [`0x${file.chain.public_key_eip2537}`])
  const costs: number[] = []
  for (const { round, signature_eip2537 } of file.beacons) {
    costs.push(await quicknet.send('proveRound', [round, `0x${signature_eip2537}`]))
  }
  rows['drand check and store, dearest quicknet beacon'] = Math.max(...costs)
}

/** Seats a committee, then stores roots by its certificates and by single signatures. */
async function measureCommittee(world: World, size: number): Promise<Contract> {
  const { chain, domain, drand, rows } = world
  const committee = await chain.deploy(CommitteeAbi, CommitteeBytecode, [
    world.sidecars.address,
    world.beacons.address,
    size,
  ])
  rows[`seat ${size} of ${SIDECARS}${size === SIZES[0] ? ', with the beacon' : ''}`] = await committee.send('seat', [
    0,
    drand.sign(GENESIS_ROUND),
  ])
  const keys = range(size)
    .map(signingKey)
    .sort((a, b) => (BigInt(computeAddress(a)) < BigInt(computeAddress(b)) ? -1 : 1))
  const signers = keys.map((key) => computeAddress(key))
  const cost = await chain.deploy(CertificateCostAbi, CertificateCostBytecode, [committee.address, 0, signers])
  const mayFail = Math.floor((size - 1) / 3)
  const used: number[] = []
  for (const [unit, absent] of [0, 1, mayFail].entries()) {
    const root = id(`root ${unit}`)
    const digest = reference.typedHash(domain, 'Certificate', { kind: 1, unit, epoch: 0, content: root })
    const bytes = reference.certificate(drawn(world, size), digest, range(absent))
    used.push(await cost.send('storeCertified', [unit, root, bytes]))
  }
  const [none = 0, one = 0, most = 0] = used
  rows[`certificate and root, ${size} seats, 0 absent`] = none
  rows[`certificate and root, ${size} seats, 1 absent`] = one
  rows[`certificate and root, ${size} seats, ${mayFail} absent`] = most
  rows[`each further absentee, ${size} seats`] = Math.ceil((most - one) / (mayFail - 1))
  const digest = reference.typedHash(domain, 'Certificate', { kind: 1, unit: 9, epoch: 0, content: id('signed') })
  const signatures = concat(keys.map((key) => key.sign(digest).serialized))
  rows[`${size} ECDSA signatures and root, to compare`] = await cost.send('storeSigned', [9, id('signed'), signatures])
  return committee
}

/** The seats' secrets, in the order of the draw. */
function drawn({ domain, drand }: World, size: number) {
  const seed = reference.seedOf('stkr.seat', domain, 0n, drand.randomness(GENESIS_ROUND))
  return range(size).map((place) => reference.blsSecret(reference.slotAt(seed, place, SIDECARS)))
}

async function measureLedger(world: World, committee: Contract): Promise<void> {
  const { chain, domain, rows, token, sidecars, beacons } = world
  const ledger = await chain.deploy(AuditLedgerAbi, AuditLedgerBytecode, [
    [sidecars.address, committee.address, beacons.address, 10n ** 18n, 10n ** 18n, [4, 10, 12, 14, 15, 2, 100]],
  ])
  await token.send('approve', [ledger.address, STAKE])
  rows['fund'] = await ledger.send('fund', [STAKE])
  const leaves = range(SIDECARS).map((i) => [i + 1, i, 9_999, 35, 4, 21_000_000 + i, 700, 6_990_000, 640 + i])
  const tree = StandardMerkleTree.of(leaves, LEAF)
  const post = async (period: bigint, base: bigint): Promise<number> => {
    const baseRoot = base === reference.NO_BASE ? `0x${'00'.repeat(32)}` : tree.root
    const content = reference.contentOf(base, baseRoot, tree.root, id('bundle'))
    const digest = reference.typedHash(domain, 'Certificate', { kind: 1, unit: period, epoch: 0, content })
    const bytes = reference.certificate(drawn(world, 128), digest, [])
    return ledger.send('post', [period, base, tree.root, id('bundle'), bytes])
  }
  rows['full posting, first period, first bounty'] = await post(0n, reference.NO_BASE)
  rows['full posting, known poster'] = await post(1n, 0n)
  const proof = (i: number) => [leaves[i], tree.getProof(i)] as const
  rows['prove leaf, first of a sidecar'] = await ledger.send('proveLeaf', [0, ...proof(77)])
  rows['prove leaf, newer'] = await ledger.send('proveLeaf', [1, ...proof(77)])
  rows['claim seat bounty'] = await ledger.send('claimSeatBounty', [0])
  rows['withdraw credit'] = await ledger.send('withdrawCredit', [chain.accounts[0]])
  rows[`edge among ${SIDECARS} slots`] = await ledger.send('audits', [0, 3, 159])
}

async function measureSlash({ chain, domain, sidecars, rows }: World): Promise<void> {
  const evidence = ['left', 'right'].flatMap((body) => {
    const value = { kind: 4, author: 5, unit: 77, sequence: 2, bodyHash: id(body) }
    const { r, s } = signingKey(4).sign(reference.typedHash(domain, 'Record', value))
    return [value.bodyHash, concat([r, s])]
  })
  const args = [5, 4, 77, 2, ...evidence]
  rows['slash equivocation, with forced exit'] = await sidecars.send('slashEquivocation', args, chain.accounts[1])
  rows['request exit'] = await sidecars.send('requestExit', [60])
}

/** Gas by row name, in the order measured. */
export async function measure(): Promise<Readonly<Record<string, number>>> {
  return withAnvil(async (url) => {
    const provider = new JsonRpcProvider(url, 31_337, { staticNetwork: true, batchMaxCount: 1 })
    try {
      const chain = await createChain(provider)
      const world = await createWorld(chain)
      await measureBeacons(world)
      await chain.warp(FIRST_PERIOD_AT + 120)
      const committees: Contract[] = []
      for (const size of SIZES) committees.push(await measureCommittee(world, size))
      const largest = committees[0]
      if (largest !== undefined) await measureLedger(world, largest)
      await measureSlash(world)
      return world.rows
    } finally {
      provider.destroy()
    }
  })
}
