import { make } from './dom.js'
import { notice } from './notices.js'
import { maybe, say, whenSpoken } from './words.js'

/** What the menus choose from, as `data-pick` names it. */
const kinds = /** @type {const} */ ({ videoinput: 'video', audioinput: 'audio', audiooutput: 'speaker' })

/**
 * The menus of devices, wherever the page has them. That of loudspeakers is hidden where the
 * browser offers no choice of them.
 * @param {import('./devices.js').Devices} devices
 */
export function bindPickers(devices) {
  /** @type {NodeListOf<HTMLSelectElement>} */
  const menus = document.querySelectorAll('select[data-pick]')
  const show = () => {
    for (const menu of menus) fill(menu, devices)
  }
  for (const menu of menus) {
    menu.onchange = async () => {
      const kind = kindOf(menu)
      if (kind === 'speaker') return devices.sound(menu.value)
      await devices.choose(kind, menu.value)
      if (devices.problem) notice('devices', () => maybe(`devices${devices.problem}`))
    }
  }
  devices.on('change', show)
  devices.on('track', show)
  whenSpoken(show)
}

/** @param {HTMLSelectElement} menu */
const kindOf = (menu) => kinds[/** @type {keyof typeof kinds} */ (menu.dataset.pick)]

/** @param {HTMLSelectElement} menu @param {import('./devices.js').Devices} devices */
function fill(menu, devices) {
  const kind = kindOf(menu)
  const present = devices.list.filter((d) => d.kind === menu.dataset.pick && d.deviceId)
  const options = present.map((d) => make('option', { value: d.deviceId, textContent: d.label }))
  const used = kind === 'speaker' ? devices.speaker || present[0]?.deviceId : devices.track(kind)?.getSettings().deviceId
  if (!used) options.unshift(make('option', { value: '', textContent: say('none'), disabled: present.length > 0 }))
  menu.replaceChildren(...options)
  menu.disabled = !present.length
  menu.value = used ?? ''
  if (kind === 'speaker') /** @type {HTMLElement} */ (menu.parentElement).hidden = !present.length || !('setSinkId' in HTMLMediaElement.prototype)
}
