// Sidecars and what they stand on die with SIGKILL at points of a period, one after another, while a job is auctioned: nothing
// is signed twice, no transaction is lost, every period whose committee had a quorum is on chain.
// runs alone
// time limit: 400 s

import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { planKills, wreakAtPoints } from '../support/chaos-points.ts'
import { runChaos } from '../support/chaos-run.ts'

/** The least that goes on without one. */
const NODES = 4
const KILLS = 2
/** Another one: `npm run test:chaos -- --nodes 4 --kills 2 --seed …`. */
const SEED = 'network'

const chaos = suite('network under chaos')

chaos(`seed ${SEED}: nothing signed twice, nothing lost, nothing owed`, async () => {
  const heard: string[] = []
  const note = (text: string): void => void heard.push(text)
  const kills = planKills(SEED, NODES, KILLS)
  const result = await runChaos({
    nodes: NODES,
    wreak: (devnet, ears) => wreakAtPoints(devnet, ears, kills, note),
    jobs: 1,
    quietPeriods: 1,
    note,
    signal: new AbortController().signal,
  })
  assert.equal(result.complaints, [], heard.join('\n'))
  assert.is(result.kills, KILLS)
  assert.ok(result.records > 0, 'what was signed has been looked at')
})

chaos.run()
