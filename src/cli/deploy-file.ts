// The one file a network is deployed from: YAML (JSON is YAML), every value checked by name before anything is sent. Amounts
// are ANKR with decimals, moments ISO dates, spans seconds. Promises that an error names the file and the path of the
// value, e.g. `government.policy.votingPeriod`, and that an unknown name is an error.

import { readFileSync } from 'node:fs'
import { parse } from 'yaml'
import * as z from 'zod'
import type { DeployOptions } from '../chain/deploy-options.ts'
import { address, decimal, integer } from '../config/knobs.ts'
import { fromHex } from '../core/bytes.ts'
import { Fault } from '../core/errors.ts'

const FILE_MAX_BYTES = 256 * 1024
const UINT32 = 0xffff_ffff
const BPS = 10_000

const ankr = decimal(18)
const usd = decimal(18)
const bps = (most = BPS) => integer(0, most)
const seconds = integer(1, UINT32)
const count = (most: number) => integer(1, most)
const flag = z.enum(['true', 'false'], { error: 'expected true or false' }).transform((text) => text === 'true')
const moment = z.iso
  .datetime({ offset: true, error: 'expected a moment such as 2027-01-31T12:00:00Z' })
  .transform((text) => Math.floor(Date.parse(text) / 1_000))

const drand = z.strictObject({
  publicKey: z
    .string()
    .regex(/^0x[0-9a-fA-F]{192}$/, 'expected a public key: 0x and 192 hex digits')
    .transform((hex) => fromHex(hex)),
  genesisTime: count(2 ** 40),
  periodSeconds: count(3_600),
})

const schedule = z.strictObject({
  genesisRound: count(2 ** 40),
  periodRounds: count(UINT32),
  epochPeriods: count(UINT32),
  audits: count(65_535),
  seatsMax: count(128),
  sealRounds: count(65_535),
  closeRounds: count(65_535),
  revealCloseRounds: count(65_535),
  certifyRounds: count(65_535),
  viewRounds: count(65_535),
  evidencePeriods: count(65_535),
})

const registry = z.strictObject({
  minStake: ankr,
  unbondingEpochs: count(UINT32),
  slashBps: integer(1, BPS),
  reporterBps: bps(),
  sink: address,
})

const price = z.union(
  [
    z.strictObject({ feed: address }),
    z.strictObject({ usd: integer(1, 1e15).transform(BigInt), decimals: integer(0, 18) }),
  ],
  { error: 'expected either feed, an address, or usd and decimals of a development feed' },
)
const quotes = z.strictObject({
  rates: z.strictObject({ cpuUsd: usd, memoryUsd: usd, storageUsd: usd }),
  price,
  maxAgeSeconds: integer(60, 7 * 24 * 3_600),
})

const weight = bps(6_000)
const providers = z.strictObject({
  withdrawalDelay: seconds,
  policy: z
    .strictObject({
      minCollateral: ankr,
      maxCollateral: ankr,
      stakeWeight: weight,
      priceWeight: weight,
      runningTimeWeight: weight,
      uptimeWeight: weight,
      fullRunningSeconds: seconds,
    })
    .refine(
      (p) => p.stakeWeight + p.priceWeight + p.runningTimeWeight + p.uptimeWeight === BPS,
      'weights add up to 10000',
    ),
})

const discipline = z.strictObject({
  threshold: integer(0, 65_535),
  recordPeriods: count(UINT32),
  recordNodes: count(UINT32),
  suspensionSeconds: seconds,
  probationSeconds: seconds,
  serviceBps: bps(),
  windowPeriods: count(UINT32),
  slashBps: bps(),
  reporterBps: bps(),
})

const market = z.strictObject({
  timing: z.strictObject({
    bidRounds: count(UINT32),
    certifyRounds: count(UINT32),
    pickRounds: count(UINT32),
    longestRounds: count(UINT32),
    settleRounds: count(UINT32),
  }),
  policy: z.strictObject({
    rewardBps: bps(2_000),
    insuranceBps: bps(2_000),
    forfeitBps: bps(),
    penaltyBps: bps(),
    shortlist: integer(1, 16),
    payAsBid: flag,
    startSeconds: integer(10, 30 * 24 * 3_600),
    confirmSeconds: integer(10, 30 * 24 * 3_600),
    serviceBps: bps(9_900),
    leastPeriods: count(65_535),
    lossBps: bps(),
  }),
})

const projects = z.strictObject({
  challengeSeconds: integer(1, 30 * 24 * 3_600),
  rulingSeconds: integer(60, 90 * 24 * 3_600),
})

const size = integer(0, UINT32)
const microPools = z.strictObject({
  depositContract: address.optional(),
  policy: z.strictObject({
    rewardBps: bps(2_000),
    insuranceBps: bps(2_000),
    leastSeconds: seconds,
    mostSeconds: seconds,
    validator: z.strictObject({ cpuMilliGhz: size, memoryMilliGb: size, storageMilliGb: size }),
  }),
})

const thresholds = z.strictObject({ ankrThreshold: ankr, ethThreshold: decimal(18) })
const pools = z.strictObject({
  development: address,
  reward: z.strictObject({
    governorsBps: bps(4_000),
    operatorsBps: integer(2_000, BPS),
    stakersBps: integer(1_000, BPS),
    developmentBps: bps(2_000),
    votersBps: bps(5_000),
    periodSeconds: integer(24 * 3_600, 90 * 24 * 3_600),
  }),
  insurance: thresholds,
  insuranceLeast: thresholds,
  requesterUnbondingSeconds: integer(24 * 3_600, 90 * 24 * 3_600),
})

const council = z
  .strictObject({
    transitionAt: moment,
    invited: z.array(address).min(2).max(11),
    policy: z.strictObject({
      n: integer(1, 10),
      minStake: ankr,
      slashBps: integer(1, 5_000),
      electionSeconds: seconds,
      unbondingSeconds: seconds,
    }),
    bounds: z.strictObject({
      minStakeLeast: ankr,
      minStakeMost: ankr,
      electionSecondsLeast: seconds,
      electionSecondsMost: seconds,
      unbondingSecondsLeast: seconds,
      unbondingSecondsMost: seconds,
    }),
  })
  .refine((c) => new Set(c.invited).size === c.policy.n + 1, 'invited are n + 1 different accounts')

const government = z.strictObject({
  timelock: integer(0, UINT32),
  policy: z.strictObject({
    votingDelay: integer(0, UINT32),
    votingPeriod: seconds,
    quorumBps: integer(3_400, 8_000),
  }),
  bounds: z.strictObject({
    votingDelayMost: integer(0, UINT32),
    votingPeriodLeast: seconds,
    votingPeriodMost: seconds,
    timelockLeast: integer(0, UINT32),
    timelockMost: integer(0, UINT32),
    executionSeconds: seconds,
  }),
})

const shape = z.strictObject({
  network: z.string().regex(/^[\x21-\x7e]{1,64}$/, 'expected 1 to 64 characters without spaces'),
  installer: address,
  token: address.optional(),
  drand,
  schedule,
  registry,
  ledger: z.strictObject({ bounty: ankr, seatBounty: ankr }),
  quotes,
  providers,
  discipline,
  dividends: z.strictObject({ windowPeriods: count(UINT32), lapsePeriods: count(UINT32) }),
  market,
  projects,
  microPools,
  pools,
  council,
  government,
})

function textOf(file: string): string {
  let text: string
  try {
    text = readFileSync(file, 'utf8')
  } catch (cause) {
    throw new Fault('config-unreadable', `${file} cannot be read: check the path given with --config`, { cause })
  }
  if (text.length > FILE_MAX_BYTES)
    throw new Fault('config-unreadable', `${file} is larger than ${FILE_MAX_BYTES} bytes`)
  return text
}

/** Faults: `config-unreadable`, `config-invalid` (every wrong value, by its path). */
export function readDeployFile(file: string): DeployOptions {
  let raw: unknown
  try {
    // As text: 0x… stays an address and 0.1 an exact amount.
    raw = parse(textOf(file), { schema: 'failsafe', prettyErrors: false })
  } catch (cause) {
    if (cause instanceof Fault) throw cause
    throw new Fault('config-unreadable', `${file} is not YAML: mend it`, { cause })
  }
  const checked = shape.safeParse(raw)
  if (!checked.success) {
    const problems = checked.error.issues.map(({ path, message }) => `${path.join('.') || 'the file'}: ${message}`)
    throw new Fault('config-invalid', `${file}: ${problems.join('; ')}`)
  }
  const { token, microPools: validators, ...rest } = checked.data
  const { depositContract, policy } = validators
  return { ...rest, token, microPools: { depositContract, policy } }
}
