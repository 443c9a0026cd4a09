// The vectors that forge replays are those of the independent reference (blst, noble, ethers): regenerating them gives
// the frozen files byte for byte. Forge tests that the contracts agree with them.

import { spawnSync } from 'node:child_process'
import { join } from 'node:path'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'

const ROOT = join(import.meta.dirname, '../..')

const vectors = suite('contract vectors')

for (const name of ['contracts', 'frost'])
  vectors(`${name}: are what the reference computes`, () => {
    const script = join(ROOT, `scripts/vectors-${name}.ts`)
    const done = spawnSync(process.execPath, [script, '--check'], { cwd: ROOT, encoding: 'utf8' })
    assert.is(done.status, 0, done.stderr)
  })

vectors.run()
