package server

import "github.com/parley-signaling/parley/actors"

// several tells several observers.
type several []actors.Observer

// Observe implements actors.Observer.
func (s several) Observe(n actors.Notice) {
	for _, o := range s {
		o.Observe(n)
	}
}

// observers are those that are not nil; nil where there are none.
func observers(all ...actors.Observer) actors.Observer {
	var list several
	for _, o := range all {
		if o != nil {
			list = append(list, o)
		}
	}
	switch len(list) {
	case 0:
		return nil
	case 1:
		return list[0]
	}
	return list
}
