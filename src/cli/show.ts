// Two ways to show a local network: redrawn in place on a terminal, or one line for each thing that happens. Neither
// keeps the process alive.

import logUpdate from 'log-update'
import type { Devnet } from '../devnet/devnet.ts'
import type { FaultSpec } from '../devnet/fault-spec.ts'
import type { NetworkState, Report } from '../devnet/progress.ts'
import { plainLine, render } from '../devnet/view.ts'

export interface Show {
  onReport(report: Report, state: NetworkState): void
  onStarted(devnet: Devnet): void
  /** Leaves the last picture standing. May be called twice. */
  end(): void
}

const FRAME_MS = 250
const ROWS_UNKNOWN = 40

/** The network's public side as flags: what a stranger needs to recompute a period. */
const verifyHint = ({ rpcUrl, ledger, drandRelay, plans }: Devnet): string =>
  [
    'verify a posted period with: npx stkr verify period 0',
    `--rpc-urls ${rpcUrl}`,
    `--ledger ${ledger}`,
    `--drand-relays ${drandRelay}`,
    ...plans.slice(0, 1).map(({ address }) => `--peer ${address}`),
  ].join(' ')

/** Where the files lie that a newcomer copies. */
const joinHint = ({ door }: Devnet): string =>
  `join with a sidecar of your own (docs/operating.md): cp -r ${door.folder} mine`

export function createPlainShow(print: (line: string) => void, now: () => number): Show {
  const startedAt = now()
  return {
    onReport: (report, state) => {
      const line = plainLine(report, state, now() - startedAt)
      if (line !== undefined) print(line)
    },
    onStarted: (devnet) => {
      print(verifyHint(devnet))
      print(joinHint(devnet))
    },
    end: () => undefined,
  }
}

export function createLiveShow(faults: readonly FaultSpec[], now: () => number): Show {
  const named = new Map(faults.map(({ what, node }) => [node, what]))
  let state: NetworkState | undefined
  let devnet: Devnet | undefined
  const draw = (): void => {
    if (!state) return
    const rows = process.stdout.rows || ROWS_UNKNOWN
    logUpdate(render(state, { drand: devnet?.drand, nowAt: now(), faults: named, rows }))
  }
  const timer = setInterval(draw, FRAME_MS)
  timer.unref()
  return {
    onReport: (_report, next) => {
      state = next
    },
    onStarted: (started) => {
      devnet = started
      // Above the picture, where it can be copied while the picture moves.
      logUpdate.clear()
      process.stdout.write(`${verifyHint(started)}\n${joinHint(started)}\n`)
    },
    end: () => {
      clearInterval(timer)
      draw()
      logUpdate.done()
      state = undefined
    },
  }
}
