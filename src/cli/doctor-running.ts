// The running sidecar's part of `stkr doctor`, asked over its control socket: is it in the mesh, can others dial it, does
// the period move.

import * as z from 'zod'
import { controlSocketOf } from '../config/load.ts'
import type { SidecarConfig } from '../config/sidecar.ts'
import { Fault } from '../core/errors.ts'
import { askControl } from './control.ts'
import { fail, ok, warn } from './findings.ts'
import type { Finding } from './findings.ts'

/** gossipsub's D: with fewer neighbours messages take detours. */
const PEERS_MIN = 3
/** Periods that may be under way before one should be on chain. */
const UNPOSTED_MAX = 4

const statusShape = z.object({
  audit: z.object({
    period: z.number(),
    phase: z.string(),
    members: z.number(),
    lastPosted: z.number().optional(),
  }),
  mesh: z.object({
    peers: z.number(),
  }),
  reach: z.object({ verdict: z.string(), relays: z.array(z.string()) }),
  pendingTransactions: z.array(z.string()),
})
const dialShape = z.array(
  z.object({ peerId: z.string(), address: z.string(), reached: z.boolean(), code: z.string().optional() }),
)
type Status = z.infer<typeof statusShape>
type Dials = z.infer<typeof dialShape>

function parsed<S extends z.ZodType>(shape: S, answer: unknown): z.infer<S> {
  const result = shape.safeParse(answer)
  if (result.success) return result.data
  throw new Fault('control-garbled', 'the sidecar runs another version: restart it')
}

/** Others than itself are needed to have peers. */
function checkMesh({ mesh, audit }: Status): Finding {
  const seen = `${mesh.peers} peers`
  if (mesh.peers >= Math.min(PEERS_MIN, Math.max(0, audit.members - 1))) return ok('mesh', seen)
  const fix = 'set bootstrap peers that run; check that the firewall lets TCP out'
  return mesh.peers === 0
    ? fail('mesh', { code: 'mesh-alone', seen, fix })
    : warn('mesh', { code: 'mesh-thin', seen, fix })
}

function checkPeriod({ audit: { period, phase, lastPosted }, pendingTransactions: pending }: Status): Finding {
  const waiting = pending.length === 0 ? '' : `; waiting for ${pending.join(' ')}`
  const seen = `period ${period} (${phase}), on chain ${lastPosted ?? 'none yet'}${waiting}`
  if (period - (lastPosted ?? -1) <= UNPOSTED_MAX) return ok('period', seen)
  const fix = 'look up the code of the newest line "stuck" in the log'
  return warn('period', { code: 'period-unposted', seen, fix })
}

/** What peers found when they dialled us. */
export function checkReach(dials: Dials, reach?: Status['reach']): Finding {
  const reached = dials.filter((dial) => dial.reached)
  const tried = dials.filter(({ code }) => code === undefined)
  if (reached.length > 0) {
    const addresses = [...new Set(reached.map(({ address }) => address.replace(/\/p2p\/.*$/, '')))].join(' ')
    return ok(
      'reach',
      `dialled from outside at ${addresses} by ${new Set(reached.map(({ peerId }) => peerId)).size} peers`,
    )
  }
  const verdict = reach ? `; AutoNAT says ${reach.verdict}` : ''
  if (reach && reach.relays.length > 0) {
    const seen = `behind a NAT, reached through ${reach.relays.length} relays${verdict}`
    const fix = 'forward the ports of listen if you can, or set upnp: probes over a relay are slower'
    return warn('reach', { code: 'reach-relayed', seen, fix })
  }
  if (tried.length > 0) {
    const seen = `${tried.length} dials from outside failed: behind NAT or a firewall${verdict}`
    const fix = 'forward the ports of listen, and say in announce what others should dial'
    return fail('reach', { code: 'reach-none', seen, fix })
  }
  const seen = dials.length === 0 ? 'no peer to ask' : `no peer would dial what we announce (${dials[0]?.code ?? ''})`
  const fix = 'peers dial only the IP they see: does announce name another one, or are all peers of an older version?'
  return warn('reach', { code: 'reach-unknown', seen, fix })
}

/** Findings about the running sidecar; one warning when there is none. */
export async function checkRunning({ dataDir }: SidecarConfig): Promise<readonly Finding[]> {
  const socket = controlSocketOf(dataDir)
  let answer: unknown
  try {
    answer = await askControl(socket, 'status')
  } catch (error) {
    if (!(error instanceof Fault) || error.code !== 'not-running') throw error
    const fix = 'start it with stkr run; then doctor sees mesh and reachability, too'
    return [warn('sidecar', { code: 'not-running', seen: 'no sidecar runs on this data directory', fix })]
  }
  const status = parsed(statusShape, answer)
  const dials = parsed(dialShape, await askControl(socket, 'dialback'))
  return [checkMesh(status), checkReach(dials, status.reach), checkPeriod(status)]
}
