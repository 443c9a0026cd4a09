// What `stkr init` asks a person at a terminal: the values without a default, and those that nearly everybody has to set.
// Each answer is checked as its flag would be, so that the result is the same. Where nobody sits at a terminal it asks
// nothing.

import { existsSync } from 'node:fs'
import { configFileOf } from '../config/file.ts'
import { dataDirOf, sourcesOf } from '../config/load.ts'
import { saidOf } from '../config/resolve.ts'
import type { RawFlags } from '../config/resolve.ts'
import { SIDECAR_KNOBS } from '../config/sidecar.ts'
import type { Terminal } from './outcome.ts'

const ASKED = ['rpcUrls', 'ledger', 'workloadUrl', 'bootstrap', 'announce'] as const

const initialOf = (fallback: unknown): string | undefined =>
  typeof fallback === 'string' ? fallback : Array.isArray(fallback) ? fallback.join(',') : undefined

/** `flags` with answers for what neither flag, environment nor file says; unchanged where a file exists already. */
export async function askMissing(flags: RawFlags, { prompts }: Terminal): Promise<RawFlags> {
  if (!prompts) return flags
  const dataDir = dataDirOf(flags)
  // What a file leaves out was left out on purpose, and a file is never changed.
  if (existsSync(configFileOf(dataDir))) return flags
  const sources = sourcesOf(flags, dataDir)
  const answers: Record<string, unknown> = {}
  for (const name of ASKED) {
    const { check, fallback, help } = SIDECAR_KNOBS[name]
    if (saidOf(name, SIDECAR_KNOBS[name], dataDir, sources).where !== undefined) continue
    const initial = initialOf(fallback)
    const answer = await prompts.text(`${name}: ${help}`, {
      ...(initial !== undefined && { initial }),
      check: (text) => check.safeParse(text).error?.issues[0]?.message,
    })
    if (answer !== initial) answers[name] = answer
  }
  return { ...flags, ...answers }
}
