/** Asks whether something is meant, has it done, and stays while it is under way or where it is refused. */

import { byId, write } from '../app/dom.js'
import { Refused } from './engine.js'
import { say } from './words.js'

/**
 * @typedef {object} Question
 * @property {string} title
 * @property {string} text
 * @property {string} yes what the button says
 * @property {string} [label] of a field; none: there is no field
 * @property {string} [word] that has to be typed there first
 * @property {(typed: string) => Promise<void>} act
 * @property {() => void} done it was done, and the question is gone
 */

/** @type {HTMLDialogElement} */
const dialog = byId('question')
/** @type {HTMLInputElement} */
const field = byId('question-field')
/** @type {HTMLButtonElement} */
const yes = byId('question-yes')

/** @type {Question | null} */
let asked = null
let busy = false
/** @type {(error: unknown) => void} */
let failed = () => {}

/** @param {Question} question */
export function askFirst(question) {
  asked = question
  write(byId('question-title'), question.title)
  write(byId('question-text'), question.text)
  write(byId('question-label'), question.label ?? '')
  write(yes, question.yes)
  write(byId('question-problem'), '')
  const label = /** @type {HTMLElement} */ (field.closest('label'))
  label.hidden = !question.label
  field.value = ''
  check()
  dialog.showModal()
  ;(question.label ? field : byId('question-no')).focus()
}

function check() {
  yes.disabled = asked?.word !== undefined && field.value.trim() !== asked.word
}

/** Nothing can be changed while it is under way. @param {boolean} is */
function setBusy(is) {
  busy = is
  dialog.ariaBusy = String(is)
  field.readOnly = is
  for (const button of [yes, byId('question-no')]) button.ariaDisabled = String(is)
}

async function go() {
  const question = asked
  if (!question || busy || yes.disabled) return
  setBusy(true)
  write(byId('question-problem'), '')
  try {
    await question.act(field.value.trim())
  } catch (error) {
    if (error instanceof Refused && error.status === 401) {
      dialog.close()
      failed(error)
    }
    write(byId('question-problem'), whyNot(error))
    return
  } finally {
    setBusy(false)
  }
  dialog.close()
  question.done()
}

/** @param {unknown} error */
export const whyNot = (error) => (error instanceof Refused ? say('refused', { text: error.message }) : say('notKnown'))

/** @param {(error: unknown) => void} onFail the token is not the right one any more */
export function bindQuestions(onFail) {
  failed = onFail
  byId('question-form').onsubmit = (e) => {
    e.preventDefault()
    void go()
  }
  byId('question-no').onclick = () => {
    if (!busy) dialog.close()
  }
  dialog.oncancel = (e) => {
    if (busy) e.preventDefault()
  }
  field.oninput = check
}
