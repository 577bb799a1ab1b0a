import { make } from './dom.js'
import { notice } from './notices.js'
import { maybe, say, whenSpoken } from './words.js'

/**
 * The menus of devices, wherever the page has them.
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
      await devices.choose(kindOf(menu), menu.value)
      if (devices.problem) notice('devices', maybe(`devices${devices.problem}`))
    }
  }
  devices.on('change', show)
  devices.on('track', show)
  whenSpoken(show)
}

/** @param {HTMLSelectElement} menu */
const kindOf = (menu) => (menu.dataset.pick === 'videoinput' ? 'video' : 'audio')

/** @param {HTMLSelectElement} menu @param {import('./devices.js').Devices} devices */
function fill(menu, devices) {
  const present = devices.list.filter((d) => d.kind === menu.dataset.pick && d.deviceId)
  const track = devices.track(kindOf(menu))
  const options = present.map((d) => make('option', { value: d.deviceId, textContent: d.label }))
  if (!options.length) options.push(make('option', { textContent: say('none') }))
  menu.replaceChildren(...options)
  menu.disabled = !present.length
  const id = track?.getSettings().deviceId
  if (id) menu.value = id
}
