// Reports folded into a state: what is shown, and who is said to be stuck.

import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import type { MeshEvent } from '../../src/core/ports.ts'
import { createProgress, whoIsStuck } from '../../src/devnet/progress.ts'
import type { Posting, Progress } from '../../src/devnet/progress.ts'
import { plainLine, postingLine, render } from '../../src/devnet/view.ts'

const progress = suite('progress')

const posting: Posting = {
  period: 3,
  root: `0x${'ab'.repeat(32)}`,
  tx: `0x${'cd'.repeat(32)}`,
  gasUsed: 248_765,
  signers: 7,
  absent: [3],
  by: 5,
}
const event = (to: Progress, id: number, event: MeshEvent): void => {
  to.apply({ type: 'sidecar', id, message: { type: 'event', event } })
}
const stuck = (period: number, step: string, code: string): MeshEvent => ({ type: 'stuck', period, step, code })
const begun = (period: number): MeshEvent => ({ type: 'period-started', period, members: 4, targets: [] })
const probed = (outcome: string): MeshEvent => ({ type: 'probed', period: 1, target: 2, outcome, reason: 'none' })

progress('probes are counted by outcome and begin anew with a period', () => {
  const network = createProgress(2)
  event(network, 1, begun(1))
  for (const outcome of ['up', 'up', 'down']) event(network, 1, probed(outcome))
  assert.equal(network.state().nodes[0]?.probes, { up: 2, down: 1 })
  event(network, 1, begun(2))
  assert.equal(network.state().nodes[0]?.probes, {})
})

progress('who is stuck: the most frequent complaint of the newest period', () => {
  const network = createProgress(4)
  event(network, 1, stuck(0, 'seal', 'missed'))
  event(network, 2, stuck(1, 'propose', 'too-few-statements'))
  event(network, 3, stuck(1, 'propose', 'too-few-statements'))
  event(network, 4, stuck(1, 'post', 'rpc-unreachable'))
  assert.equal(whoIsStuck(network.state()), { step: 'propose', who: [2, 3], code: 'too-few-statements' })
})

progress('a new period clears what was stuck in the one before', () => {
  const network = createProgress(1)
  event(network, 1, stuck(0, 'seal', 'missed'))
  event(network, 1, begun(1))
  assert.is(network.state().nodes[0]?.stuck, undefined)
})

progress('with no complaint, those that are not there yet are named', () => {
  const network = createProgress(3)
  network.apply({ type: 'step', step: 'mesh', detail: '0 of 3' })
  network.apply({ type: 'sidecar', id: 2, message: { type: 'ready', api: undefined } })
  assert.equal(whoIsStuck(network.state()), { step: 'mesh (0 of 3)', who: [1, 2, 3], code: 'not-ready' })
})

progress('only what moves the network forward counts as movement', () => {
  const network = createProgress(2)
  const moves = () => network.state().moves
  network.apply({ type: 'note', text: 'x' })
  event(network, 1, stuck(0, 'seal', 'missed'))
  assert.is(moves(), 0)
  network.apply({ type: 'sidecar', id: 1, message: { type: 'ready', api: undefined } })
  network.apply({ type: 'sidecar', id: 1, message: { type: 'ready', api: undefined } })
  assert.is(moves(), 1)
  network.apply({ type: 'posted', posting })
  assert.is(moves(), 2)
})

progress('a process that ended says why, and notes are bounded', () => {
  const network = createProgress(1)
  network.apply({ type: 'process', id: 1, state: 'ended', words: 'exit code 3: no ledger' })
  assert.is(network.state().nodes[0]?.words, 'exit code 3: no ledger')
  for (let i = 0; i < 100; i++) network.apply({ type: 'note', text: String(i) })
  assert.ok(network.state().notes.length < 10)
  assert.is(network.state().notes.at(-1), '99')
})

progress('a posting is one line with all that the chain says', () => {
  for (const part of ['period 3', '0xabababab', '0xcdcdcdcd', '248,765', 'signers 7', 'absent 3', 'by 5'])
    assert.ok(postingLine(posting).includes(part), part)
  assert.match(postingLine({ ...posting, absent: [] }), 'absent nobody')
})

progress('plain lines tell steps, results and trouble, and nothing twice a second', () => {
  const network = createProgress(1)
  const state = network.state()
  assert.match(plainLine({ type: 'step', step: 'mesh', detail: '1 of 2' }, state, 12_340) ?? '', '12.3 s  mesh: 1 of 2')
  assert.match(plainLine({ type: 'posted', posting }, state, 0) ?? '', 'period 3 on chain')
  const trouble = { type: 'sidecar', id: 1, message: { type: 'event', event: stuck(1, 'post', 'refused') } } as const
  assert.match(plainLine(trouble, state, 0) ?? '', 'node 1 stuck in period 1: post: refused')
  const chatter = { type: 'sidecar', id: 1, message: { type: 'event', event: probed('up') } } as const
  assert.is(plainLine(chatter, state, 0), undefined)
})

progress('the picture fits the window, whatever its size', () => {
  const network = createProgress(64)
  for (let i = 0; i < 20; i++) network.apply({ type: 'posted', posting: { ...posting, period: i } })
  for (const rows of [12, 24, 50, 200]) {
    const lines = render(network.state(), { drand: undefined, nowAt: 0, faults: new Map(), rows }).split('\n')
    assert.ok(lines.length <= rows, `${lines.length} lines in ${rows} rows`)
    assert.ok(
      lines.some((line) => line.includes('period 19 on chain')),
      `newest result in ${rows} rows`,
    )
  }
})

progress.run()
