// What the command line says of itself: the help of a command, and every flag of it and of the commands in it.
import * as assert from 'uvu/assert'
import { EXIT } from '../../src/cli/outcome.ts'
import { runCommandLine } from '../../src/cli/program.ts'
import { flagsOf } from './docs-read.ts'

export async function helpOf(...command: readonly string[]): Promise<string> {
  const said: string[] = []
  const say = (text: string): void => void said.push(text)
  const terminal = { out: say, err: say, signal: new AbortController().signal }
  assert.is(await runCommandLine([...command, '--help'], terminal), EXIT.ok, `stkr ${command.join(' ')} --help`)
  return said.join('\n')
}

export async function flagsIn(...command: readonly string[]): Promise<readonly string[]> {
  const help = await helpOf(...command)
  const within = [...(help.split('Commands:')[1] ?? '').matchAll(/^ {2}((?!help\b)[a-z]+)(?: [[<]|\n| {2})/gm)]
  const flags = [...flagsOf(help.replaceAll(/\s+/g, ' '))]
  for (const [, name = ''] of within) flags.push(...(await flagsIn(...command, name)))
  return flags
}
