// The job that tests of pricers ask about.

import type { MarketJob } from '../../src/core/types.ts'

export const job: MarketJob = {
  id: 7,
  rules: { shortlist: 1, pricing: 'vickrey', reserve: 80n * 10n ** 18n },
  closeRound: 10,
  openRound: 12,
  pickRound: 14,
  requester: '0x00000000000000000000000000000000000000aa',
  kind: 'validator',
  specHash: `0x${'11'.repeat(32)}`,
  requirements: { cpuMilliGhz: 4_000, memoryMilliGb: 16_000, storageMilliGb: 128_000, durationSeconds: 3_600 },
  fixedPrice: 100n * 10n ** 18n,
  state: 'announced',
  deadlineAt: 1_700_000_000,
  rank: 0,
  winner: 0,
  price: 0n,
  openingsHash: undefined,
  took: undefined,
  run: undefined,
}
