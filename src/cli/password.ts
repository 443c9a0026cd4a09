// Where the password of the keys comes from: the environment (STKR_KEYS_PASSWORD), a file, or a person at the terminal,
// in this order. Never from the command line, where other users of the machine could read it.

import { PASSWORD_VARIABLE, takePassword } from '../config/load.ts'
import { flagOf } from '../config/names.ts'
import { Fault } from '../core/errors.ts'
import { readOwnerOnly } from '../keys/owner-only.ts'
import type { Terminal } from './outcome.ts'

interface PasswordPlace {
  readonly keysPasswordFile: string
}

const PASSWORD_FILE = {
  what: 'password',
  missing: 'keys-password-missing',
  exposed: 'keys-password-exposed',
  oversized: 'keys-password-missing',
  maxBytes: 1024,
  advice: `check ${flagOf('keysPasswordFile')}`,
} as const

/** First line of the file: what follows it, a newline as a rule, does not belong to a password. */
const fromFile = (file: string): string => readOwnerOnly(file, PASSWORD_FILE).split(/\r?\n/)[0] ?? ''

function givenPassword({ keysPasswordFile }: PasswordPlace): string | undefined {
  const variable = takePassword()
  if (variable !== undefined) return variable
  return keysPasswordFile === '' ? undefined : fromFile(keysPasswordFile)
}

const nobodyToAsk = (): Fault =>
  new Fault(
    'keys-password-missing',
    `the keys need a password and nobody is here to ask: set ${flagOf('keysPasswordFile')} or ${PASSWORD_VARIABLE}`,
  )

/** The password of existing keys. Faults: `keys-password-missing`, `keys-password-exposed`. */
export async function askPassword(place: PasswordPlace, { prompts }: Terminal): Promise<string> {
  const given = givenPassword(place)
  if (given !== undefined) return given
  if (!prompts) throw nobodyToAsk()
  return prompts.secret('Password of the keys')
}

/** A password for new keys, typed twice when it is typed. Faults as above, `keys-password-differs`. */
export async function choosePassword(place: PasswordPlace, { prompts }: Terminal): Promise<string> {
  const given = givenPassword(place)
  if (given !== undefined) return given
  if (!prompts) throw nobodyToAsk()
  const password = await prompts.secret('New password for the keys')
  if ((await prompts.secret('The same once more')) !== password)
    throw new Fault('keys-password-differs', 'the two passwords differ: nothing was changed')
  return password
}
