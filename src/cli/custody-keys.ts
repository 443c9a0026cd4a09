// The commands of a holder of threshold keys, added to `stkr custody`: their flags and help. What they do is in
// custody-keygen.ts and custody-sign.ts.

import type { Command } from 'commander'
import { groups, init, keygen } from './custody-keygen.ts'
import type { KeygenFlags } from './custody-keygen.ts'
import { addPlaceFlags } from './custody-place.ts'
import type { HolderFlags } from './custody-place.ts'
import { approvals, approve, revoke, serve, sign } from './custody-sign.ts'
import type { GroupFlags, ServeFlags, SignFlags } from './custody-sign.ts'
import type { Terminal } from './outcome.ts'

const GROUP_EXAMPLE = `
The group file is the same for all holders; each entry is where that holder is dialled, its peer id from stkr custody init:
  {
    "name": "governors",
    "threshold": 2,
    "holders": [
      "/ip4/192.0.2.1/tcp/4100/p2p/12D3Koo…",
      "/dns4/two.example/tcp/4100/p2p/12D3Koo…",
      "/ip4/192.0.2.3/tcp/4100/p2p/12D3Koo…"
    ]
  }

Example, on every holder's machine:
  $ stkr custody keygen --group governors.json`

export const HOLDER_EXAMPLES = `
A threshold key, from its holders' keys to a signature:
  $ stkr custody init                                  # on each machine: its peer id
  $ stkr custody keygen --group governors.json         # on each, at the same time
  $ stkr custody serve                                 # on each, from then on
  $ stkr custody approve 0x… --note "delegation 7"     # on t of them, by people who recomputed the digest
  $ stkr custody sign 0x…                              # on any one`

const collectAll = (value: string, before: readonly string[] | undefined): readonly string[] => [
  ...(before ?? []),
  value,
]

const LISTEN = ['--listen <multiaddr>', 'where to listen, if not at the port of the own address; repeatable'] as const

export function addHolderCommands(command: Command, terminal: Terminal, done: (code: number) => void): void {
  const all = <F extends object>(flags: F): F => ({ ...flags, ...command.opts<{ json?: boolean }>() })
  const sub = (name: string, help: string): Command => addPlaceFlags(command.command(name).description(help))
  const ofGroup = (name: string, help: string): Command =>
    sub(name, help).option('--group <name>', 'which group (default: the only one)')

  sub('init', 'make the key of this holder, or show its peer id').action(async (flags: HolderFlags) => {
    done(await init(all(flags), terminal))
  })
  sub('keygen', 'make the key of a group together with its other holders')
    .requiredOption('--group <file>', 'the group file')
    .option(...LISTEN, collectAll)
    .option('--for <span>', 'how long to wait for the others (default: 1h)')
    .addHelpText('after', GROUP_EXAMPLE)
    .action(async (flags: KeygenFlags) => {
      done(await keygen(all(flags), terminal))
    })
  sub('groups', 'the groups this holder has a share of, and their keys').action(async (flags: HolderFlags) => {
    done(await groups(all(flags), terminal))
  })
  ofGroup('approve <digest>', 'let this holder sign a digest; recompute it yourself first')
    .option('--note <text>', 'what it is, for the list')
    .action((digest: string, flags: GroupFlags & { note?: string }) => {
      done(approve(digest, all(flags), terminal))
    })
  ofGroup('approvals', 'what this holder signs').action((flags: GroupFlags) => {
    done(approvals(all(flags), terminal))
  })
  ofGroup('revoke <digest>', 'take an approval back').action((digest: string, flags: GroupFlags) => {
    done(revoke(digest, all(flags), terminal))
  })
  ofGroup('serve', 'answer those who collect signatures of approved digests, until a signal')
    .option(...LISTEN, collectAll)
    .action(async (flags: ServeFlags) => {
      done(await serve(all(flags), terminal))
    })
  ofGroup('sign <digest>', 'collect the signature of a digest: 65 bytes')
    .option('--for <span>', 'how long it may take (default: 60s)')
    .action(async (digest: string, flags: SignFlags) => {
      done(await sign(digest, all(flags), terminal))
    })
}
