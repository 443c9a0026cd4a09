// Rotation by size and number, for a writer that keeps its file open.
import { closeSync, readFileSync, readdirSync, writeSync } from 'node:fs'
import { join } from 'node:path'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { openLogFile, rotate } from '../../src/workload/log-files.ts'
import { withFolder } from '../support/nodes.ts'

const test = suite('workload/log-files')

test('a file that is too large moves aside, older ones move on, the oldest goes', () =>
  withFolder(async (folder) => {
    const file = join(folder, 'logs', 'node.log')
    const fd = openLogFile(file)
    const options = { file, maxBytes: 10, files: 2 }
    const read = (suffix: string): string => readFileSync(`${file}${suffix}`, 'utf8')
    try {
      writeSync(fd, '0123456789')
      assert.is(rotate(options), false, 'as large as allowed')
      for (const life of ['a', 'b', 'c', 'd']) {
        writeSync(fd, `${life} 0123456789`)
        assert.is(rotate(options), true, life)
        assert.is(read(''), '', life)
      }
      writeSync(fd, 'e')
      assert.equal([read(''), read('.1'), read('.2')], ['e', 'd 0123456789', 'c 0123456789'])
      assert.is(readdirSync(join(folder, 'logs')).length, 3)
      writeSync(fd, '0123456789')
      rotate({ ...options, files: 0 })
      assert.is(read(''), '', 'none is kept')
    } finally {
      closeSync(fd)
    }
  }))

test('no file yet', () =>
  withFolder(async (folder) => {
    assert.is(rotate({ file: join(folder, 'none'), maxBytes: 1, files: 1 }), false)
  }))

test.run()
