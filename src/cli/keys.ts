// `stkr keys`: what is public of a sidecar's keys, and the password they are under. Promises that the key file is replaced
// as a whole or not at all, and that no secret is ever printed.

import type { Command } from 'commander'
import { loadKnobs } from '../config/load.ts'
import { environmentOf } from '../config/names.ts'
import type { RawFlags } from '../config/resolve.ts'
import { SIDECAR_KNOBS } from '../config/sidecar.ts'
import { fromHex } from '../core/bytes.ts'
import { Fault } from '../core/errors.ts'
import { areSealed, readKeys, readPublicKeys, sealKeys } from '../keys/keyring.ts'
import { checkFolder } from '../keys/owner-only.ts'
import { addKnobs } from './knobs.ts'
import { EXIT, toJson } from './outcome.ts'
import type { Terminal } from './outcome.ts'
import { askPassword, choosePassword } from './password.ts'
import type { Configure } from './program.ts'

const EXAMPLE = `
Examples:
  $ stkr keys show --data-dir ~/.stkr
  $ stkr keys encrypt --keys-password-file ~/.stkr-password
  $ stkr keys password --new-password-file ~/.stkr-password.new

Each of the three keys is a keystore that other tools open: "record" is an Ethereum keystore (version 3), "peer" and "bls"
are EIP-2335 (version 4). A password comes from a file, STKR_KEYS_PASSWORD or the terminal, never from a flag.`

interface Options extends RawFlags {
  readonly newPasswordFile?: string
}

const placeOf = ({ newPasswordFile: _, ...flags }: Options) => loadKnobs(['keysFile', 'keysPasswordFile'], flags)

async function show(options: Options, json: boolean, terminal: Terminal): Promise<number> {
  const { keysFile } = placeOf(options)
  const { peerIdOf } = await import('../p2p/peers.ts')
  const { peer, signer, bls } = readPublicKeys(keysFile)
  const encrypted = areSealed(keysFile)
  const shown = {
    keysFile,
    encrypted,
    signer,
    peerId: peerIdOf(fromHex(peer, 32)).toString(),
    peerKey: peer,
    blsKey: bls,
  }
  if (json) terminal.out(toJson({ ok: true, ...shown }))
  else for (const [name, value] of Object.entries(shown)) terminal.out(`${name.padEnd(10)} ${String(value)}`)
  return EXIT.ok
}

/** Puts the keys under a new password. `from`: whether they must be under one already. */
async function seal(from: 'open' | 'sealed', options: Options, json: boolean, terminal: Terminal): Promise<number> {
  const { keysFile, keysPasswordFile, dataDir } = placeOf(options)
  checkFolder(dataDir)
  const sealed = areSealed(keysFile)
  if (from === 'open' && sealed) throw new Fault('keys-sealed', `${keysFile} is encrypted already: stkr keys password`)
  if (from === 'sealed' && !sealed) throw new Fault('keys-open', `${keysFile} has no password yet: stkr keys encrypt`)
  const keys = await readKeys(keysFile, () => askPassword({ keysPasswordFile }, terminal))
  const fresh = from === 'open' ? keysPasswordFile : (options.newPasswordFile ?? '')
  sealKeys(keysFile, keys, await choosePassword({ keysPasswordFile: fresh }, terminal))
  if (json) terminal.out(toJson({ ok: true, keysFile, encrypted: true }))
  else terminal.out(`${keysFile} is encrypted. Old backups of it are not: destroy them once the new one is backed up.`)
  return EXIT.ok
}

export const configure: Configure = (command: Command, terminal, done) => {
  const json = (): boolean => command.opts<{ json?: boolean }>().json === true
  const { keysFile, keysPasswordFile } = SIDECAR_KNOBS
  const sub = (name: string, help: string): Command => {
    const made = command.command(name).description(help)
    made.option('--data-dir <dir>', `data directory (default: ~/.stkr) [${environmentOf('dataDir')}]`)
    addKnobs(made, { keysFile, keysPasswordFile })
    return made
  }
  sub('show', 'the public keys; needs no password').action(async (options: Options) => {
    done(await show(options, json(), terminal))
  })
  sub('encrypt', 'put keys that lie open under a password').action(async (options: Options) => {
    done(await seal('open', options, json(), terminal))
  })
  sub('password', 'change the password')
    .option('--new-password-file <file>', 'file that holds the new password (default: asked on the terminal)')
    .action(async (options: Options) => {
      done(await seal('sealed', options, json(), terminal))
    })
  command.addHelpText('after', EXAMPLE)
}
