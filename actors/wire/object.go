package wire

// object is a map inside a validated frame, its pairs in their order.
type object []pair

type pair struct {
	name string
	val  raw
}

// readObject appends the pairs of the map r to o.
func readObject(r raw, o object) object {
	for c := r.elements(); c.next(); {
		name, _ := c.key.str()
		o = append(o, pair{name, c.val})
	}
	return o
}

// get returns the value of the last pair with that name; a null is absent.
func (o object) get(name string) raw {
	if r := o.value(name); !r.absent() && !r.null() {
		return r
	}
	return raw{}
}

// value is get for fields in which null is a value.
func (o object) value(name string) raw {
	for i := len(o) - 1; i >= 0; i-- {
		if o[i].name == name {
			return o[i].val
		}
	}
	return raw{}
}
