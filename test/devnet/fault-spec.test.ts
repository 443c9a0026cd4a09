// What --fault takes, and that everything else is refused with a list of what there is.

import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import fc from 'fast-check'
import { codeOf } from '../../src/core/errors.ts'
import { behaviourText, isInside, parseBehaviour, parseFault, parseFaults } from '../../src/devnet/fault-spec.ts'

const specs = suite('fault specs')

const good = [
  ['silent:3', { what: 'silent', node: 3, period: 0 }],
  ['kill:2@period1', { what: 'kill', node: 2, period: 1 }],
  ['lag:8@period0', { what: 'lag', node: 8, period: 0 }],
  ['equivocate:6', { what: 'equivocate', node: 6, period: 0 }],
  ['garbage:2', { what: 'garbage', node: 2, period: 0 }],
  ['omit:4@job3', { what: 'omit', node: 4, period: 0, job: 3 }],
  ['kill:1@job2', { what: 'kill', node: 1, period: 0, job: 2 }],
] as const
for (const [text, expected] of good) specs(`${text} is understood`, () => assert.equal(parseFault(text, 8), expected))

const bad = [
  '',
  'silent',
  'silent:0',
  'silent:9',
  'silent:03',
  'silent:3@',
  'silent:3@period',
  'silent:3@period01',
  'Silent:3',
  'sleep:3',
  'silent:3 ',
  'toString:1',
  'silent:-1',
  'silent:1e1',
  'silent:all',
  'silent:3@job1',
  'garbage:3@period1',
  'garbage:3@job0',
]
for (const text of bad)
  specs(`${JSON.stringify(text)} is refused`, () => {
    assert.throws(
      () => parseFault(text, 8),
      (error: unknown) => codeOf(error) === 'fault-spec',
    )
  })

specs('the refusal lists what there is', () => {
  assert.throws(() => parseFault('sleep:3', 8), /silent .*liar .*kill/)
})

specs('one node has one behaviour, but may have a broken node too', () => {
  assert.throws(() => parseFaults(['silent:3', 'liar:3'], 8), /node 3/)
  assert.throws(() => parseFaults(['stop:3', 'lag:3'], 8), /node 3/)
  assert.is(parseFaults(['silent:3', 'stop:3', 'kill:3', 'liar:4'], 8).length, 4)
})

specs('all is every node; one bid has one fault, in each job', () => {
  assert.equal(
    parseFaults(['omit:all@job2', 'garbage:2@job1'], 3).map(({ what, node, job }) => `${what} ${node} ${job}`),
    ['omit 1 2', 'omit 2 2', 'omit 3 2', 'garbage 2 1'],
  )
  assert.is(parseFaults(['garbage:2@job1', 'overbid:2@job2', 'mute:2', 'liar:2'], 3).length, 4)
  assert.throws(() => parseFaults(['garbage:2@job1', 'overbid:2@job1'], 3), /node 2/)
  assert.throws(() => parseFaults(['allomit:all'], 3), /is no fault/)
})

specs('a behaviour survives the way through the configuration', () => {
  for (const [text] of good) {
    const spec = parseFault(text, 8)
    const { node: _, ...behaviour } = spec
    if (isInside(spec)) assert.equal(parseBehaviour(behaviourText(spec)), behaviour, text)
  }
  assert.throws(() => parseBehaviour('kill@period1'), /a sidecar can act/)
})

specs('any text is either understood or refused by code', () => {
  fc.assert(
    fc.property(fc.string({ maxLength: 60 }), (text) => {
      try {
        parseFault(text, 8)
      } catch (error) {
        assert.is(codeOf(error), 'fault-spec', text)
      }
    }),
  )
})

specs.run()
