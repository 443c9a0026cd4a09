// Completion as a real bash does it, and every command in the scripts of all shells.

import { execFileSync } from 'node:child_process'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { runCli } from '../support/cli.ts'

const completion = suite('stkr completion')

/** What bash offers after `line`, the last word being what is typed so far. */
async function offered(line: string): Promise<readonly string[]> {
  const { out } = await runCli('completion', 'bash')
  const ask = `COMP_WORDS=(${line
    .split(' ')
    .map((word) => `'${word}'`)
    .join(' ')})
COMP_CWORD=$((\${#COMP_WORDS[@]} - 1))
_stkr
printf '%s\\n' "\${COMPREPLY[@]}"`
  return execFileSync('bash', ['-c', `${out}\n${ask}`], { encoding: 'utf8' })
    .trim()
    .split('\n')
}

const OFFERED: readonly (readonly [line: string, words: readonly string[]])[] = [
  ['stkr doc', ['doctor']],
  ['stkr job su', ['submit']],
  ['stkr run --rpc', ['--rpc-urls']],
  ['stkr keys encrypt --keys-password', ['--keys-password-file']],
  ['stkr --data-dir x aud', ['audit']],
]
for (const [line, words] of OFFERED)
  completion(`bash: ${line}`, async () => {
    assert.equal(await offered(line), words)
  })

completion('bash: all commands at the top', async () => {
  const words = await offered('stkr ')
  for (const name of ['run', 'status', 'doctor', 'completion', '--help']) assert.ok(words.includes(name), name)
})

for (const shell of ['zsh', 'fish'])
  completion(`${shell}: commands and flags are in the script`, async () => {
    const { code, out } = await runCli('completion', shell)
    assert.is(code, 0)
    for (const word of ['doctor', 'job submit', 'rpc-urls']) assert.ok(out.includes(word), word)
  })

completion('another shell is refused', async () => {
  assert.is((await runCli('completion', 'csh')).code, 2)
})

completion.run()
