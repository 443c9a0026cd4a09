// `stkr init`: a data directory with keys (for their owner alone) and configuration, and, when asked, the registration on
// chain. Promises to overwrite neither keys nor configuration, and to be safe to repeat: what exists is kept, a sidecar
// that is registered already stays so. Owner keys come from a file, never from the command line.

import { existsSync, mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import type { Command } from 'commander'
import { ed25519 } from '@noble/curves/ed25519.js'
import { configFileOf } from '../config/file.ts'
import { dataDirOf, loadSidecarConfig } from '../config/load.ts'
import { environmentOf } from '../config/names.ts'
import { SCHEMA_FILE, configText, schemaText } from '../config/schema.ts'
import { SIDECAR_KNOBS } from '../config/sidecar.ts'
import type { RawFlags } from '../config/resolve.ts'
import type { SidecarConfig } from '../config/sidecar.ts'
import { toHex } from '../core/bytes.ts'
import { Fault } from '../core/errors.ts'
import { createKeys, readKeys } from '../keys/keyring.ts'
import { OWNER_ONLY, checkFolder } from '../keys/owner-only.ts'
import type { SecretKeys } from '../keys/secrets.ts'
import { createCertificateSigner } from '../native/certificates.ts'
import { createRecordSigner } from '../native/records.ts'
import { silentLog, systemClock } from '../system.ts'
import { readKeyFile } from './key-file.ts'
import { openApiToken } from './api-token.ts'
import { addKnobs } from './knobs.ts'
import { EXIT, toJson } from './outcome.ts'
import type { Terminal } from './outcome.ts'
import { askMissing } from './guide.ts'
import { askPassword, choosePassword } from './password.ts'
import type { Configure } from './program.ts'
import { parseDecimal } from './units.ts'

const EXAMPLE = `
Examples:
  $ stkr init --rpc-urls https://rpc.example --ledger 0x…
  $ stkr init --register --owner-key-file owner.key --gas 0.1

The owner pays stake and gas, and is who may withdraw. Its key file holds one line: 0x and 64 hex digits, mode 0600.
The address printed as "signer" sends the sidecar's own transactions: give it ether for gas, or say --gas.`

/** Flags that were given, checked, as the file that makes them permanent, and the schema that editors check it by. */
function writeConfig(flags: RawFlags, config: SidecarConfig): string {
  const file = configFileOf(config.dataDir)
  if (existsSync(file)) return file
  const all: readonly (readonly [string, unknown])[] = Object.entries(config)
  const given = all
    .filter(([name]) => name !== 'dataDir' && flags[name] !== undefined)
    // Amounts stay as they were typed: the file says ANKR and GHz, not their smallest units.
    .map(([name, value]): [string, unknown] => [name, typeof value === 'bigint' ? flags[name] : value])
  const kept = { rpcUrls: config.rpcUrls, ledger: config.ledger, ...Object.fromEntries(given) }
  writeFileSync(join(config.dataDir, SCHEMA_FILE), schemaText(), { mode: OWNER_ONLY })
  writeFileSync(file, configText(kept, SCHEMA_FILE), { mode: OWNER_ONLY, flag: 'wx' })
  return file
}

/** Existing keys, or new ones under a password; a local network's lie open. */
async function keysAt(config: SidecarConfig, terminal: Terminal): Promise<SecretKeys> {
  const { keysFile, local } = config
  if (existsSync(keysFile)) return readKeys(keysFile, () => askPassword(config, terminal))
  return createKeys(keysFile, local ? undefined : await choosePassword(config, terminal))
}

function readOwnerKey(file: string | undefined): Uint8Array {
  if (file === undefined) throw new Fault('usage', '--register needs --owner-key-file: the owner pays the stake')
  return readKeyFile(file, '--owner-key-file')
}

interface Money {
  /** ANKR base units; undefined: the minimum. */
  readonly stake: bigint | undefined
  /** wei that the signer is to have. */
  readonly gas: bigint
}

async function registerOnChain(config: SidecarConfig, keys: SecretKeys, ownerKey: Uint8Array, { stake, gas }: Money) {
  const [{ connectRpc }, { createOutbox }, { createVolatilePending }, { register }, { topUp }] = await Promise.all([
    import('../chain/rpc.ts'),
    import('../chain/outbox.ts'),
    import('../chain/pending.ts'),
    import('../chain/registration.ts'),
    import('../chain/transfer.ts'),
  ])
  const provider = await connectRpc({ urls: config.rpcUrls, timeoutMs: 10_000 })
  const sending = { senderKey: ownerKey, confirmations: 1, pollMs: 1_000, replaceAfterMs: 60_000 }
  const outbox = createOutbox(
    { ...sending, feeCeiling: config.feeCeiling, gasCeiling: BigInt(config.gasCeiling) },
    { provider, pending: createVolatilePending(), clock: systemClock, log: silentLog },
  )
  await outbox.start()
  try {
    const record = createRecordSigner(keys.record)
    const registered = await register(
      { ledger: config.ledger, ...(stake !== undefined && { stake }) },
      {
        record,
        certificate: createCertificateSigner(keys.bls),
        peerKey: ed25519.getPublicKey(keys.peer),
      },
      { provider, outbox },
    )
    return { ...registered, gasSent: await topUp(provider, ownerKey, record.address, gas) }
  } finally {
    await outbox.stop()
    provider.destroy()
  }
}

interface Options extends RawFlags {
  readonly json?: boolean
  readonly register?: boolean
  readonly ownerKeyFile?: string
  readonly stake?: string
  readonly gas?: string
}

function stakeOf(text: string | undefined): bigint | undefined {
  if (text === undefined) return undefined
  if (!/^[1-9]\d{0,38}$/.test(text)) throw new Fault('usage', '--stake is a whole number of base units (10^-18 ANKR)')
  return BigInt(text)
}

async function run(options: Options, terminal: Terminal): Promise<number> {
  const { json = false, register = false, ownerKeyFile, stake, gas, ...given } = options
  const flags = json ? given : await askMissing(given, terminal)
  const money = { stake: stakeOf(stake), gas: gas === undefined ? 0n : parseDecimal(gas, 18, '--gas') }
  // Everything that can be wrong with the command line is found before the first file is written.
  const ownerKey = register ? readOwnerKey(ownerKeyFile) : undefined
  const config = loadSidecarConfig(flags)
  mkdirSync(dataDirOf(flags), { recursive: true, mode: 0o700 })
  checkFolder(config.dataDir)
  const keys = await keysAt(config, terminal)
  if (config.apiListen !== '') openApiToken(config.apiTokenFile)
  const configFile = writeConfig(flags, config)
  const registered = ownerKey && (await registerOnChain(config, keys, ownerKey, money))
  const { address: signer } = createRecordSigner(keys.record)
  const peerKey = toHex(ed25519.getPublicKey(keys.peer))
  const result = { dataDir: config.dataDir, keysFile: config.keysFile, configFile, signer, peerKey }
  if (json) terminal.out(toJson({ ok: true, ...result, ...(registered && { registered }) }))
  else {
    for (const [name, value] of Object.entries(result)) terminal.out(`${name.padEnd(10)} ${value}`)
    if (registered) terminal.out(`registered sidecar ${registered.id}, member from epoch ${registered.entryEpoch}`)
    else terminal.out('not registered: stkr init --register --owner-key-file <file>')
  }
  return EXIT.ok
}

export const configure: Configure = (command: Command, terminal, done) => {
  command
    .option('--register', 'register on chain')
    .option('--owner-key-file <file>', 'key of the account that owns the sidecar and pays its stake')
    .option('--stake <amount>', 'in base units of ANKR (default: the minimum)')
    .option('--gas <ether>', 'with --register: top the signer up to so much ether for its own transactions')
    .option('--data-dir <dir>', `data directory (default: ~/.stkr) [${environmentOf('dataDir')}]`)
    .addHelpText('after', EXAMPLE)
    .action(async (options: Options) => {
      done(await run(options, terminal))
    })
  addKnobs(command, SIDECAR_KNOBS)
}
