// What --fault takes, and that everything else is refused with a list of what there is.

import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import fc from 'fast-check'
import { codeOf } from '../../src/core/errors.ts'
import { behaviourText, parseBehaviour, parseFault, parseFaults } from '../../src/devnet/fault-spec.ts'

const specs = suite('fault specs')

const good = [
  ['silent:3', { what: 'silent', node: 3, period: 0 }],
  ['kill:2@period1', { what: 'kill', node: 2, period: 1 }],
  ['lag:8@period0', { what: 'lag', node: 8, period: 0 }],
  ['equivocate:6', { what: 'equivocate', node: 6, period: 0 }],
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

specs('a behaviour survives the way through the configuration', () => {
  for (const [text] of good.filter(([, spec]) => spec.what === 'silent' || spec.what === 'equivocate')) {
    const spec = parseFault(text, 8)
    assert.equal(parseBehaviour(behaviourText(spec)), { what: spec.what, period: spec.period }, text)
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
