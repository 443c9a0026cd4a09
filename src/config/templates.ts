// How the nodes of won jobs are started: a YAML file with an entry for each kind of job. Checked whole when it is loaded:
// a mistake is found before the first bid, not after the first win.

import { readFileSync } from 'node:fs'
import { parse } from 'yaml'
import * as z from 'zod'
import { Fault } from '../core/errors.ts'
import { WORKLOAD_KINDS } from '../core/types.ts'
import type { WorkloadKind } from '../core/types.ts'
import { PATH_MAX, url } from './knobs.ts'

/** What may stand in braces in a word of a template. */
export const PLACEHOLDERS = [
  'job',
  'kind',
  'dataDir',
  'dir',
  'cpuMilliGhz',
  'memoryMilliGb',
  'storageMilliGb',
  'durationSeconds',
  'specHash',
] as const
export type Placeholder = (typeof PLACEHOLDERS)[number]

const TEMPLATES_MAX_BYTES = 64 * 1024
const WORDS_MAX = 256
const known = new Set<string>(PLACEHOLDERS)
const isFilled = (word: string): boolean => [...word.matchAll(/\{(\w*)\}/g)].every(([, name = '']) => known.has(name))
const word = z
  .string()
  .max(PATH_MAX)
  .refine(isFilled, `only ${PLACEHOLDERS.map((name) => `{${name}}`).join(' ')} may stand in braces`)

const template = z
  .strictObject({
    workload: z.enum(Object.keys(WORKLOAD_KINDS) as WorkloadKind[]).default('ethereum-execution'),
    url,
    command: z.array(word).min(1).max(WORDS_MAX).readonly().optional(),
    container: word.optional(),
    healthPath: z.string().startsWith('/').max(512).default('/'),
    healthStatus: z.int().min(100).max(599).default(200),
    healthField: z.string().min(1).max(256).optional(),
    healthCommand: z.array(word).min(1).max(WORDS_MAX).readonly().optional(),
  })
  .refine(
    ({ command, container }) => (command === undefined) !== (container === undefined),
    'one of command and container',
  )
export type JobTemplate = z.infer<typeof template>

const shape = z.record(z.string().regex(/^[\x21-\x7e]{1,32}$/, 'a kind of job'), template)

/** Templates by kind of job. Faults: `config-unreadable`, `config-invalid`; values are never repeated. */
export function readTemplates(file: string): ReadonlyMap<string, JobTemplate> {
  let raw: unknown
  try {
    const text = readFileSync(file, 'utf8')
    if (text.length > TEMPLATES_MAX_BYTES) throw new Error('too large')
    raw = parse(text, { prettyErrors: false })
  } catch (cause) {
    throw new Fault('config-unreadable', `${file} cannot be read as YAML of at most 64 KiB`, { cause })
  }
  const parsed = shape.safeParse(raw)
  const issue = parsed.error?.issues[0]
  if (issue) throw new Fault('config-invalid', `${file}: ${issue.path.join('.')} is wrong: ${issue.message}`)
  return new Map(Object.entries(parsed.data ?? {}))
}

/** A word with its placeholders filled; no shell reads it, whatever the value holds. */
export const fill = (text: string, values: Readonly<Record<Placeholder, string>>): string =>
  text.replaceAll(/\{(\w+)\}/g, (whole, name: string) => (known.has(name) ? values[name as Placeholder] : whole))
