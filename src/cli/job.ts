// `stkr job …`: the requester's commands. Quote and look for free; submit and cancel show what they would send, with gas,
// and send only when told to. Amounts are ANKR, GHz, GB and spans as people write them.

import { readFileSync } from 'node:fs'
import type { Command } from 'commander'
import { roundAt } from '../core/clock.ts'
import { ZERO_32, keccak256, toHex } from '../core/bytes.ts'
import { Fault } from '../core/errors.ts'
import type { Hex, Requirements } from '../core/types.ts'
import { ankr } from '../devnet/job-view.ts'
import type { JobOffice } from '../job-report.ts'
import { systemClock } from '../system.ts'
import { addEnd } from './job-end.ts'
import { addFail } from './job-fail.ts'
import { addMarketFlags, addSenderFlags, withOffice } from './job-office.ts'
import type { OfficeFlags } from './job-office.ts'
import { jobJson, jobLines, jobSummary } from './job-text.ts'
import { EXIT, toJson } from './outcome.ts'
import type { Terminal } from './outcome.ts'
import type { Configure } from './program.ts'
import { addAssumptions, quote } from './quote.ts'
import type { QuoteFlags } from './quote.ts'
import { plainSteps, settleSteps } from './sending.ts'
import { parseDecimal, parseSpan, spanText } from './units.ts'

const EXAMPLE = `
Examples:
  $ stkr job quote --cpu 4 --memory 16 --storage 128 --time 60d
  $ stkr job quote --cpu 4 --memory 16 --storage 128 --time 60d --apr 3.2 --price 70
  $ stkr job submit --kind ethereum --cpu 4 --memory 16 --storage 128 --time 60d --key-file requester.key
  $ stkr job submit … --yes
  $ stkr job list
  $ stkr job show 7
  $ stkr job cancel 7 --key-file requester.key --yes
  $ stkr job profit 7 --ankr 300 --eth 1.5 --key-file requester.key --yes
  $ stkr job complete 7 --key-file requester.key --yes
  $ stkr job stake-profit 100 --key-file requester.key --yes
  $ stkr job withdraw --key-file requester.key --yes
  $ stkr job dispute 7 --key-file requester.key --yes
  $ stkr job fail 7 --key-file requester.key --yes

Where the market is comes from --rpc-urls and --marketplace, the environment or the data directory's config.yaml.`

/** Time for transactions to be mined before the least time for bids begins to count. */
const SLACK_SECONDS = 30

interface SizeFlags extends OfficeFlags {
  readonly cpu: string
  readonly memory: string
  readonly storage: string
  readonly time: string
}

const requirementsOf = ({ cpu, memory, storage, time }: SizeFlags): Requirements => ({
  cpuMilliGhz: Number(parseDecimal(cpu, 3, '--cpu')),
  memoryMilliGb: Number(parseDecimal(memory, 3, '--memory')),
  storageMilliGb: Number(parseDecimal(storage, 3, '--storage')),
  durationSeconds: parseSpan(time, '--time'),
})

const addSize = (command: Command): Command =>
  command
    .option('--cpu <ghz>', 'processors', '0')
    .option('--memory <gb>', 'memory', '0')
    .option('--storage <gb>', 'storage', '0')
    .requiredOption('--time <span>', 'how long it runs: 90s, 15m, 12h, 60d')

interface SubmitFlags extends SizeFlags {
  readonly kind: string
  readonly spec?: string
  readonly bidding?: string
  readonly maxPrice?: string
}

function specHashOf(file: string | undefined): Hex {
  if (file === undefined) return toHex(ZERO_32)
  try {
    return toHex(keccak256(new Uint8Array(readFileSync(file))))
  } catch (cause) {
    throw new Fault('spec-unreadable', `${file} cannot be read: check the path given with --spec`, { cause })
  }
}

/** The shortest auction in which bids have `biddingSeconds`, counted from when the announcement should be mined. */
function roundsOf({ desk }: JobOffice, biddingSeconds: number) {
  const { clock, timing } = desk.handles
  const now = roundAt(clock, systemClock.now())
  const wait = Math.max(timing.bidRounds, Math.ceil(biddingSeconds / clock.periodSeconds))
  const close = now + Math.ceil(SLACK_SECONDS / clock.periodSeconds) + wait
  const open = close + timing.certifyRounds
  return { close, open, pick: open + timing.pickRounds }
}

async function submit(flags: SubmitFlags, terminal: Terminal): Promise<number> {
  const requirements = requirementsOf(flags)
  const { kind, spec, bidding, maxPrice, json = false } = flags
  return withOffice(flags, flags.keyFile, async (office) => {
    const { desk } = office
    const { fixedPrice, reserve } = await desk.quote(requirements)
    const maxFixedPrice = maxPrice === undefined ? fixedPrice : parseDecimal(maxPrice, 18, '--max-price')
    const rounds = roundsOf(office, bidding === undefined ? 0 : parseSpan(bidding, '--bidding'))
    const request = { kind, specHash: specHashOf(spec), requirements, rounds, maxFixedPrice }
    const steps = await desk.planAnnouncement(request)
    if (!json) {
      const { periodSeconds } = desk.handles.clock
      const span = (rounds.pick - roundAt(desk.handles.clock, systemClock.now())) * periodSeconds
      terminal.out(`job          ${kind} for ${spanText(requirements.durationSeconds)}`)
      terminal.out(`fixed price  ${ankr(fixedPrice)} ANKR (at most ${ankr(maxFixedPrice)}), reserve ${ankr(reserve)}`)
      terminal.out(`rounds       close ${rounds.close}, open ${rounds.open}, pick ${rounds.pick}: ${spanText(span)}`)
    }
    const sent = await settleSteps(office.desk, steps, flags, terminal)
    const tx = sent?.at(-1)?.tx
    const job = tx === undefined ? undefined : await desk.announcedBy(tx)
    if (json)
      terminal.out(toJson({ ok: true, sent: sent ?? [], steps: plainSteps(steps), job, fixedPrice, reserve, rounds }))
    else if (job !== undefined) terminal.out(`job ${job} is announced: stkr job show ${job}`)
    return EXIT.ok
  })
}

function jobNumber(text: string): number {
  if (!/^[1-9]\d{0,14}$/.test(text))
    throw new Fault('usage', `a job is a whole number from 1, not ${JSON.stringify(text)}`)
  return Number(text)
}

async function list(flags: OfficeFlags & { readonly last: string }, terminal: Terminal): Promise<number> {
  const last = jobNumber(flags.last)
  return withOffice(flags, undefined, async ({ desk, market }) => {
    const total = Number(await desk.handles.marketplace.read('total', []))
    const ids = Array.from({ length: Math.min(last, total) }, (_, i) => total - i).reverse()
    const jobs = (await Promise.all(ids.map((id) => market.job(id)))).filter((job) => job !== undefined)
    if (flags.json === true) terminal.out(toJson({ ok: true, total, jobs }))
    else if (jobs.length === 0) terminal.out('no jobs yet: stkr job submit')
    else jobs.map((job) => jobSummary(job, roundAt(desk.handles.clock, systemClock.now()))).forEach(terminal.out)
    return EXIT.ok
  })
}

async function show(id: number, flags: OfficeFlags, terminal: Terminal): Promise<number> {
  return withOffice(flags, undefined, async ({ desk, report }) => {
    const found = await report(id)
    if (!found) throw new Fault('check-no-job', `there is no job ${id} on this market`)
    const { clock } = desk.handles
    const now = { round: roundAt(clock, systemClock.now()), at: systemClock.now(), clock }
    if (flags.json === true) terminal.out(toJson({ ok: true, ...jobJson(found, now) }))
    else jobLines(found, now).forEach(terminal.out)
    return EXIT.ok
  })
}

interface CancelFlags extends OfficeFlags {
  readonly relist?: boolean
  readonly bidding?: string
}

/** A paid job cannot be withdrawn (M1); what nobody settled, won or started can be taken back or listed again. */
async function cancel(id: number, flags: CancelFlags, terminal: Terminal): Promise<number> {
  const { json = false, relist = false, bidding } = flags
  return withOffice(flags, flags.keyFile, async (office) => {
    const { desk } = office
    const rounds = roundsOf(office, bidding === undefined ? 0 : parseSpan(bidding, '--bidding'))
    const refund = desk.handles.marketplace.call('refund', [BigInt(id)])
    const steps = [relist ? await desk.planRelisting(id, rounds) : await desk.plan('refund', refund)]
    const sent = await settleSteps(desk, steps, flags, terminal)
    if (json) terminal.out(toJson({ ok: true, job: id, steps: plainSteps(steps), sent: sent ?? [] }))
    else if (sent && !relist) terminal.out(`job ${id}: its price is credited to you`)
    else if (sent) terminal.out(`job ${id} is listed again: stkr job list`)
    return EXIT.ok
  })
}

export const configure: Configure = (command: Command, terminal, done) => {
  const sub = (name: string, help: string): Command => command.command(name).description(help)
  // The flag belongs to all commands of a name and is found wherever it stands.
  const all = <F extends OfficeFlags>(flags: F): F => ({ ...flags, ...command.opts<{ json?: boolean }>() })
  addMarketFlags(addAssumptions(addSize(sub('quote', 'what a job costs, who could take it, what to expect')))).action(
    async (flags: SizeFlags & QuoteFlags) => {
      done(await quote(requirementsOf(flags), all(flags), terminal))
    },
  )
  addSenderFlags(addSize(sub('submit', 'pay for a job and auction it')))
    .requiredOption('--kind <name>', 'workload, as providers name it')
    .option('--spec <file>', 'all the rest that the job is about; its hash goes on chain')
    .option('--bidding <span>', 'time for bids (default: the least the market allows)')
    .option('--max-price <ankr>', 'pay no more if the quote moves (default: the quote)')
    .action(async (flags: SubmitFlags) => {
      done(await submit(all(flags), terminal))
    })
  addMarketFlags(sub('list', 'the newest jobs'))
    .option('--last <count>', 'how many', '20')
    .action(async (flags: OfficeFlags & { last: string }) => {
      done(await list(all(flags), terminal))
    })
  addMarketFlags(sub('show', 'one job: its auction, and once it is settled bids, odds, winner and price'))
    .argument('<job>', 'its number')
    .action(async (id: string, flags: OfficeFlags) => {
      done(await show(jobNumber(id), all(flags), terminal))
    })
  addSenderFlags(sub('cancel', 'take back the price of a job that nobody settled, won or started in time'))
    .argument('<job>', 'its number')
    .option('--relist', 'auction it again instead, paid by the same price')
    .option('--bidding <span>', 'with --relist: time for bids')
    .action(async (id: string, flags: CancelFlags) => {
      done(await cancel(jobNumber(id), all(flags), terminal))
    })
  addEnd(sub, { terminal, done, jobNumber, all })
  addFail(command, { terminal, done, jobNumber, all })
  command.addHelpText('after', EXAMPLE)
}
