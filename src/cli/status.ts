// `stkr status`: asks the running sidecar and prints a few lines a person can read, or its whole answer as JSON.

import type { Command } from 'commander'
import { z } from 'zod'
import { controlSocketOf, dataDirOf } from '../config/load.ts'
import { environmentOf } from '../config/names.ts'
import { Fault } from '../core/errors.ts'
import { askStatus } from './control.ts'
import { EXIT, toJson } from './outcome.ts'
import type { Configure } from './program.ts'

const EXAMPLE = `
Example:
  $ stkr status --data-dir ~/.stkr`

/** The part of SidecarStatus that people are shown; another process wrote it, so it is checked like any input. */
const shown = z.object({
  peerId: z.string(),
  addresses: z.array(z.string()),
  audit: z.object({
    round: z.number(),
    period: z.number(),
    phase: z.string(),
    id: z.number().optional(),
    slot: z.number().optional(),
    seat: z.number().optional(),
    members: z.number(),
    targets: z.array(z.number()),
    lastPosted: z.number().optional(),
  }),
  node: z.object({
    state: z.string(),
    code: z.string().optional(),
    since: z.number(),
    job: z.number().optional(),
    pid: z.number().optional(),
    answer: z.object({ client: z.string(), headNumber: z.number(), syncDistance: z.number() }).optional(),
    warnings: z.array(z.object({ code: z.string(), detail: z.string() })),
  }),
  mesh: z.object({
    peers: z.number(),
    connections: z.number(),
    reach: z.object({ verdict: z.string(), relays: z.array(z.string()), relaying: z.number() }).optional(),
  }),
  endpoints: z.array(z.object({ host: z.string(), state: z.string(), code: z.string().optional() })),
  pendingTransactions: z.array(z.string()),
})

type Node = z.infer<typeof shown>['node']
type Reach = z.infer<typeof shown>['mesh']['reach']
type Endpoints = z.infer<typeof shown>['endpoints']

/** The node beside the sidecar, and what it is warned of. */
function nodeLines({ state, code, since, job, pid, answer, warnings }: Node): readonly string[] {
  const why = code === undefined ? '' : ` [${code}]`
  const facts = [
    `since ${new Date(since).toISOString()}`,
    ...(job === undefined ? [] : [`job ${job}`]),
    ...(pid === undefined ? [] : [`pid ${pid}`]),
    ...(answer ? [answer.client, `at ${answer.headNumber}`] : []),
    ...(answer && answer.syncDistance > 0 ? [`${answer.syncDistance} behind`] : []),
  ]
  return [
    `node      ${state}${why}, ${facts.join(', ')}`,
    ...warnings.map((warning) => `warning   ${warning.detail} [${warning.code}]`),
  ]
}

/** Whether others can dial it, and through whom otherwise. */
function reachLine(reach: Reach): readonly string[] {
  if (!reach) return []
  const { verdict, relays, relaying } = reach
  const ways = relays.length === 0 ? '' : `, through ${relays.length} relays`
  return [`reach     ${verdict}${ways}${relaying === 0 ? '' : `, relays for ${relaying}`}`]
}

/** Those that are not used at the moment. */
const endpointLines = (endpoints: Endpoints): readonly string[] =>
  endpoints.flatMap(({ host, state, code }) =>
    state === 'good' ? [] : [`endpoint  ${host} ${state}${code === undefined ? '' : ` [${code}]`}`],
  )

/** One fact a line, name first. */
export function statusLines(status: unknown): readonly string[] {
  const parsed = shown.safeParse(status)
  if (!parsed.success) throw new Fault('control-garbled', 'the sidecar runs another version: restart it, or use --json')
  const { peerId, addresses, audit, mesh, node, endpoints, pendingTransactions: pending } = parsed.data
  const member =
    audit.id === undefined ? 'observing: not a member of this epoch' : `sidecar ${audit.id}, slot ${audit.slot ?? '-'}`
  const posted = audit.lastPosted === undefined ? 'none yet' : `period ${audit.lastPosted}`
  return [
    `who       ${member}${audit.seat === undefined ? '' : `, seat ${audit.seat}`}`,
    ...nodeLines(node),
    `peer      ${peerId}`,
    `listens   ${addresses.join(' ') || 'nowhere'}`,
    `mesh      ${mesh.peers} peers, ${mesh.connections} connections`,
    ...reachLine(mesh.reach),
    ...endpointLines(endpoints),
    `period    ${audit.period} (${audit.phase}, round ${audit.round}) of ${audit.members} members`,
    `audits    ${audit.targets.join(' ') || 'nobody'}`,
    `on chain  ${posted}${pending.length === 0 ? '' : `; pending ${pending.join(' ')}`}`,
  ]
}

export const configure: Configure = (command: Command, terminal, done) => {
  command
    .option('--data-dir <dir>', `data directory (default: ~/.stkr) [${environmentOf('dataDir')}]`)
    .addHelpText('after', EXAMPLE)
    .action(async ({ json, ...flags }: { json?: boolean; dataDir?: string }) => {
      const status = await askStatus(controlSocketOf(dataDirOf(flags)))
      if (json === true) terminal.out(toJson({ ok: true, status }))
      else statusLines(status).forEach(terminal.out)
      done(EXIT.ok)
    })
}
