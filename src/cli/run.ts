// `stkr run`: one sidecar in the foreground until a signal, or until the process that started it is gone. Promises a
// clean stop within the grace time and exit code 130 after Ctrl-C. A dry run (dry-run.ts) is told from here, too.

import type { Command } from 'commander'
import { controlSocketOf, loadSidecarConfig } from '../config/load.ts'
import { environmentOf } from '../config/names.ts'
import { SIDECAR_KNOBS } from '../config/sidecar.ts'
import type { RawFlags } from '../config/resolve.ts'
import type { SidecarConfig } from '../config/sidecar.ts'
import { Fault, codeOf } from '../core/errors.ts'
import type { MeshEvent } from '../core/ports.ts'
import { areSealed, readKeys } from '../keys/keyring.ts'
import { checkFolder } from '../keys/owner-only.ts'
import { createSidecar } from '../sidecar.ts'
import type { SidecarDeps } from '../sidecar.ts'
import { serveControl } from './control.ts'
import { dryRun, dryRunLine, dryRunSummary } from './dry-run.ts'
import { addKnobs } from './knobs.ts'
import { openLog } from './log.ts'
import type { FileLog } from './log.ts'
import { EXIT, toJson } from './outcome.ts'
import type { Terminal } from './outcome.ts'
import { findParent } from '../devnet/parent.ts'
import type { Parent } from '../devnet/parent.ts'
import { askPassword } from './password.ts'
import type { Configure } from './program.ts'
import { parseSpan } from './units.ts'
import { openWatch } from './watch.ts'

const EXAMPLE = `
Examples:
  $ stkr run --data-dir ~/.stkr --workload-url http://127.0.0.1:8545
  $ stkr run --data-dir ~/.stkr --dry-run --for 10m

Stops cleanly on Ctrl-C; with --json every event is one line on standard output.`

/** The honest workflows, unless a local network asked for others. */
async function workflowsFor(
  faults: readonly string[],
): Promise<Pick<SidecarDeps, 'createAuditor' | 'createAuctioneer'>> {
  if (faults.length === 0) return {}
  const [{ withFaults }, { withAuctionFaults }, { createAuditor }, { createAuctioneer }] = await Promise.all([
    import('../devnet/faults.ts'),
    import('../devnet/auction-faults.ts'),
    import('../audit/auditor.ts'),
    import('../auction/auctioneer.ts'),
  ])
  return {
    createAuditor: withFaults(faults, createAuditor),
    createAuctioneer: withAuctionFaults(faults, createAuctioneer),
  }
}

interface Surroundings {
  readonly log: FileLog
  readonly parent: Parent
  readonly emit: (event: MeshEvent) => void
  /** Aborts when it is time to stop. */
  readonly signal: AbortSignal
}

const aborted = (signal: AbortSignal): Promise<void> =>
  new Promise((resolve) => {
    if (signal.aborted) resolve()
    signal.addEventListener('abort', () => {
      resolve()
    })
  })

/** From opened store to closed store. */
async function live(config: SidecarConfig, terminal: Terminal, surroundings: Surroundings): Promise<void> {
  const { log, parent, emit, signal } = surroundings
  checkFolder(config.dataDir)
  const keys = await readKeys(config.keysFile, () => askPassword(config, terminal))
  if (!config.local && !areSealed(config.keysFile))
    log.warn('the keys lie open: put them under a password with stkr keys encrypt', { code: 'keys-open' })
  const watch = await openWatch(config, log)
  const told = (event: MeshEvent): void => {
    watch.note(event)
    emit(event)
  }
  const sidecar = await createSidecar(config, keys, { log, emit: told, ...(await workflowsFor(config.fault)) })
  try {
    const control = await serveControl(controlSocketOf(config.dataDir), sidecar)
    try {
      await sidecar.start()
      const api = await watch.start(sidecar)
      log.info('the sidecar is up', { addresses: sidecar.status().addresses })
      parent.tell({ type: 'ready', api })
      const unwatch = parent.watch(sidecar.status)
      await aborted(signal)
      unwatch()
    } finally {
      await control.close()
    }
  } finally {
    log.info('the sidecar stops')
    await watch.stop()
    await sidecar.stop()
    log.info('the sidecar has stopped')
  }
}

/** A dry run from its first line to its last. */
async function rehearse(config: SidecarConfig, terminal: Terminal, given: Rehearsal): Promise<void> {
  const { json, seconds, surroundings } = given
  const { signal, emit, log } = surroundings
  const told = (event: MeshEvent): void => {
    emit(event)
    const line = json ? undefined : dryRunLine(event)
    if (line !== undefined) terminal.out(line)
  }
  const ended = seconds === undefined ? signal : AbortSignal.any([signal, AbortSignal.timeout(seconds * 1000)])
  const result = await dryRun(config, terminal, { log, emit: told, signal: ended })
  if (json) terminal.out(toJson({ ok: true, ...result }))
  else dryRunSummary(result).forEach(terminal.out)
}

interface RunFlags {
  readonly json: boolean
  readonly dry: boolean
  /** Seconds of a dry run; undefined: until a signal. */
  readonly seconds: number | undefined
}

interface Rehearsal extends Pick<RunFlags, 'json' | 'seconds'> {
  readonly surroundings: Omit<Surroundings, 'parent'>
}

async function run(flags: RawFlags, { json, dry, seconds }: RunFlags, terminal: Terminal): Promise<number> {
  const config = loadSidecarConfig(flags)
  const orphaned = new AbortController()
  const parent = findParent(() => {
    orphaned.abort()
  })
  // A sidecar that runs beside it has the file.
  const log = openLog(dry ? { ...config, logFile: '' } : config)
  const onToggle = (): void => {
    log.info('the log level is another', { logLevel: log.toggleDebug() })
  }
  process.on('SIGUSR2', onToggle)
  const emit = (event: MeshEvent): void => {
    parent.tell({ type: 'event', event })
    if (json) terminal.out(toJson(event))
  }
  const signal = AbortSignal.any([terminal.signal, orphaned.signal])
  try {
    if (!json) terminal.err(`stkr: ${dry ? 'dry run' : 'sidecar'} with ${config.dataDir}; Ctrl-C stops it`)
    if (dry) await rehearse(config, terminal, { json, seconds, surroundings: { log, emit, signal } })
    else await live(config, terminal, { log, parent, emit, signal })
    return terminal.signal.aborted ? EXIT.interrupted : EXIT.ok
  } catch (error) {
    parent.tell({ type: 'failed', code: codeOf(error), why: error instanceof Error ? error.message : String(error) })
    log.error('the sidecar could not go on', {
      code: codeOf(error),
      error: error instanceof Error ? error.stack : error,
    })
    throw error
  } finally {
    process.off('SIGUSR2', onToggle)
    log.close()
  }
}

interface Options extends RawFlags {
  readonly json?: boolean
  readonly dryRun?: boolean
  readonly for?: string
}

export const configure: Configure = (command: Command, terminal, done) => {
  command
    .option('--data-dir <dir>', `data directory (default: ~/.stkr) [${environmentOf('dataDir')}]`)
    .option('--dry-run', 'observe with keys of its own: say what would be done and sent, sign and send nothing')
    .option('--for <span>', 'of a dry run: how long, such as 90s, 10m or 2h; otherwise until a signal')
  addKnobs(command, SIDECAR_KNOBS)
  command.addHelpText('after', EXAMPLE).action(async ({ json, dryRun: dry, for: span, ...flags }: Options) => {
    if (span !== undefined && dry !== true)
      throw new Fault('usage', '--for is for --dry-run: a sidecar runs until a signal')
    const seconds = span === undefined ? undefined : parseSpan(span, '--for')
    done(await run(flags, { json: json === true, dry: dry === true, seconds }, terminal))
  })
}
