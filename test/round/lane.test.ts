import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { createLane } from '../../src/round/lane.ts'

const test = suite('round: lane')

test('one at a time, and only the newest waits', async () => {
  const ran: number[] = []
  const lane = createLane(() => undefined)
  let open: () => void = () => undefined
  const gate = new Promise<void>((resolve) => (open = resolve))
  lane.run(async () => {
    ran.push(1)
    await gate
  })
  for (const n of [2, 3, 4]) lane.run(async () => void ran.push(n))
  assert.equal(ran, [1])
  open()
  await lane.idle()
  assert.equal(ran, [1, 4])
})

test('a failure is told and does not stop the lane', async () => {
  const told: unknown[] = []
  const lane = createLane((error) => told.push(error))
  const broken = new Error('broken')
  lane.run(() => Promise.reject(broken))
  await lane.idle()
  let ran = false
  lane.run(async () => void (ran = true))
  await lane.idle()
  assert.equal(told, [broken])
  assert.ok(ran)
})

test.run()
