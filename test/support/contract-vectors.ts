// The vectors that the contracts replay too (scripts/vectors-contracts.ts): what both sides must compute alike.

import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import * as z from 'zod'
import type { Hex } from '../../src/core/types.ts'

const hex = z.custom<Hex>((value) => typeof value === 'string' && /^0x[0-9a-f]*$/.test(value))

const Vectors = z.object({
  separator: hex,
  beacon: z.object({ randomness: hex }),
  seatSeed: hex,
  auditSeed: hex,
  rings: z.array(z.object({ n: z.number(), seed: hex, slots: z.array(z.number()), places: z.array(z.number()) })),
  certificates: z.array(z.object({ content: hex, digest: hex })),
  tree: z.object({ root: hex, leaf: z.array(z.number()), proof: z.array(hex) }),
  contentOf: hex,
})

export const contractVectors = Vectors.parse(
  JSON.parse(readFileSync(join(import.meta.dirname, '../vectors/contracts.json'), 'utf8')),
)
