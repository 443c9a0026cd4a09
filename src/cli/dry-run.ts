// `stkr run --dry-run`: the sidecar as an observer. It reads keys and password and opens everything a sidecar opens, but
// runs with keys made for this run and a store in a temporary folder: whatever it signed would be signed by nobody, what is
// signed once for good is neither read nor written, and its outbox holds no key at all. It follows the place of the real
// keys and says what they would be due to do and to send.

import { rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import type { WouldSend } from '../chain/rehearsal.ts'
import type { SidecarConfig } from '../config/sidecar.ts'
import type { Log, MeshEvent } from '../core/ports.ts'
import type { Hex } from '../core/types.ts'
import { readKeys } from '../keys/keyring.ts'
import { checkFolder } from '../keys/owner-only.ts'
import { createSecrets } from '../keys/secrets.ts'
import { createRecordSigner } from '../native/records.ts'
import { createSidecar } from '../sidecar.ts'
import type { SidecarStatus } from '../sidecar.ts'
import { makeDryRunFolder, removeLeftFolders } from './dry-run-folder.ts'
import type { Terminal } from './outcome.ts'
import { askPassword } from './password.ts'
import { amountText } from './units.ts'

const LOOK_MS = 500

export interface DryRunDeps {
  readonly log: Log
  readonly emit: (event: MeshEvent) => void
  /** Aborts when it is time to stop. */
  readonly signal: AbortSignal
}

export interface DryRunResult {
  readonly dryRun: true
  readonly seconds: number
  /** Whose place was followed. */
  readonly signer: Hex
  /** Undefined: the signer is not a member of the running epoch. */
  readonly sidecar: number | undefined
  /** Periods that began, certificates that were heard of, periods that came on chain by others. */
  readonly periods: number
  readonly certified: number
  readonly posted: number
  readonly wouldSend: readonly WouldSend[]
  /** How everything stood at the end. */
  readonly status: Pick<SidecarStatus, 'audit' | 'node' | 'mesh' | 'reach' | 'endpoints' | 'gas' | 'beacon'>
}

/** Nothing of the operator's is touched: no node is started, nothing is written to the data directory, no bid is priced. */
const observing = (config: SidecarConfig, dataDir: string): SidecarConfig => ({
  ...config,
  dataDir,
  fault: [],
  bidKinds: [],
  workloadCommand: [],
  workloadContainer: undefined,
  workloadPidFile: undefined,
  jobTemplates: undefined,
})

/** What happened, counted as it comes. */
function createTally(emit: (event: MeshEvent) => void) {
  const counted = { periods: 0, certified: 0, posted: 0 }
  const wouldSend: WouldSend[] = []
  let dutyOf: number | undefined
  return {
    wouldSend,
    counted,
    note(event: MeshEvent): void {
      if (event.type === 'period-started') counted.periods++
      if (event.type === 'certified') counted.certified++
      if (event.type === 'posted') counted.posted++
      emit(event)
    },
    onWouldSend(would: WouldSend): void {
      wouldSend.push(would)
      emit({ type: 'would-send', ...would })
    },
    /** Says a period's duty once it is known. */
    look({ audit }: SidecarStatus): void {
      const { period, phase, id, slot, seat, targets, auditors } = audit
      if (phase === 'waiting' || period === dutyOf) return
      dutyOf = period
      emit({ type: 'duty', period, id, slot, seat, targets, auditors })
    },
  }
}

/** Runs until the signal aborts. Faults: those of keys, password, configuration, chain, relays and host. */
export async function dryRun(config: SidecarConfig, terminal: Terminal, deps: DryRunDeps): Promise<DryRunResult> {
  const { log, emit, signal } = deps
  checkFolder(config.dataDir)
  const keys = await readKeys(config.keysFile, () => askPassword(config, terminal))
  // All that is kept of the keys: what could sign is gone before anything begins.
  const signer = createRecordSigner(keys.record).address
  const left = removeLeftFolders(tmpdir(), process.getuid?.())
  if (left.length > 0) log.info('removed what a killed dry run left', { folders: left.join(' ') })
  const folder = makeDryRunFolder(tmpdir())
  const tally = createTally(emit)
  const startedAt = Date.now()
  try {
    const sidecar = await createSidecar(observing(config, folder), createSecrets(), {
      log,
      emit: tally.note,
      rehearse: { signer, onWouldSend: tally.onWouldSend },
    })
    let status: SidecarStatus
    try {
      await sidecar.start()
      log.info('the dry run is up', { signer })
      await watch(() => tally.look(sidecar.status()), signal)
    } finally {
      status = sidecar.status()
      await sidecar.stop()
    }
    const { audit, node, mesh, reach, endpoints, gas, beacon } = status
    return {
      dryRun: true,
      seconds: Math.round((Date.now() - startedAt) / 1000),
      signer,
      sidecar: audit.id,
      ...tally.counted,
      wouldSend: tally.wouldSend,
      status: { audit, node, mesh, reach, endpoints, gas, beacon },
    }
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
}

/** Looks again and again until the signal aborts. */
const watch = (look: () => void, signal: AbortSignal): Promise<void> =>
  new Promise((resolve) => {
    const timer = setInterval(look, LOOK_MS)
    const end = (): void => {
      clearInterval(timer)
      resolve()
    }
    if (signal.aborted) end()
    signal.addEventListener('abort', end, { once: true })
  })

const wouldSendText = ({ name, gas, cost }: WouldSend): string =>
  `would send ${name}  up to ${gas.toLocaleString('en-US')} gas, at most ${amountText(cost)} ETH`

/** What a person reads of an event; undefined: nothing. */
export function dryRunLine(event: MeshEvent): string | undefined {
  if (event.type === 'would-send') return wouldSendText(event)
  if (event.type !== 'duty') return undefined
  const { period, id, slot, seat, targets, auditors } = event
  if (id === undefined) return `period ${period}  not a member: nothing to do`
  const place = `sidecar ${id}, slot ${slot ?? '-'}${seat === undefined ? '' : `, seat ${seat}`}`
  return `period ${period}  ${place}: would audit ${targets.join(' ') || 'nobody'}, audited by ${auditors.join(' ') || 'nobody'}`
}

/** The end of a dry run, for a person. */
export function dryRunSummary(result: DryRunResult): readonly string[] {
  const { seconds, sidecar, periods, certified, posted, wouldSend, status } = result
  const { mesh, node, gas } = status
  const enough = gas === undefined ? 'gas unknown' : `gas for ${gas.postingsLeft} postings`
  return [
    `dry run of ${seconds} s as ${sidecar === undefined ? 'no member' : `sidecar ${sidecar}`}: nothing was sent, nothing was signed`,
    `saw ${periods} periods, ${certified} certified, ${posted} on chain; would have sent ${wouldSend.length} transactions`,
    `${mesh.peers} peers, node ${node.state}, ${enough}`,
  ]
}
