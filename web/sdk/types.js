/**
 * The shapes that applications see. Nothing here exists at run time.
 *
 * @typedef {'member' | 'moderator' | 'observer'} Role
 *
 * @typedef {object} Member Somebody else in the room, at one moment: it is replaced, never changed.
 * @property {string} id
 * @property {any} profile
 * @property {number} since the room's join counter: of two members the larger is the newcomer
 * @property {Role} role
 * @property {boolean} suspended its line is down; it may come back
 *
 * @typedef {object} Self Oneself.
 * @property {string} id
 * @property {string} key the secret that proves a resume
 * @property {any} profile
 * @property {number} since
 * @property {Role} role
 *
 * @typedef {object} Resume What it takes to come back to a membership, also after a reload.
 * @property {string} member
 * @property {string} key
 * @property {string} epoch
 * @property {number} seq the last numbered message that was received in order
 *
 * @typedef {object} RoomEvent What a member sent.
 * @property {string} event
 * @property {any} data
 * @property {string} from a member's id
 * @property {string | string[]} [to] present where it was directed
 * @property {number} seq
 *
 * @typedef {object} MemberEvent Somebody came, went or changed.
 * @property {'joined' | 'updated' | 'suspended' | 'resumed' | 'left'} change
 * @property {Member} member as it is now; where it left, as it was
 * @property {'leave' | 'timeout' | 'kicked' | 'drain' | 'error' | 'missed'} [reason] of `left`; `missed`:
 *   it went while this client had lost touch with the room
 *
 * @typedef {object} JoinedEvent The room has been entered, or come back to.
 * @property {boolean} recovered everything missed follows. False on the first join, and where a gap
 *   could not be filled: the roster is fresh then, and events may have been missed
 * @property {boolean} returned still the same member; false on the first join, and where the others
 *   saw the old one leave and a new one come
 *
 * @typedef {object} LeftEvent The membership is over.
 * @property {string} reason `leave`; `kicked` `replaced` `unauthorized` `closed` from the server; or the
 *   error code of a return that was refused
 * @property {string} text what the moderator or the server wrote; may be empty
 *
 * @typedef {'idle' | 'connecting' | 'open' | 'reconnecting' | 'closed'} State
 *
 * @typedef {object} StateEvent
 * @property {State} state
 * @property {number} [code] the close code of the connection that ended
 * @property {string} [reason]
 * @property {number} [retryIn] milliseconds to the next attempt
 *
 * @typedef {object} Clock
 * @property {(run: () => void, ms: number) => any} setTimeout
 * @property {(timer: any) => void} clearTimeout
 */
export {}
