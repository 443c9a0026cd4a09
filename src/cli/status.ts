// `stkr status`: asks the running sidecar and prints a few lines a person can read, or its whole answer as JSON.

import type { Command } from 'commander'
import * as z from 'zod'
import { controlSocketOf, dataDirOf } from '../config/load.ts'
import { environmentOf } from '../config/names.ts'
import { Fault } from '../core/errors.ts'
import { askStatus } from './control.ts'
import { EXIT, toJson } from './outcome.ts'
import type { Configure } from './program.ts'
import { decimalText } from './units.ts'

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
  mesh: z.object({ peers: z.number(), connections: z.number() }),
  reach: z.object({
    verdict: z.string(),
    confirmed: z.array(z.string()),
    relays: z.array(z.string()),
    relaying: z.number(),
    direct: z.number(),
    relayed: z.number(),
  }),
  endpoints: z.array(
    z.object({
      kind: z.string(),
      host: z.string(),
      state: z.string(),
      code: z.string().optional(),
      latencyMs: z.number().optional(),
      demoted: z.string().optional(),
    }),
  ),
  transactions: z.array(
    z.object({ name: z.string(), nonce: z.number(), attempts: z.number(), code: z.string().optional() }),
  ),
  gas: z
    .object({
      balance: z.string().regex(/^\d+$/),
      postingsLeft: z.number(),
      code: z.string().optional(),
    })
    .optional(),
})

type Node = z.infer<typeof shown>['node']
type Reach = z.infer<typeof shown>['reach']
type Endpoint = z.infer<typeof shown>['endpoints'][number]
type Gas = z.infer<typeof shown>['gas']
type Transaction = z.infer<typeof shown>['transactions'][number]

const inBrackets = (code: string | undefined): string => (code === undefined ? '' : ` [${code}]`)

/** The node beside the sidecar, and what it is warned of. */
function nodeLines({ state, code, since, job, pid, answer, warnings }: Node): readonly string[] {
  const facts = [
    `since ${new Date(since).toISOString()}`,
    ...(job === undefined ? [] : [`job ${job}`]),
    ...(pid === undefined ? [] : [`pid ${pid}`]),
    ...(answer ? [answer.client, `at ${answer.headNumber}`] : []),
    ...(answer && answer.syncDistance > 0 ? [`${answer.syncDistance} behind`] : []),
  ]
  return [
    `node      ${state}${inBrackets(code)}, ${facts.join(', ')}`,
    ...warnings.map((warning) => `warning   ${warning.detail} [${warning.code}]`),
  ]
}

/** Whether others can dial it, where, and through whom otherwise; how it is connected. */
function reachLine({ verdict, confirmed, relays, relaying, direct, relayed }: Reach): string {
  const facts = [
    verdict,
    ...(confirmed.length === 0
      ? []
      : [`at ${confirmed.map((address) => address.replace(/\/p2p\/.*$/, '')).join(' ')}`]),
    ...(relays.length === 0 ? [] : [`through ${relays.length} relays`]),
    ...(relaying === 0 ? [] : [`relays for ${relaying}`]),
    `${direct} direct, ${relayed} relayed`,
  ]
  return `reach     ${facts.join(', ')}`
}

/** How many are well, and a line for each of the others. */
function endpointLines(endpoints: readonly Endpoint[]): readonly string[] {
  const isWell = ({ state, demoted }: Endpoint): boolean => state === 'good' && demoted === undefined
  const share = (kind: string): string => {
    const all = endpoints.filter((one) => one.kind === kind)
    return `${all.filter(isWell).length} of ${all.length} ${kind}`
  }
  const lines = endpoints.map(({ kind, host, state, code, demoted, latencyMs }) => {
    const how = state === 'good' ? 'asked last' : state
    const speed = latencyMs === undefined ? '' : `, ${Math.round(latencyMs)} ms`
    return `endpoint  ${kind} ${host} ${how}${inBrackets(code ?? demoted)}${speed}`
  })
  return [
    `endpoints ${share('rpc')}, ${share('beacon')}`,
    ...lines.filter((_, at) => !isWell(endpoints[at] as Endpoint)),
  ]
}

const gasLines = (gas: Gas): readonly string[] =>
  gas
    ? [
        `gas       ${decimalText(BigInt(gas.balance), 18)} ETH, enough for ${gas.postingsLeft} postings${inBrackets(gas.code)}`,
      ]
    : []

/** A transaction that is not mined yet. */
const transactionLine = ({ name, nonce, attempts, code }: Transaction): string =>
  `pending   ${name}, nonce ${nonce}${attempts > 1 ? `, signed ${attempts} times` : ''}${inBrackets(code)}`

/** One fact a line, name first. */
export function statusLines(status: unknown): readonly string[] {
  const parsed = shown.safeParse(status)
  if (!parsed.success) throw new Fault('control-garbled', 'the sidecar runs another version: restart it, or use --json')
  const { peerId, addresses, audit, mesh, reach, node, endpoints, transactions, gas } = parsed.data
  const member =
    audit.id === undefined ? 'observing: not a member of this epoch' : `sidecar ${audit.id}, slot ${audit.slot ?? '-'}`
  const posted = audit.lastPosted === undefined ? 'none yet' : `period ${audit.lastPosted}`
  return [
    `who       ${member}${audit.seat === undefined ? '' : `, seat ${audit.seat}`}`,
    ...nodeLines(node),
    `peer      ${peerId}`,
    `listens   ${addresses.join(' ') || 'nowhere'}`,
    `mesh      ${mesh.peers} peers, ${mesh.connections} connections`,
    reachLine(reach),
    ...endpointLines(endpoints),
    `period    ${audit.period} (${audit.phase}, round ${audit.round}) of ${audit.members} members`,
    `audits    ${audit.targets.join(' ') || 'nobody'}`,
    `on chain  ${posted}`,
    ...gasLines(gas),
    ...transactions.map(transactionLine),
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
