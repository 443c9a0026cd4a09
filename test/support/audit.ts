// A small network's period, ready to be judged: members with real keys, a context, and records as honest sidecars make
// them. For tests of single parts; whole workflows run in the simulator.

import { keccak256, utf8ToBytes } from '../../src/core/bytes.ts'
import { RevealBody, SealBody, StatementBody } from '../../src/core/records.ts'
import { RECORD_KINDS } from '../../src/core/types.ts'
import type { Beacon, Member, Network, Roster, SignedRecord, TargetReport } from '../../src/core/types.ts'
import { targetsOf } from '../../src/audit/assignment.ts'
import { drawContext } from '../../src/audit/context.ts'
import type { PeriodContext } from '../../src/audit/context.ts'
import { commitmentOf } from '../../src/audit/report.ts'
import { seenBits } from '../../src/round/statement.ts'
import { signRecord } from '../../src/round/record.ts'
import { simKeys } from './sim-crypto.ts'
import { SIM_SCHEDULE } from './sim-scenario.ts'

const label = (text: string): Uint8Array => keccak256(utf8ToBytes(text))

export const testNetwork: Network = {
  chainId: 31_337n,
  sidecars: '0x0000000000000000000000000000000000000001',
  committee: '0x0000000000000000000000000000000000000002',
  ledger: '0x0000000000000000000000000000000000000003',
  separator: label('separator'),
  drand: { hash: '00'.repeat(32), publicKey: new Uint8Array(96), genesisTime: 1_700_000_000, periodSeconds: 3 },
  schedule: SIM_SCHEDULE,
}

export const beaconOf = (round: number): Beacon => ({
  round,
  signature: new Uint8Array(48),
  randomness: label(`randomness ${round}`),
})

export interface TestPeriod {
  readonly context: PeriodContext
  readonly roster: Roster
  member(slot: number): Member
  sign(slot: number, kind: number, sequence: number, body: Uint8Array): SignedRecord
  seal(slot: number): SignedRecord
  reveal(slot: number, change?: (report: TargetReport) => TargetReport): SignedRecord
  statement(slot: number, phase: number, seen: readonly number[]): SignedRecord
}

export function testPeriod(size: number, period = 0): TestPeriod {
  const keys = Array.from({ length: size }, (_, slot) => simKeys(`node ${slot}`))
  const members = keys.map(({ signer, certificateSigner, peerKey }, slot) => ({
    id: slot + 1,
    slot,
    signer: signer.address,
    peerKey,
    blsKey: certificateSigner.publicKey,
  }))
  const roster = { epoch: 0, members }
  const beacon = beaconOf(SIM_SCHEDULE.genesisRound + period * SIM_SCHEDULE.periodRounds)
  const context = drawContext(testNetwork, period, roster, beacon)
  const { separator } = testNetwork

  const member = (slot: number): Member => {
    const found = members[slot]
    if (!found) throw new Error(`there is no slot ${slot}`)
    return found
  }
  const sign: TestPeriod['sign'] = (slot, kind, sequence, body) => {
    const { signer } = keys[slot] ?? simKeys('nobody')
    return signRecord(signer, separator, { kind, author: slot + 1, unit: period, sequence }, body)
  }
  const reportFor = (slot: number): TargetReport[] =>
    targetsOf(context.assignment, slot).map((target) => ({
      slot: target,
      attempts: 3,
      up: 3,
      degraded: 0,
      inconclusive: 0,
      reason: 0,
      latencyP50Ms: 40 + slot,
      latencyP95Ms: 60 + slot,
      blockNumber: 1_000 + slot,
      answersRoot: label(`answers ${slot}/${target}`),
    }))
  const sealFor = (slot: number, salt: Uint8Array, report: TargetReport[]): SignedRecord =>
    sign(
      slot,
      RECORD_KINDS.seal,
      0,
      SealBody.serialize({ commitment: commitmentOf(separator, period, slot + 1, { salt, report }) }),
    )
  const salt = (slot: number): Uint8Array => label(`salt ${slot}`)

  return {
    context,
    roster,
    member,
    sign,
    seal: (slot) => sealFor(slot, salt(slot), reportFor(slot)),
    reveal(slot, change = (report) => report) {
      const report = reportFor(slot).map(change)
      const sealSignature = sealFor(slot, salt(slot), report).signature
      return sign(slot, RECORD_KINDS.reveal, 0, RevealBody.serialize({ salt: salt(slot), sealSignature, report }))
    },
    statement: (slot, phase, seen) =>
      sign(slot, RECORD_KINDS.statement, phase, StatementBody.serialize({ seen: seenBits(size, seen) })),
  }
}
