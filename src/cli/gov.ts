// `stkr gov …`: what governors decide, and who governs. Reading needs no key; what changes something shows its steps with gas
// and sends them only when agreed to. Proposals: gov-propose.ts; the council: gov-council.ts.

import type { Command } from 'commander'
import { BALLOT } from '../chain/government.ts'
import type { Ballot } from '../chain/government.ts'
import { openDecisionDesk } from '../chain/decision-desk.ts'
import type { DecisionDesk } from '../chain/decision-desk.ts'
import { Fault } from '../core/errors.ts'
import { wholeNumber } from './arguments.ts'
import { addEconomyFlags, withEconomy } from './economy-office.ts'
import { configureCouncil } from './gov-council.ts'
import { configureProposals } from './gov-propose.ts'
import { decisionLines, decisionSummary } from './gov-text.ts'
import { EXIT, toJson } from './outcome.ts'
import type { Terminal } from './outcome.ts'
import type { Configure } from './program.ts'
import { addSendFlags, settlePlan } from './sending.ts'
import type { PayFlags, Plan } from './sending.ts'

const EXAMPLE = `
Examples:
  $ stkr gov list
  $ stkr gov show 12
  $ stkr gov propose rates --cpu-usd 5.5 --text "Energy costs more" --key-file governor.key
  $ stkr gov vote 12 for --key-file governor.key --yes
  $ stkr gov queue 12 --key-file any.key --yes
  $ stkr gov execute 12 --key-file any.key --yes

Who governs:
  $ stkr gov council
  $ stkr gov stand --key-file candidate.key
  $ stkr gov elect --key-file any.key

Governors propose and vote, anybody queues, executes and calls elections. A proposal cannot be cancelled. Where the
government is comes from --rpc-urls and --government, the environment or the data directory's config.yaml.`

async function list(flags: PayFlags & { readonly last: string }, terminal: Terminal): Promise<number> {
  const last = wholeNumber(flags.last, '--last')
  return withEconomy(flags, async (economy, account, now) => {
    const desk = openDecisionDesk(economy, account)
    const [total, decisions] = await Promise.all([desk.count(), desk.list(last)])
    if (flags.json === true) terminal.out(toJson({ ok: true, total, decisions }))
    else if (decisions.length === 0) terminal.out('no decisions yet: stkr gov propose')
    else decisions.map((view) => decisionSummary(view, now)).forEach(terminal.out)
    return EXIT.ok
  })
}

async function show(number: number, flags: PayFlags, terminal: Terminal): Promise<number> {
  return withEconomy(flags, async (economy, account, now) => {
    const desk = openDecisionDesk(economy, account)
    const view = await desk.view(number)
    const ballots = await desk.ballots(view)
    if (flags.json === true) terminal.out(toJson({ ok: true, decision: view, ballots }))
    else decisionLines(view, ballots, now).forEach(terminal.out)
    return EXIT.ok
  })
}

function ballotOf(text: string): Ballot {
  if (Object.hasOwn(BALLOT, text)) return text as Ballot
  throw new Fault('usage', `a vote is ${Object.keys(BALLOT).join(', ')}, not ${JSON.stringify(text)}`)
}

export const configure: Configure = (command: Command, terminal, done) => {
  const all = <F extends PayFlags>(flags: F): F => ({ ...flags, ...command.opts<{ json?: boolean }>() })
  const sub = (name: string, help: string): Command => addEconomyFlags(command.command(name).description(help))
  const ofDecision = (name: string, help: string): Command =>
    addSendFlags(sub(name, help)).argument('<number>', 'of the decision')
  const numberOf = (text: string): number => wholeNumber(text, 'a decision', 0)
  const perform = async (flags: PayFlags, plan: (desk: DecisionDesk) => Promise<Plan>): Promise<void> => {
    const given = all(flags)
    done(
      await withEconomy(given, async (economy, account) => {
        const desk = openDecisionDesk(economy, account)
        return settlePlan(desk, await plan(desk), given, terminal)
      }),
    )
  }

  sub('list', 'the newest decisions')
    .option('--last <count>', 'how many', '20')
    .action(async (flags: PayFlags & { last: string }) => done(await list(all(flags), terminal)))
  sub('show', 'one decision: its text, what it calls, who voted')
    .argument('<number>', 'of the decision')
    .action(async (text: string, flags: PayFlags) => done(await show(numberOf(text), all(flags), terminal)))
  configureProposals(command, { all, done, terminal })
  ofDecision('vote', 'vote, as a governor')
    .argument('<ballot>', Object.keys(BALLOT).join(', '))
    .option('--reason <text>', 'why; on chain with the vote')
    .action((text: string, ballot: string, flags: PayFlags & { reason?: string }) => {
      const [number, chosen] = [numberOf(text), ballotOf(ballot)]
      return perform(flags, async (desk) => ({ steps: await desk.planVote(number, chosen, flags.reason) }))
    })
  ofDecision('queue', 'put a decision that was carried into the timelock').action((text: string, flags: PayFlags) => {
    const number = numberOf(text)
    return perform(flags, async (desk) => ({
      steps: await desk.planQueue(number),
      after: `queued: stkr gov show ${number} says from when on it can be executed`,
    }))
  })
  ofDecision('execute', 'make the calls of a decision whose time has come').action((text: string, flags: PayFlags) => {
    const number = numberOf(text)
    return perform(flags, async (desk) => ({ steps: await desk.planExecution(number) }))
  })
  configureCouncil(command, { all, done, terminal })
  command.addHelpText('after', EXAMPLE)
}
