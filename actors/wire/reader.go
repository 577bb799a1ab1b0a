package wire

import (
	"math"
	"slices"
	"time"
)

// reader reads the fields of one map and keeps the first error, so that they can be read
// one after the other. Methods without an Or in their name want the field to be there.
type reader struct {
	o   object
	err *Error
}

func (d *reader) fail(name, what string) {
	if d.err == nil {
		d.err = badRequest("%s: %s", name, what)
	}
}

// adopt takes the error of a map that lies within this one.
func (d *reader) adopt(name string, inner *reader) {
	if inner.err != nil {
		d.fail(name, inner.err.Message)
	}
}

// need returns a field; it is absent only where d has failed.
func (d *reader) need(name string) raw {
	r := d.o.get(name)
	if r.absent() {
		d.fail(name, "missing")
	}
	return r
}

func (d *reader) text(name string) string {
	r := d.need(name)
	if r.absent() {
		return ""
	}
	s, ok := r.str()
	if !ok {
		d.fail(name, "not a string")
	}
	return s
}

func (d *reader) textOr(name, otherwise string) string {
	if d.o.get(name).absent() {
		return otherwise
	}
	return d.text(name)
}

func (d *reader) uint(name string) uint64 {
	r := d.need(name)
	if r.absent() {
		return 0
	}
	v, ok := r.integer()
	if !ok {
		d.fail(name, "not an integer from 0 to 2^53-1")
	}
	return v
}

func (d *reader) uintOr0(name string) uint64 {
	if d.o.get(name).absent() {
		return 0
	}
	return d.uint(name)
}

func (d *reader) int(name string) int {
	v := d.uint(name)
	if v > math.MaxInt32 {
		d.fail(name, "too large")
		return 0
	}
	return int(v)
}

// duration reads a time in whole units; absent is 0.
func (d *reader) duration(name string, unit time.Duration) time.Duration {
	v := d.uintOr0(name)
	if v > uint64(math.MaxInt64/unit) {
		d.fail(name, "too large")
		return 0
	}
	return time.Duration(v) * unit
}

func (d *reader) boolean(name string) bool {
	r := d.need(name)
	if r.absent() {
		return false
	}
	v, ok := r.boolean()
	if !ok {
		d.fail(name, "not a boolean")
	}
	return v
}

func (d *reader) booleanOr(name string, otherwise bool) bool {
	if d.o.get(name).absent() {
		return otherwise
	}
	return d.boolean(name)
}

// value reads a payload, of which null is one.
func (d *reader) value(name string) Value {
	r := d.o.value(name)
	if r.absent() {
		d.fail(name, "missing")
		return Value{}
	}
	return Value{Codec: r.c, Bytes: r.b}
}

// texts returns nil where there is no such field.
func (d *reader) texts(name string) []string {
	r := d.o.get(name)
	if r.absent() {
		return nil
	}
	if !r.list() {
		d.fail(name, "not a list")
		return nil
	}
	all := []string{}
	for c := r.elements(); c.next(); {
		s, ok := c.val.str()
		if !ok {
			d.fail(name, "not a list of strings")
			return nil
		}
		all = append(all, s)
	}
	return all
}

// dict returns nil where d has failed.
func (d *reader) dict(name string) *reader {
	r := d.need(name)
	if r.absent() {
		return nil
	}
	if !r.dict() {
		d.fail(name, "not a map")
		return nil
	}
	return &reader{o: readObject(r, nil)}
}

// oneOf returns the index of the string among names.
func (d *reader) oneOf(name string, names []string) int {
	i := slices.Index(names, d.text(name))
	if i < 0 {
		d.fail(name, "unknown")
		return 0
	}
	return i
}

func (d *reader) role(name string) Role { return Role(d.oneOf(name, roleNames[:])) }
