import assert from 'node:assert/strict'
import { readdirSync, readFileSync } from 'node:fs'
import { test } from 'node:test'
import { en } from '../app/words.en.js'
import { zh } from '../app/words.zh.js'

const at = (/** @type {string} */ name) => new URL(`../${name}`, import.meta.url)
const page = readFileSync(at('index.html'), 'utf8')
const values = (/** @type {string} */ text) => [...text.matchAll(/\{(\w+)\}/g)].map((m) => m[1]).sort()

test('both languages say everything, with the same values in it', () => {
  assert.deepEqual(Object.keys(zh).sort(), Object.keys(en).sort())
  for (const [key, text] of Object.entries(en)) {
    const other = zh[/** @type {keyof typeof en} */ (key)]
    assert.ok(text && other, key)
    assert.deepEqual(values(other), values(text), key)
  }
})

test('the page says in English what the English words say', () => {
  const written = [...page.matchAll(/data-t="(\w+)"[^>]*>([^<]*)</g)]
  assert.ok(written.length > 30)
  for (const [, key, text] of written) assert.equal(text, en[/** @type {keyof typeof en} */ (key)], key)
  for (const [, key] of page.matchAll(/data-label="(\w+)"/g)) assert.ok(key in en, key)
})

test('no words are left over', () => {
  const sources = readdirSync(at('app')).filter((f) => f.endsWith('.js') && !f.startsWith('words.'))
  const all = page + sources.map((f) => readFileSync(at(`app/${f}`), 'utf8')).join('')
  const made = /^(over_|ended|devices(?!Came|Replaced)[A-Z]|level\d)/ // put together of a prefix and a reason
  assert.deepEqual(Object.keys(en).filter((key) => !made.test(key) && !new RegExp(`['"]${key}['"]`).test(all)), [])
})
