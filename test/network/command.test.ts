// `npm start` as a person runs it: eight sidecars, two periods, JSON; Ctrl-C and kill -9, after which nothing is left.
// runs in a pair
// time limit: 360 s

import { readdirSync } from 'node:fs'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { spawnStkr } from './support.ts'

const command = suite('stkr devnet')

const HEX_32 = /^0x[0-9a-f]{64}$/

command('eight sidecars put two periods on chain and say so in one line', async () => {
  const stkr = spawnStkr(['devnet', '--nodes', '8', '--periods', '2', '--json'])
  const code = await stkr.ended
  assert.is(code, 0, stkr.err().slice(-2_000))
  const result = JSON.parse(stkr.out().trim().split('\n').at(-1) ?? '') as {
    ok: boolean
    nodes: number
    periods: { period: number; root: string; tx: string; gasUsed: number; signers: number; absent: number[] }[]
  }
  assert.is(result.ok, true)
  assert.is(result.nodes, 8)
  assert.ok(result.periods.length >= 2, 'two periods')
  for (const { period, root, tx, gasUsed, signers, absent } of result.periods) {
    assert.match(root, HEX_32, `root of ${period}`)
    assert.match(tx, HEX_32, `tx of ${period}`)
    assert.ok(gasUsed > 100_000 && gasUsed < 300_000, `gas of ${period}: ${gasUsed}`)
    // Eight seats, two may fail, six must sign.
    assert.ok(signers >= 6, `signers of ${period}: ${signers}`)
    assert.is(signers + absent.length, 8, `seats of ${period}`)
  }
  const numbers = result.periods.map(({ period }) => period)
  assert.equal(
    numbers,
    [...new Set(numbers)].sort((a, b) => a - b),
    'each period once, in order',
  )
  assert.equal(await stkr.gone(2_000), [])
})

command('Ctrl-C ends it with 130 and leaves no process', async () => {
  const stkr = spawnStkr(['devnet', '--nodes', '2'])
  await stkr.said('node 1 is up')
  stkr.child.kill('SIGINT')
  assert.is(await stkr.ended, 130, stkr.err().slice(-1_000))
  assert.equal(await stkr.gone(1_000), [])
})

for (const moment of ['code …', 'contracts …', 'registration: 1 of 3'])
  command(`Ctrl-C while it starts, at "${moment}", does the same`, async () => {
    const stkr = spawnStkr(['devnet', '--nodes', '3'])
    await stkr.said(moment)
    stkr.child.kill('SIGINT')
    assert.is(await stkr.ended, 130, stkr.err().slice(-1_000))
    assert.equal(await stkr.gone(1_000), [])
  })

for (const moment of ['period 0 on chain', 'the holders of'])
  command(
    `Ctrl-C while threshold keys are made and used, after "${moment}", leaves neither process nor folder`,
    async () => {
      const stkr = spawnStkr(['devnet', '--nodes', '2', '--jobs', '1'])
      await stkr.said(moment)
      stkr.child.kill('SIGINT')
      assert.is(await stkr.ended, 130, stkr.err().slice(-1_000))
      const folders = readdirSync(stkr.marker).filter((name) => name.startsWith('stkr-'))
      assert.equal([folders, await stkr.gone(1_000)], [[], []])
    },
  )

command('kill -9 leaves no process either', async () => {
  const stkr = spawnStkr(['devnet', '--nodes', '2'])
  await stkr.said('node 1 is up')
  stkr.child.kill('SIGKILL')
  await stkr.ended
  assert.equal(await stkr.gone(15_000), [])
})

command.run()
