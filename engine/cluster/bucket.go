package cluster

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"strconv"
	"strings"
	"time"

	"github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/jetstream"
)

// history is how many revisions of a key the bucket keeps: so many views may a node be behind.
const history = 64

// mostReplicas is how many servers keep the bucket, where there are as many.
const mostReplicas = 3

// bucket is the JetStream key-value bucket that the nodes share.
type bucket struct {
	nc      *nats.Conn
	js      jetstream.JetStream
	name    string
	timeout time.Duration // of one request
	// patience is the TTL of leases, for when nobody is left to delete them, and of what marks that they are deleted. Whoever was not
	// there to see the mark knows by its absence; but NATS reads no more than 1,024 keys at once, deleted ones included, and lets no
	// TTL be shorter than that of marks.
	patience time.Duration
}

// entry is a key at one revision.
type entry struct {
	value    []byte
	revision uint64
	deleted  bool
	expired  bool // deleted by NATS, when its TTL was over
}

// survey is the bucket's latest entries, as of revision upTo.
type survey struct {
	entries map[string]entry
	upTo    uint64
}

// errConflict: the key is at another revision.
var errConflict = errors.New("the key has changed")

func newBucket(nc *nats.Conn, o Options) (*bucket, error) {
	js, err := jetstream.New(nc)
	if err != nil {
		return nil, fmt.Errorf("%w: %w", ErrNATS, err)
	}
	return &bucket{
		nc: nc, js: js, name: "parley_" + o.Name,
		timeout:  max(o.renewal(), time.Second/2),
		patience: max(4*o.Lease, 2*time.Second).Round(time.Second),
	}, nil
}

// open creates the bucket where there is none. It has three replicas where NATS can give them: replicas is 0 where
// that is to be found out.
func (b *bucket) open(ctx context.Context, replicas int) error {
	ctx, cancel := context.WithTimeout(ctx, max(b.timeout, 2*time.Second))
	defer cancel()
	if _, err := b.js.KeyValue(ctx, b.name); !errors.Is(err, jetstream.ErrBucketNotFound) {
		return known(err)
	}
	most := replicas
	if most == 0 {
		most = mostReplicas
	}
	err := b.create(ctx, most)
	if replicas == 0 && (isCode(err, codeNotClustered) || isCode(err, codeNoPeers)) {
		err = b.create(ctx, 1)
	}
	if errors.Is(err, jetstream.ErrBucketExists) {
		return nil // another node was quicker, with other settings
	}
	return known(err)
}

func (b *bucket) create(ctx context.Context, replicas int) error {
	_, err := b.js.CreateKeyValue(ctx, jetstream.KeyValueConfig{
		Bucket: b.name, Description: "Parley: the nodes that are there", Storage: jetstream.FileStorage,
		Replicas: replicas, History: history, LimitMarkerTTL: b.patience, MaxBytes: 64 << 20,
	})
	return err
}

// grow gives the bucket three replicas, where it has fewer: it was made when NATS had fewer servers, or fewer were there.
// replicas: see open.
func (b *bucket) grow(ctx context.Context, replicas int) error {
	if replicas == 1 {
		return nil
	}
	ctx, cancel := context.WithTimeout(ctx, max(b.timeout, 2*time.Second))
	defer cancel()
	stream, err := b.js.Stream(ctx, "KV_"+b.name)
	if err != nil {
		return err
	}
	info := stream.CachedInfo()
	if info.Config.Replicas >= mostReplicas || info.Cluster == nil {
		return nil
	}
	info.Config.Replicas = mostReplicas
	_, err = b.js.UpdateStream(ctx, info.Config)
	if isCode(err, codeNotClustered, codeNoPeers) {
		return nil // there are still too few servers
	}
	return err
}

// Codes of JetStream errors that package jetstream does not name.
const (
	codeNotClustered jetstream.ErrorCode = 10074 // replicas > 1 not supported in non-clustered mode
	codeNoPeers      jetstream.ErrorCode = 10005 // no suitable peers for placement
)

func isCode(err error, codes ...jetstream.ErrorCode) bool {
	var api *jetstream.APIError
	if js := jetstream.JetStreamError(nil); errors.As(err, &js) && js.APIError() != nil {
		api = js.APIError()
	} else if !errors.As(err, &api) {
		return false
	}
	for _, c := range codes {
		if api.ErrorCode == c {
			return true
		}
	}
	return false
}

// known marks those errors that waiting does not mend.
func known(err error) error {
	if errors.Is(err, jetstream.ErrLimitMarkerTTLNotSupported) || errors.Is(err, jetstream.ErrJetStreamNotEnabledForAccount) ||
		errors.Is(err, jetstream.ErrJetStreamNotEnabled) {
		return fmt.Errorf("%w: %w", ErrNATS, err)
	}
	if errors.Is(err, nats.ErrNoResponders) {
		return fmt.Errorf("NATS has no JetStream, or not yet: %w", err)
	}
	return err
}

func (b *bucket) subject(key string) string { return "$KV." + b.name + "." + key }

// missing tells whether the bucket itself is gone.
func (b *bucket) missing(ctx context.Context) bool {
	ctx, cancel := context.WithTimeout(ctx, b.timeout)
	defer cancel()
	_, err := b.js.KeyValue(ctx, b.name)
	return errors.Is(err, jetstream.ErrBucketNotFound)
}

// put writes a key that stands at that revision; 0: it is not there, or is deleted. errConflict where it does not.
func (b *bucket) put(ctx context.Context, key string, value []byte, revision uint64, ttl time.Duration) (uint64, error) {
	return b.publish(ctx, &nats.Msg{Subject: b.subject(key), Data: value, Header: nats.Header{}}, revision, ttl)
}

// remove deletes a key that stands at that revision.
func (b *bucket) remove(ctx context.Context, key string, revision uint64) error {
	m := &nats.Msg{Subject: b.subject(key), Header: nats.Header{
		"KV-Operation": {"PURGE"}, jetstream.MsgRollup: {jetstream.MsgRollupSubject},
	}}
	_, err := b.publish(ctx, m, revision, b.patience)
	return err
}

func (b *bucket) publish(ctx context.Context, m *nats.Msg, revision uint64, ttl time.Duration) (uint64, error) {
	ctx, cancel := context.WithTimeout(ctx, b.timeout)
	defer cancel()
	options := []jetstream.PublishOpt{jetstream.WithExpectLastSequencePerSubject(revision), jetstream.WithRetryAttempts(0)}
	if ttl > 0 {
		options = append(options, jetstream.WithMsgTTL(ttl))
	}
	ack, err := b.js.PublishMsg(ctx, m, options...)
	if isCode(err, jetstream.JSErrCodeStreamWrongLastSequence, jetstream.JSErrCodeStreamWrongLastSequenceConstant) {
		return 0, errConflict
	}
	if err != nil {
		return 0, known(err)
	}
	return ack.Sequence, nil
}

// survey reads the latest of every key at once. What it says may be late, never wrong: see upTo.
func (b *bucket) survey(ctx context.Context) (survey, error) {
	ctx, cancel := context.WithTimeout(ctx, b.timeout)
	defer cancel()
	s := survey{entries: map[string]entry{}}
	inbox := b.nc.NewInbox()
	sub, err := b.nc.SubscribeSync(inbox)
	if err != nil {
		return s, err
	}
	defer func() { _ = sub.Unsubscribe() }()
	ask, err := json.Marshal(map[string]any{"multi_last": []string{b.subject(">")}})
	if err != nil {
		return s, err
	}
	if err := b.nc.PublishRequest("$JS.API.DIRECT.GET.KV_"+b.name, inbox, ask); err != nil {
		return s, err
	}
	for {
		m, err := sub.NextMsgWithContext(ctx)
		if err != nil {
			return s, err
		}
		if done, err := s.take(m, b.subject("")); done || err != nil {
			return s, err
		}
	}
}

// take reads one message of the answer; the last one has no data but a status.
func (s *survey) take(m *nats.Msg, prefix string) (done bool, err error) {
	number := func(header string) uint64 {
		n, _ := strconv.ParseUint(m.Header.Get(header), 10, 64)
		return n
	}
	switch status := m.Header.Get("Status"); status {
	case "":
	case "204":
		s.upTo = number("Nats-UpTo-Sequence")
		return true, nil
	case "404":
		return true, nil // nothing at all
	case "503":
		return false, nats.ErrNoResponders
	default:
		return false, fmt.Errorf("the bucket cannot be read: %s %s", status, m.Header.Get("Description"))
	}
	if key, ok := strings.CutPrefix(m.Header.Get("Nats-Subject"), prefix); ok {
		reason := m.Header.Get("Nats-Marker-Reason")
		s.entries[key] = entry{m.Data, number("Nats-Sequence"), m.Header.Get("KV-Operation") != "" || reason != "", reason == "MaxAge"}
	}
	return false, nil
}

// after reads the first entry of a key beyond that revision.
func (b *bucket) after(ctx context.Context, key string, revision uint64) (entry, error) {
	ctx, cancel := context.WithTimeout(ctx, b.timeout)
	defer cancel()
	stream, err := b.js.Stream(ctx, "KV_"+b.name)
	if err != nil {
		return entry{}, err
	}
	m, err := stream.GetMsg(ctx, revision+1, jetstream.WithGetMsgSubject(b.subject(key)))
	if err != nil {
		return entry{}, err
	}
	return entry{value: m.Data, revision: m.Sequence, deleted: m.Header.Get("KV-Operation") != ""}, nil
}
