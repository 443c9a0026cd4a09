// A deployed network of some sidecars on a real EVM node, with a drand chain of its own: what the tests of the chain
// adapter stand on. Time on the chain is set by hand, so a test is in whatever period it wants.
import { createHash } from 'node:crypto'
import { bls12_381 } from '@noble/curves/bls12-381.js'
import * as assert from 'uvu/assert'
import { createLocalChain } from '../../src/beacon/local-chain.ts'
import type { LocalChain } from '../../src/beacon/local-chain.ts'
import { TestAnkrAbi } from '../../src/chain/abi/TestAnkr.ts'
import { bindContract } from '../../src/chain/contracts.ts'
import type { Call } from '../../src/chain/contracts.ts'
import { deploy } from '../../src/chain/deploy.ts'
import type { Deployed, DeployOptions } from '../../src/chain/deploy-options.ts'
import { planDeployment } from '../../src/chain/deploy-plan.ts'
import { createLedger } from '../../src/chain/ledger.ts'
import { createOutbox } from '../../src/chain/outbox.ts'
import type { Outbox, OutboxOptions } from '../../src/chain/outbox.ts'
import { createVolatilePending } from '../../src/chain/pending.ts'
import type { Pending } from '../../src/chain/pending.ts'
import { register } from '../../src/chain/registration.ts'
import type { RegistrationKeys } from '../../src/chain/registration.ts'
import { connectRpc } from '../../src/chain/rpc.ts'
import type { Provider } from '../../src/chain/rpc.ts'
import { concatBytes, fromHex, keccak256, toHex, utf8ToBytes, word } from '../../src/core/bytes.ts'
import { nobleBls } from '../../src/core/bls.ts'
import { epochOf, roundDueAt } from '../../src/core/clock.ts'
import type { Clock, Ledger, Log } from '../../src/core/ports.ts'
import { nobleRecordSigner } from '../../src/core/signature.ts'
import type { AuditResult, Beacon, Certificate, Hex, Schedule } from '../../src/core/types.ts'
import { GOVERNOR_KEYS } from '../../src/devnet/government.ts'
import { fundLedger, mint } from '../../src/devnet/money.ts'
import { localOptions } from '../../src/devnet/terms.ts'
import { ANVIL_KEYS } from './anvil.ts'
import type { Anvil } from './anvil.ts'

export const SCHEDULE: Schedule = {
  genesisRound: 1000,
  periodRounds: 12,
  epochPeriods: 4,
  audits: 2,
  seatsMax: 8,
  sealRounds: 4,
  closeRounds: 6,
  revealCloseRounds: 8,
  certifyRounds: 10,
  viewRounds: 2,
  evidencePeriods: 16,
}

export const systemClock: Clock = {
  now: () => Date.now(),
  at: (at, task) => {
    const timer = setTimeout(task, Math.max(0, at - Date.now()))
    return () => clearTimeout(timer)
  },
}
const nothing = () => undefined
export const silentLog: Log = { debug: nothing, info: nothing, warn: nothing, error: nothing }

export const OUTBOX = { confirmations: 1, pollMs: 20, replaceAfterMs: 60_000, feeCeiling: 10n ** 12n } as const

export interface Party {
  readonly provider: Provider
  readonly outbox: Outbox
  readonly pending: Pending
}

/** An outbox on `url` for `key`, started. */
export const openOutbox = async (
  url: string | readonly string[],
  key: Hex,
  options: Partial<OutboxOptions> = {},
  pending: Pending = createVolatilePending(),
): Promise<Party> => {
  const provider = await connectRpc({ urls: typeof url === 'string' ? [url] : url, timeoutMs: 5000 })
  const deps = { provider, pending, clock: systemClock, log: silentLog }
  const outbox = createOutbox({ senderKey: fromHex(key), ...OUTBOX, ...options }, deps)
  await outbox.start()
  return { provider, outbox, pending }
}

export interface Sidecar extends RegistrationKeys {
  readonly recordKey: Uint8Array
  readonly blsKey: Uint8Array
}

/** The same keys for the same number, always. */
export const sidecarKeys = (index: number): Sidecar => {
  const seed = keccak256(utf8ToBytes('test sidecar'), word(index))
  const recordKey = keccak256(seed, utf8ToBytes('record'))
  const blsKey = bls12_381.utils.randomSecretKey(concatBytes(seed, seed.subarray(0, 16)))
  return {
    recordKey,
    blsKey,
    record: nobleRecordSigner(recordKey),
    certificate: { publicKey: nobleBls.publicKey(blsKey), sign: (digest) => nobleBls.sign(blsKey, digest) },
    peerKey: keccak256(seed, utf8ToBytes('peer')),
  }
}

export interface TestNetwork extends Party {
  readonly anvil: Anvil
  readonly contracts: Deployed
  readonly drand: LocalChain
  readonly sidecars: readonly Sidecar[]
  readonly ledger: Ledger
  /** A ledger of its own for another sender. */
  readonly ledgerOf: (party: Pick<Party, 'provider' | 'outbox'>) => Promise<Ledger>
  readonly beacon: (round: number) => Beacon
  /** Makes a call as the timelock does after a decision. */
  readonly decided: (call: Call) => Promise<void>
  /** Makes a call as any address, a contract's too; it gets ether for it. */
  readonly callAs: (from: Hex, call: Call) => Promise<void>
  /** Sets the chain to a moment in which `round` is the newest. */
  readonly goTo: (round: number) => Promise<void>
  /** A certificate of any kind by all of the epoch's seats but `absentees`. */
  readonly certifyAny: (what: Certified, absentees?: readonly number[]) => Promise<Certificate>
  /** The same of a period's result. */
  readonly certify: (result: AuditResult, absentees?: readonly number[]) => Promise<Certificate>
}

export type Certified = Pick<Certificate, 'kind' | 'unit' | 'epoch' | 'content'>

const NONE = 2n ** 64n - 1n

export const contentOf = ({ base, root, contentId }: AuditResult): Uint8Array =>
  keccak256(word(base?.period ?? NONE), base ? fromHex(base.root) : word(0), fromHex(root), fromHex(contentId))

const CERTIFICATE_TYPEHASH = keccak256(utf8ToBytes('Certificate(uint8 kind,uint64 unit,uint64 epoch,bytes32 content)'))

/** Amounts small enough to count by hand. */
const SMALL: Pick<DeployOptions, 'registry' | 'ledger'> = {
  registry: {
    minStake: 1000n,
    unbondingEpochs: 2,
    slashBps: 5000,
    reporterBps: 1000,
    sink: '0x00000000000000000000000000000000000000aa',
  },
  ledger: { bounty: 10n, seatBounty: 5n },
}

const ETHER_10 = '0x8ac7230489e80000'

/** An outbox for the sidecar's own record key, with ether and `ankr` of the test token. */
export const openOwn = async (
  { anvil, contracts, outbox, provider }: Pick<TestNetwork, 'anvil' | 'contracts' | 'outbox' | 'provider'>,
  keys: Sidecar,
  ankr: bigint,
): Promise<Party> => {
  await anvil.rpc('anvil_setBalance', keys.record.address, ETHER_10)
  const token = bindContract(TestAnkrAbi, contracts.token, provider)
  await outbox.submit({ key: `mint:${keys.record.address}`, ...token.call('mint', [keys.record.address, ankr]) })
  return openOutbox(anvil.url, toHex(keys.recordKey))
}

/**
 * Deploys with the first development account, registers `count` sidecars, and stands just before genesis. `owned`: each
 * sidecar belongs to its own record key instead of the deployer, with as much of the token. `changes` to the local terms.
 */
export const startNetwork = async (
  anvil: Anvil,
  count: number,
  schedule = SCHEDULE,
  owned?: bigint,
  changes: Partial<DeployOptions> = {},
): Promise<TestNetwork> => {
  const party = await openOutbox(anvil.url, ANVIL_KEYS[0])
  const latest = await party.provider.getBlock('latest')
  // Genesis of the network is in the future of the node, whose clock can only be moved forwards.
  const genesis = (latest?.timestamp ?? 0) + 100_000 - schedule.genesisRound
  const drand = await createLocalChain({
    seed: createHash('sha512').update('test drand').digest(),
    genesis,
    period: 1,
    threshold: 2,
    members: 3,
    beaconId: 'test',
  })
  const chain = { publicKey: fromHex(`0x${drand.info.public_key}`), genesisTime: genesis, periodSeconds: 1 }
  const terms = localOptions({
    installer: party.outbox.sender,
    drand: chain,
    schedule,
    payAsBid: false,
    invited: GOVERNOR_KEYS.map((secret) => nobleRecordSigner(fromHex(secret)).address),
    transitionAt: genesis + 1_000_000_000,
  })
  const contracts = await deploy(planDeployment({ ...terms, ...SMALL, ...changes }), party)
  await mint(contracts.token, [[party.outbox.sender, 2_000_000n]], party)
  await fundLedger(contracts, 1_000_000n, party)
  const sidecars = Array.from({ length: count }, (_, index) => sidecarKeys(index))
  for (const keys of sidecars) {
    const owner = owned === undefined ? party : await openOwn({ ...party, anvil, contracts }, keys, owned)
    await register({ ledger: contracts.ledger, stake: 2000n }, keys, owner)
    if (owner !== party) await owner.outbox.stop()
  }
  const ledgerOf = (by: Pick<Party, 'provider' | 'outbox'>) =>
    createLedger({ ledger: contracts.ledger, confirmations: 1 }, { ...by, drandHash: async () => drand.info.hash })
  const ledger = await ledgerOf(party)
  const { separator } = await ledger.network()

  const callAs = async (from: Hex, { to, data }: Call): Promise<void> => {
    await anvil.rpc('anvil_setBalance', from, ETHER_10)
    await anvil.rpc('anvil_impersonateAccount', from)
    const tx = (await anvil.rpc('eth_sendTransaction', { from, to, data })) as Hex
    assert.ok(await anvil.mined(tx), `${from} may do it`)
  }

  const certifyAny = async (what: Certified, absentees: readonly number[] = []): Promise<Certificate> => {
    const { kind, unit, epoch, content } = what
    const struct = keccak256(CERTIFICATE_TYPEHASH, word(kind), word(unit), word(epoch), content)
    const digest = keccak256(new Uint8Array([0x19, 1]), separator, struct)
    const signers = sidecars.filter((_, seat) => !absentees.includes(seat))
    const signature = nobleBls.aggregateSignatures(signers.map((keys) => keys.certificate.sign(digest)))
    return { ...what, absentees, signature }
  }
  const certify = (result: AuditResult, absentees?: readonly number[]): Promise<Certificate> =>
    certifyAny(
      { kind: 1, unit: result.period, epoch: epochOf(schedule, result.period), content: contentOf(result) },
      absentees,
    )

  return {
    ...party,
    anvil,
    contracts,
    drand,
    sidecars,
    ledger,
    ledgerOf,
    beacon: (round) => {
      const signed = drand.sign(round)
      return { round, signature: fromHex(`0x${signed.signature}`), randomness: fromHex(`0x${signed.randomness}`) }
    },
    decided: (call) => callAs(contracts.timelock, call),
    callAs,
    goTo: async (round) => {
      await anvil.rpc('evm_setNextBlockTimestamp', roundDueAt(chain, round) / 1000)
      await anvil.rpc('evm_mine')
    },
    certify,
    certifyAny,
  }
}

/** A result nobody computed: the contract cannot tell. */
export const anyResult = (period: number, base?: AuditResult['base'], salt = ''): AuditResult => ({
  period,
  base,
  root: toHex(keccak256(utf8ToBytes(`root ${period} ${salt}`))),
  contentId: toHex(keccak256(utf8ToBytes(`content ${period} ${salt}`))),
})
