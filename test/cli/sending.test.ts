// Nothing is sent before it was shown and agreed to: by flag, or by a person; never because nobody could be asked.
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { laterStep } from '../../src/chain/steps.ts'
import type { Step } from '../../src/chain/steps.ts'
import { settleSteps } from '../../src/cli/sending.ts'
import type { SendFlags } from '../../src/cli/sending.ts'

const test = suite('cli/sending')

const CALL = { to: '0x01', data: '0x02' } as const
const STEPS: readonly Step[] = [{ name: 'approve', call: CALL, gas: 46_000n }, laterStep('deposit', CALL)]

interface Ran {
  readonly sent: readonly string[] | undefined
  readonly lines: readonly string[]
  readonly asked: number
}

async function run(flags: SendFlags, answer?: string, steps = STEPS): Promise<Ran> {
  const lines: string[] = []
  let asked = 0
  const ask = async (): Promise<string> => {
    asked += 1
    assert.ok(lines.length >= steps.length, 'shown before asked')
    return answer ?? ''
  }
  const terminal = {
    out: (line: string) => void lines.push(line),
    err: () => undefined,
    ask: answer === undefined ? undefined : ask,
    signal: new AbortController().signal,
  }
  const send = async (list: readonly Step[]) => list.map(({ name }) => ({ name, tx: '0xaa' as const, gasUsed: 1_000n }))
  const sent = await settleSteps({ send }, steps, flags, terminal)
  return { sent: sent?.map(({ name }) => name), lines, asked }
}

test('a dry run shows every step with its gas and sends nothing', async () => {
  const { sent, lines } = await run({})
  assert.is(sent, undefined)
  assert.equal(lines, [
    'would send  approve   up to 46,000 gas',
    'would send  deposit   gas known after the step before',
    'nothing was sent: add --yes',
  ])
})

test('--yes sends without asking', async () => {
  const { sent, lines, asked } = await run({ yes: true }, 'n')
  assert.equal(sent, ['approve', 'deposit'])
  assert.is(asked, 0)
  assert.is(lines.at(-1), 'sent  deposit   0xaa  gas 1,000')
})

for (const [answer, agreed] of [
  ['y', true],
  ['Yes ', true],
  ['', false],
  ['n', false],
  ['yesterday', false],
] as const)
  test(`at a terminal "${answer}" ${agreed ? 'sends' : 'sends nothing'}`, async () => {
    const { sent, asked } = await run({}, answer)
    assert.is(sent !== undefined, agreed)
    assert.is(asked, 1)
  })

test('--json neither asks nor tells, and sends with --yes only', async () => {
  assert.equal(await run({ json: true }, 'y'), { sent: undefined, lines: [], asked: 0 })
  assert.equal(await run({ json: true, yes: true }, 'n'), { sent: ['approve', 'deposit'], lines: [], asked: 0 })
})

test('nothing to do is done without asking', async () => {
  assert.equal(await run({}, 'n', []), { sent: [], lines: [], asked: 0 })
})

test.run()
