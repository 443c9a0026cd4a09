// Keystores as other tools make and open them: EIP-2335's own vector, ethers' keystore both ways.

import { Wallet, decryptKeystoreJsonSync, encryptKeystoreJsonSync } from 'ethers'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { fromHex, toHex } from '../../src/core/bytes.ts'
import {
  createDerive,
  eip2335Shape,
  newSalt,
  normalizedPassword,
  openEip2335,
  openWeb3,
  sealEip2335,
  sealWeb3,
  web3Shape,
} from '../../src/keys/keystore.ts'

const keystore = suite('keystore')

/** Test vector of EIP-2335, scrypt. */
const VECTOR = {
  crypto: {
    kdf: {
      function: 'scrypt',
      params: {
        dklen: 32,
        n: 262144,
        p: 1,
        r: 8,
        salt: 'd4e56740f876aef8c010b86a40d5f56745a118d0906a34e69aec8c0db1cb8fa3',
      },
      message: '',
    },
    checksum: {
      function: 'sha256',
      params: {},
      message: 'd2217fe5f3e9a1e34581ef8a78f7c9928e436d36dacc5e846690a5581e8ea484',
    },
    cipher: {
      function: 'aes-128-ctr',
      params: { iv: '264daa3f303d7259501c93d997d84fe6' },
      message: '06ae90d55fe0a6e9c5c3bc5b170827b2e5cce3929ed3f116c2811e6366dfe20f',
    },
  },
  pubkey: '9612d7a727c9d0a22e185a1c768478dfe919cada9266988cb32359c11f2b7b27f4ae4040902382ae2910c15e2b420d07',
  path: 'm/12381/60/3141592653/589793238',
  uuid: '1d85ae20-35c5-4611-98e8-aa14a633906f',
  version: 4,
}
const VECTOR_PASSWORD = '𝔱𝔢𝔰𝔱𝔭𝔞𝔰𝔰𝔴𝔬𝔯𝔡🔑'
const VECTOR_SECRET = '0x000000000019d6689c085ae165831e934ff763ae46a2a6c172b3f1b60a8ce26f'

keystore("EIP-2335's vector opens", () => {
  assert.is(normalizedPassword(VECTOR_PASSWORD), 'testpassword🔑')
  assert.is(normalizedPassword('a\u0000b\u007f'), 'ab')
  assert.is(toHex(openEip2335(eip2335Shape.parse(VECTOR), VECTOR_PASSWORD, createDerive())), VECTOR_SECRET)
})

const secret = fromHex(`0x${'5a'.repeat(32)}`, 32)
const sealing = { password: 'testpassword', salt: newSalt(), derive: createDerive() }

keystore('what is sealed opens, and has its own noise each time', () => {
  const first = eip2335Shape.parse(sealEip2335(secret, 'ab', 'a key', sealing))
  const second = eip2335Shape.parse(sealEip2335(secret, 'ab', 'a key', sealing))
  assert.is(toHex(openEip2335(first, 'testpassword', sealing.derive)), toHex(secret))
  assert.is.not(first.crypto.cipher.message, second.crypto.cipher.message)
})

keystore('ethers opens ours, we open theirs', () => {
  const { address } = new Wallet(toHex(secret))
  const ours = sealWeb3(secret, address.slice(2).toLowerCase(), sealing)
  const opened = decryptKeystoreJsonSync(JSON.stringify(ours), 'testpassword')
  assert.equal([opened.address, opened.privateKey], [address, toHex(secret)])
  const theirs: unknown = JSON.parse(
    encryptKeystoreJsonSync({ address, privateKey: toHex(secret) }, 'testpassword', {
      scrypt: { N: 1024, r: 8, p: 1 },
    }),
  )
  const { Crypto, ...rest } = theirs as { Crypto: object }
  const parsed = web3Shape.parse({ crypto: Crypto, ...rest })
  assert.is(toHex(openWeb3(parsed, 'testpassword', createDerive())), toHex(secret))
})

keystore.run()
