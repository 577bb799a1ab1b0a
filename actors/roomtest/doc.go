// Package roomtest checks rooms against a model. It knows the protocol and nothing of the
// engine: it speaks to it over a [Line], as a client does, and reads frames with decoders
// that are not the engine's.
//
// A [Driver] takes random steps from a seed. What several clients do at once is a batch; the
// room may carry a batch out in any order that keeps each client's own. The [checker] looks
// for such an order: it lets the model ([room]) do the steps one by one and compares every
// message that every client should see with what it saw, in number, content and sequence. If
// no order explains what was seen, the batch has failed. Where the protocol leaves a choice,
// the model offers each one, and the checker keeps all the states that are still possible.
//
// Ids, keys, epochs, the first seq of an epoch and since are the engine's to choose: the
// model holds them as unknowns that the first sight binds.
package roomtest
