// All contracts of a new network, in the order they need each other, and the bounty budget. For local networks and
// tests; a public network is deployed once, by script, with the real token. It does not check the parameters: the
// constructors do, by name.

import { toHex } from '../core/bytes.ts'
import { expandG2 } from '../core/eip2537.ts'
import type { DrandChain, Hex, Schedule } from '../core/types.ts'
import { AuditLedgerAbi, AuditLedgerBytecode } from './abi/AuditLedger.ts'
import { BeaconsAbi, BeaconsBytecode } from './abi/Beacons.ts'
import { CommitteeAbi, CommitteeBytecode } from './abi/Committee.ts'
import { SidecarsAbi, SidecarsBytecode } from './abi/Sidecars.ts'
import { TestAnkrAbi, TestAnkrBytecode } from './abi/TestAnkr.ts'
import { bindContract } from './contracts.ts'
import { create } from './creation.ts'
import type { Creation } from './creation.ts'
import type { Outbox } from './outbox.ts'
import type { Provider } from './rpc.ts'

/** Money is in base units of the test token. */
export interface DeployOptions {
  readonly drand: Pick<DrandChain, 'publicKey' | 'genesisTime' | 'periodSeconds'>
  readonly schedule: Schedule
  readonly minStake: bigint
  readonly unbondingEpochs: number
  readonly slashBps: number
  readonly reporterBps: number
  /** Receives what a slash leaves after the reporter's share. */
  readonly sink: Hex
  readonly bounty: bigint
  readonly seatBounty: bigint
  /** Minted and given to the ledger. */
  readonly budget: bigint
  /** Minted to accounts that will stake. */
  readonly mint: readonly { readonly to: Hex; readonly amount: bigint }[]
}

export interface DeployDeps {
  readonly provider: Provider
  readonly outbox: Outbox
}

export interface Deployed {
  readonly token: Hex
  readonly beacons: Hex
  readonly sidecars: Hex
  readonly committee: Hex
  /** The one address sidecars are configured with. */
  readonly ledger: Hex
}

const scheduleOf = (schedule: Schedule) => ({
  auditsPerSlot: schedule.audits,
  sealRounds: schedule.sealRounds,
  closeRounds: schedule.closeRounds,
  revealCloseRounds: schedule.revealCloseRounds,
  certifyRounds: schedule.certifyRounds,
  viewRounds: schedule.viewRounds,
  evidencePeriods: schedule.evidencePeriods,
})

const sidecarsParams = (options: DeployOptions, token: Hex) => ({
  token,
  minStake: options.minStake,
  clock: {
    genesisTime: options.drand.genesisTime,
    secondsPerRound: options.drand.periodSeconds,
    genesisRound: options.schedule.genesisRound,
    periodRounds: options.schedule.periodRounds,
    epochPeriods: options.schedule.epochPeriods,
  },
  unbondingEpochs: options.unbondingEpochs,
  slashBps: options.slashBps,
  reporterBps: options.reporterBps,
  sink: options.sink,
})

/** Faults: `revert-…` for refused parameters, those of the outbox. */
export async function deploy(options: DeployOptions, { provider, outbox }: DeployDeps): Promise<Deployed> {
  const { drand, schedule } = options
  const token = await create(outbox, ['TestAnkr', TestAnkrAbi, TestAnkrBytecode], [])
  const key = toHex(expandG2(drand.publicKey))
  const beacons = await create(outbox, ['Beacons', BeaconsAbi, BeaconsBytecode], [key])
  const registry: Creation = ['Sidecars', SidecarsAbi, SidecarsBytecode]
  const sidecars = await create(outbox, registry, [sidecarsParams(options, token)])
  const seats = [sidecars, beacons, schedule.seatsMax]
  const committee = await create(outbox, ['Committee', CommitteeAbi, CommitteeBytecode], seats)
  const { bounty, seatBounty, budget } = options
  const params = { sidecars, committee, beacons, bounty, seatBounty, schedule: scheduleOf(schedule) }
  const ledger = await create(outbox, ['AuditLedger', AuditLedgerAbi, AuditLedgerBytecode], [params])

  const ankr = bindContract(TestAnkrAbi, token, provider)
  const wanted = [...options.mint, { to: outbox.sender, amount: budget }]
  // Distinct names: the same account may be named twice.
  for (const [i, { to, amount }] of wanted.entries())
    await outbox.submit({ key: `mint:${i}`, ...ankr.call('mint', [to, amount]) })
  if (budget > 0n) {
    await outbox.submit({ key: 'approve:budget', ...ankr.call('approve', [ledger, budget]) })
    const fund = bindContract(AuditLedgerAbi, ledger, provider).call('fund', [budget])
    await outbox.submit({ key: 'fund', ...fund })
  }
  return { token, beacons, sidecars, committee, ledger }
}
