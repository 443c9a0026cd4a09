// What must hold after parts of a network were killed, whatever the order: nobody signed twice, every period whose
// committee had a quorum is on chain, no transaction is left behind, memory does not grow.

import { join } from 'node:path'
import { RecordType, decode, recordHash } from '../../src/core/records.ts'
import { phaseRounds, roundDueAt, viewStart } from '../../src/core/clock.ts'
import type { Hex, SignedRecord } from '../../src/core/types.ts'
import type { Devnet } from '../../src/devnet/devnet.ts'
import type { Posting } from '../../src/devnet/progress.ts'
import { openDatabase } from '../../src/store/database.ts'
import type { Ears, Memory, Outage } from './chaos.ts'

/** All records a stopped sidecar holds: what it signed, and what it heard from others. */
export async function recordsIn(dataDir: string): Promise<readonly SignedRecord[]> {
  const db = await openDatabase(join(dataDir, 'store'))
  const records: SignedRecord[] = []
  try {
    for (const table of ['signed', 'records', 'auctions'] as const)
      for await (const [, value] of db.rows(table, {})) records.push(decode(RecordType, value, `a record in ${table}`))
    return records
  } finally {
    await db.close()
  }
}

/** Places for which more than one record was signed. */
export function signedTwice(records: Iterable<SignedRecord>): readonly string[] {
  const places = new Map<string, Set<Hex>>()
  for (const record of records) {
    const place = `kind ${record.kind}, author ${record.author}, unit ${record.unit}, sequence ${record.sequence}`
    places.set(place, (places.get(place) ?? new Set()).add(recordHash(record)))
  }
  return [...places].filter(([, hashes]) => hashes.size > 1).map(([place]) => place)
}

const overlaps = ({ from, to }: Outage, start: number, end: number): boolean => from < end && to > start

/** Leaders that may need to have a turn before a certificate stands. */
const VIEWS = 3

export interface Disturbances {
  readonly outages: readonly Outage[]
  readonly missed: Ears['missed']
}

/** Sidecars that were there and in time, with beacons, from the start of `period` until its certificate could stand. */
export function undisturbed(
  { schedule, drand, plans }: Devnet,
  { outages, missed }: Disturbances,
  period: number,
): number {
  const start = roundDueAt(drand, phaseRounds(schedule, period).probe)
  const end = roundDueAt(drand, viewStart(schedule, period, VIEWS))
  const down = new Set(outages.filter((outage) => overlaps(outage, start, end)).map(({ what }) => what))
  return down.has('beacon') ? 0 : plans.filter(({ id }) => !down.has(`node${id}`) && !missed(id, period)).length
}

/** Every member has a seat in a network this small. */
export const quorumOf = (seats: number): number => seats - Math.floor((seats - 1) / 3)

/** Periods up to the newest posted one that are missing although a quorum was undisturbed. */
export function missingPeriods(devnet: Devnet, disturbances: Disturbances, postings: readonly Posting[]) {
  const posted = new Set(postings.map(({ period }) => period))
  const newest = Math.max(-1, ...posted)
  const missing = Array.from({ length: newest + 1 }, (_, period) => period).filter((period) => !posted.has(period))
  const quorum = quorumOf(devnet.plans.length)
  return {
    excused: missing.filter((period) => undisturbed(devnet, disturbances, period) < quorum),
    owed: missing.filter((period) => undisturbed(devnet, disturbances, period) >= quorum),
  }
}

/** Least-squares slope of each process's resident memory after its first `settleMs`, bytes a minute; needs five points. */
export function memorySlopes(memory: readonly Memory[], settleMs: number): ReadonlyMap<string, number> {
  const series = new Map<string, [minutes: number, bytes: number][]>()
  for (const { at, rss } of memory)
    for (const [name, bytes] of rss) series.set(name, [...(series.get(name) ?? []), [at / 60_000, bytes]])
  const slopes = new Map<string, number>()
  for (const [name, points] of series) {
    const begin = (points[0]?.[0] ?? 0) + settleMs / 60_000
    const later = points.filter(([minutes]) => minutes >= begin)
    if (later.length >= 5) slopes.set(name, slopeOf(later))
  }
  return slopes
}

function slopeOf(points: readonly (readonly [x: number, y: number])[]): number {
  const mean = (pick: 0 | 1): number => points.reduce((sum, point) => sum + point[pick], 0) / points.length
  const [x, y] = [mean(0), mean(1)]
  const [above, below] = points.reduce(
    ([a, b], point) => [a + (point[0] - x) * (point[1] - y), b + (point[0] - x) ** 2],
    [0, 0],
  )
  return above / below
}
