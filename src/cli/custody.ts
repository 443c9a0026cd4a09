// `stkr custody …`: delegated tokens, which two threshold groups move together and none alone.

import type { Command } from 'commander'
import { fromHex } from '../core/bytes.ts'
import { GROUP_KEY_BYTES, GROUP_SIGNATURE_BYTES, isGroupSigned } from '../core/custody.ts'
import { Fault } from '../core/errors.ts'
import { hexOf } from './arguments.ts'
import { EXIT, toJson } from './outcome.ts'
import type { Terminal } from './outcome.ts'
import type { Configure } from './program.ts'

const EXAMPLE = `
Examples:
  $ stkr custody verify --key 0x02… --digest 0x… --signature 0x…`

interface VerifyFlags {
  readonly key: string
  readonly digest: string
  readonly signature: string
  readonly json?: boolean
}

/** Asks nobody: a co-signer may look anywhere whether what was put together is a signature. */
function verify(flags: VerifyFlags, terminal: Terminal): number {
  const key = hexOf(flags.key, GROUP_KEY_BYTES, '--key')
  const digest = hexOf(flags.digest, 32, '--digest')
  const signature = hexOf(flags.signature, GROUP_SIGNATURE_BYTES, '--signature')
  if (!isGroupSigned(fromHex(key), fromHex(digest), fromHex(signature)))
    throw new Fault('check-group-signature', 'the group of this key did not sign this digest')
  terminal.out(flags.json === true ? toJson({ ok: true, key, digest }) : `signed by the group of ${key}`)
  return EXIT.ok
}

export const configure: Configure = (command: Command, terminal, done) => {
  const all = <F extends { readonly json?: boolean }>(flags: F): F => ({ ...flags, ...command.opts() })

  command
    .command('verify')
    .description('whether a group signed a digest; asks no chain')
    .requiredOption('--key <hex>', 'group key, 33 bytes')
    .requiredOption('--digest <hex>', 'what was signed, 32 bytes')
    .requiredOption('--signature <hex>', '65 bytes')
    .action((flags: VerifyFlags) => {
      done(verify(all(flags), terminal))
    })
  // Key ceremony and co-signing add their commands here.
  command.addHelpText('after', EXAMPLE)
}
