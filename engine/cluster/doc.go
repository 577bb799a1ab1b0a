// Package cluster makes several engines one, over NATS: who is there, and links between them.
//
// # Who is there
//
// Every node has a lease: a key in a JetStream bucket, which it renews three times in its length,
// by compare-and-set on the key's revision. Whoever has seen no renewal of another node for a
// whole lease deletes that key, by compare-and-set on the revision that it has seen, so a node
// that has renewed in time is never declared dead, however late its observers are. A node holds
// its lease by its own clocks, the monotonic one and the wall clock: from when it sent the last renewal
// that was acknowledged, for a tenth less than the lease, and no longer than it is connected to NATS.
// Observers count from when they saw it, which is later. Hence no node is replaced while it may still act.
//
// One more key, the register, holds the view: the nodes that are there. Whoever finds that
// the leases say otherwise writes the next view, by compare-and-set on the last. Every node adopts each view in order, from the first one that it is in; views name
// their predecessor, so that none is skipped unseen. A node that leaves in peace says so in its lease, is listed as leaving,
// hands over what it has, and deletes its lease.
//
// The bucket is polled, twice in a lease's third, and at once when somebody says that there is something new:
// no consumer has to survive the loss of a NATS server. Keys also have a TTL, for when nobody is left
// to delete them; who sees NATS delete one waits for the lease's end all the same.
//
// A NATS that is away for a while is no change of view: nobody's lease is renewed, nobody's is
// deleted, nobody acts (Held is false), and when it is back everybody goes on. A node whose
// lease was deleted while it was cut off is Lost: it comes back under a new id.
//
// # Links
//
// Core NATS delivers at most once. A link numbers its packets, acknowledges, sends again after a gap or
// a time-out, drops duplicates, and cuts large frames into pieces. What is not acknowledged is
// bounded; where it would be exceeded the link is cut: both ends are told, once, and it
// starts anew and empty. Frames that are sent while one packet is under way go together in the next.
//
// # Actors
//
// [Remoter] carries messages between Hollywood actors of different nodes, of registered types only.
package cluster
