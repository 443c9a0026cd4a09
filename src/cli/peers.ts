// `stkr peers`: asks the running sidecar whom it is connected to, and prints a table or its whole answer as JSON.

import type { Command } from 'commander'
import * as z from 'zod'
import { controlSocketOf, dataDirOf } from '../config/load.ts'
import { environmentOf } from '../config/names.ts'
import { Fault } from '../core/errors.ts'
import { systemClock } from '../system.ts'
import { askControl } from './control.ts'
import { EXIT, toJson } from './outcome.ts'
import type { Configure } from './program.ts'
import { spanText } from './units.ts'

const EXAMPLE = `
Example:
  $ stkr peers --data-dir ~/.stkr

who: sidecar id, or - for a stranger or a member of another epoch · way: in when they dialled us`

/** The part that people are shown; another process wrote it, so it is checked like any input. */
const shown = z.array(
  z.object({
    peerId: z.string(),
    sidecar: z.number().optional(),
    address: z.string(),
    direction: z.enum(['inbound', 'outbound']),
    since: z.number(),
    latencyMs: z.number().optional(),
    score: z.number(),
    points: z.number(),
    protocols: z.array(z.string()),
  }),
)

/** Columns as wide as their widest cell. */
export function aligned(rows: readonly (readonly string[])[]): readonly string[] {
  const widths = (rows[0] ?? []).map((_, column) => Math.max(...rows.map((row) => (row[column] ?? '').length)))
  return rows.map((row) =>
    row
      .map((cell, column) => cell.padEnd(widths[column] ?? 0))
      .join('  ')
      .trimEnd(),
  )
}

const newestGossip = (protocols: readonly string[]): string =>
  protocols
    .filter((name) => name.startsWith('/meshsub/'))
    .at(-1)
    ?.slice(1) ?? 'none'

/** A table, header first. `nowAt` in unix ms. */
export function peerLines(peers: unknown, nowAt: number): readonly string[] {
  const parsed = shown.safeParse(peers)
  if (!parsed.success) throw new Fault('control-garbled', 'the sidecar runs another version: restart it, or use --json')
  const rows = parsed.data.map((peer) => [
    peer.sidecar === undefined ? '-' : String(peer.sidecar),
    peer.direction === 'inbound' ? 'in' : 'out',
    spanText((nowAt - peer.since) / 1000),
    peer.latencyMs === undefined ? 'no answer' : `${peer.latencyMs} ms`,
    peer.score.toFixed(1),
    newestGossip(peer.protocols),
    peer.address.includes('/p2p/') ? peer.address : `${peer.address}/p2p/${peer.peerId}`,
  ])
  return aligned([['who', 'way', 'since', 'latency', 'score', 'protocol', 'address'], ...rows])
}

export const configure: Configure = (command: Command, terminal, done) => {
  command
    .option('--data-dir <dir>', `data directory (default: ~/.stkr) [${environmentOf('dataDir')}]`)
    .addHelpText('after', EXAMPLE)
    .action(async ({ json, ...flags }: { json?: boolean; dataDir?: string }) => {
      const peers = await askControl(controlSocketOf(dataDirOf(flags)), 'peers')
      if (json === true) terminal.out(toJson({ ok: true, peers }))
      else peerLines(peers, systemClock.now()).forEach(terminal.out)
      done(EXIT.ok)
    })
}
