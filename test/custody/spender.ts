// A holder that signs one digest again and again until it is killed, and says which pair each share was made with only
// after the share could have left.
import { word } from '../../src/core/bytes.ts'
import { NonceCommitmentType, SigningPackageType } from '../../src/core/custody-wire.ts'
import { createDesk } from '../../src/custody/desk.ts'
import type { MadeKey } from '../../src/custody/dkg.ts'
import { holderSign } from '../../src/custody/group.ts'
import { nonceName } from '../../src/custody/nonces.ts'
import { createSigner } from '../../src/custody/signer.ts'
import { toHex } from '../../src/core/bytes.ts'
import { writeNew } from '../../src/keys/owner-only.ts'
import { systemRandom } from '../../src/system.ts'
import { keysOf, peopleOf } from '../support/custody.ts'

const desk = createDesk(process.argv[2] ?? '', writeNew)
const people = peopleOf(2, 2)
const keys = keysOf(people)
const signers = keys.map(({ group, own }: MadeKey) =>
  createSigner(group, own, {
    random: systemRandom,
    sign: holderSign(people.seeds[own.holder] as Uint8Array),
    isApproved: () => true,
    spend: desk.spend,
  }),
)

for (let i = 0; ; i++) {
  const asked = { coordinator: 0, digest: word(i + Date.now() * 1000) }
  const chosen = signers.map((signer) => NonceCommitmentType.deserialize(signer.commit(asked)))
  const mine = chosen[1]
  if (!mine) throw new Error('bug: two sign')
  signers[1]?.sign(asked, SigningPackageType.serialize(chosen))
  process.stdout.write(`${toHex(nonceName(mine))}\n`)
}
