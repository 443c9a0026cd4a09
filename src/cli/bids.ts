// `stkr bids`: asks the running sidecar which auctions it follows, what it bid, and why it did not. Its own prices appear
// only once bids are open: whoever watches this terminal must not learn them earlier.

import type { Command } from 'commander'
import * as z from 'zod'
import { controlSocketOf, dataDirOf } from '../config/load.ts'
import { environmentOf } from '../config/names.ts'
import { Fault } from '../core/errors.ts'
import { ankr } from '../devnet/job-view.ts'
import { askStatus } from './control.ts'
import { EXIT, toJson } from './outcome.ts'
import type { Configure } from './program.ts'

const EXAMPLE = `
Example:
  $ stkr bids --data-dir ~/.stkr`

/** Base units come as text: JSON has no integers of that size. */
const amount = z.string().regex(/^\d{1,39}$/)

/** The part of AuctioneerStatus that people are shown; another process wrote it, so it is checked like any input. */
const shown = z.object({
  auctions: z
    .object({
      round: z.number(),
      jobs: z.array(
        z.object({
          id: z.number(),
          kind: z.string(),
          state: z.string(),
          phase: z.string(),
          closeRound: z.number(),
          openRound: z.number(),
          pickRound: z.number(),
          reserve: amount,
          bidders: z.number(),
          seen: z.number(),
          admitted: z.number().optional(),
          void: z.number().optional(),
          own: z
            .union([z.object({ declined: z.string() }), z.object({ sequence: z.number(), price: amount.optional() })])
            .optional(),
          winner: z.number().optional(),
          price: amount.optional(),
        }),
      ),
    })
    .optional(),
})
type Shown = NonNullable<z.infer<typeof shown>['auctions']>

function ownText(own: Shown['jobs'][number]['own']): string {
  if (own === undefined) return 'no bid yet'
  if ('declined' in own) return `no bid: ${own.declined}`
  const times = own.sequence === 0 ? '' : `, replaced ${own.sequence} times`
  return `our bid ${own.price === undefined ? 'is sealed' : ankr(BigInt(own.price))}${times}`
}

/** One line for each auction under way. */
export function bidLines({ round, jobs }: Shown): readonly string[] {
  if (jobs.length === 0) return ['no auction is under way']
  return jobs.map((job) => {
    const next = (['close', 'open', 'pick'] as const).find((name) => round < job[`${name}Round`])
    const count = job.admitted === undefined ? `${job.seen} of ${job.bidders} seen` : `${job.admitted} admitted`
    const voids = job.void === undefined || job.void === 0 ? '' : `${job.void} void`
    const won =
      job.winner === undefined || job.price === undefined
        ? ''
        : `provider ${job.winner} is paid ${ankr(BigInt(job.price))}`
    const parts = [
      `job ${job.id}`,
      job.kind,
      job.phase,
      next ? `${next} in ${job[`${next}Round`] - round} rounds` : '',
      `reserve ${ankr(BigInt(job.reserve))}`,
      count,
      voids,
      ownText(job.own),
      won,
    ]
    return parts.filter((part) => part !== '').join('  ')
  })
}

export const configure: Configure = (command: Command, terminal, done) => {
  command
    .option('--data-dir <dir>', `data directory (default: ~/.stkr) [${environmentOf('dataDir')}]`)
    .addHelpText('after', EXAMPLE)
    .action(async ({ json, ...flags }: { json?: boolean; dataDir?: string }) => {
      const parsed = shown.safeParse(await askStatus(controlSocketOf(dataDirOf(flags))))
      if (!parsed.success) throw new Fault('control-garbled', 'the sidecar runs another version: restart it')
      const { auctions } = parsed.data
      if (json === true) terminal.out(toJson({ ok: true, auctions: auctions ?? null }))
      else if (auctions) bidLines(auctions).forEach(terminal.out)
      else terminal.out('this sidecar takes no part in auctions: set marketplace in its configuration')
      done(EXIT.ok)
    })
}
