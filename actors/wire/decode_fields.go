package wire

import "unicode/utf8"

// The readers of fields check type and limits; their errors name the field and the limit.

func missing(name field) *Error { return badRequest("%s: missing", fieldNames[name]) }

// id returns 0 where there is none.
func (f *fields) id() (uint64, *Error) {
	r := f.get(fieldID)
	if r.absent() {
		return 0, nil
	}
	if v, ok := r.integer(); ok && v > 0 {
		return v, nil
	}
	return 0, badRequest("id: not an integer from 1 to %d", uint64(MaxInt))
}

func (f *fields) room() (string, *Error) {
	room, err := f.text(fieldRoom, 1, MaxRoom)
	if err != nil {
		return "", err
	}
	if hasControl(room) {
		return "", badRequest("room: a control character in the name")
	}
	return room, nil
}

// hasControl reports whether s, which is UTF-8, has a character of Unicode's category Cc:
// U+0000–U+001F and U+007F–U+009F.
func hasControl(s string) bool {
	for i := range len(s) {
		switch c := s[i]; {
		case c < 0x20 || c == 0x7f:
			return true
		case c == 0xc2 && i+1 < len(s) && s[i+1] < 0xa0: // U+0080–U+009F
			return true
		}
	}
	return false
}

// text returns a string that must be there and have from min to max bytes.
func (f *fields) text(name field, min, max int) (string, *Error) {
	r := f.get(name)
	if r.absent() {
		return "", missing(name)
	}
	return r.text(fieldNames[name], min, max)
}

// optionalText returns "" where there is none.
func (f *fields) optionalText(name field, max int) (string, *Error) {
	if f.get(name).absent() {
		return "", nil
	}
	return f.text(name, 0, max)
}

// text returns the string that r is; name is for the error.
func (r raw) text(name string, min, max int) (string, *Error) {
	s, ok := r.str()
	switch {
	case !ok:
		return "", badRequest("%s: not a string", name)
	case len(s) > max:
		return "", badRequest("%s: %d bytes, at most %d", name, len(s), max)
	case len(s) < min:
		return "", badRequest("%s: %d bytes, at least %d", name, len(s), min)
	}
	return s, nil
}

// nonce is measured in characters, not in bytes.
func (f *fields) nonce() (string, *Error) {
	s, err := f.optionalText(fieldNonce, MaxMessage)
	if err != nil || f.get(fieldNonce).absent() {
		return "", err
	}
	if n := utf8.RuneCountInString(s); n < MinNonce || n > MaxNonce {
		return "", badRequest("nonce: %d characters, must be %d to %d", n, MinNonce, MaxNonce)
	}
	return s, nil
}

func (f *fields) boolean(name field, otherwise bool) (bool, *Error) {
	r := f.get(name)
	if r.absent() {
		return otherwise, nil
	}
	v, ok := r.boolean()
	if !ok {
		return otherwise, badRequest("%s: not a boolean", fieldNames[name])
	}
	return v, nil
}

// value returns the absent Value where there is none.
func (f *fields) value(name field) Value {
	if r := f.get(name); !r.absent() {
		return Value{Codec: f.c, Bytes: r.b}
	}
	return Value{}
}

func (f *fields) profile() (Value, *Error) {
	v := f.value(fieldProfile)
	if len(v.Bytes) > MaxProfile {
		return Value{}, &Error{
			Code:    TooLarge,
			Message: badRequest("profile: %d bytes, at most %d", len(v.Bytes), MaxProfile).Message,
		}
	}
	return v, nil
}

// to reads the receivers: one string, or a list of them.
func (f *fields) to() (to []string, list bool, err *Error) {
	r := f.get(fieldTo)
	if r.absent() {
		return nil, false, nil
	}
	if !r.list() {
		if !r.isString() {
			return nil, false, badRequest("to: neither a string nor a list of strings")
		}
		one, err := r.text("to", 0, MaxMember)
		if err != nil {
			return nil, false, err
		}
		return []string{one}, false, nil
	}
	n := 0
	for c := r.elements(); c.next(); {
		n++
	}
	if n < 1 || n > MaxTo {
		return nil, true, badRequest("to: %d members, must be 1 to %d", n, MaxTo)
	}
	to = make([]string, 0, n)
	for c := r.elements(); c.next(); {
		one, err := c.val.text("to", 0, MaxMember)
		if err != nil {
			return nil, true, err
		}
		to = append(to, one)
	}
	return to, true, nil
}

// resume returns nil where there is none.
func (f *fields) resume() (*Resume, *Error) {
	r := f.get(fieldResume)
	if r.absent() {
		return nil, nil
	}
	if !r.dict() {
		return nil, badRequest("resume: not a map")
	}
	var buf [8]pair
	return readResume(readObject(r, buf[:0]))
}

func readResume(o object) (res *Resume, err *Error) {
	res = new(Resume)
	if res.Member, err = o.resumeText("member"); err != nil {
		return nil, err
	}
	if res.Key, err = o.resumeText("key"); err != nil {
		return nil, err
	}
	if res.Epoch, err = o.resumeText("epoch"); err != nil {
		return nil, err
	}
	seq := o.get("seq")
	if seq.absent() {
		return nil, badRequest("resume.seq: missing")
	}
	var ok bool
	if res.Seq, ok = seq.integer(); !ok {
		return nil, badRequest("resume.seq: not an integer from 0 to %d", uint64(MaxInt))
	}
	return res, nil
}

func (o object) resumeText(name string) (string, *Error) {
	r := o.get(name)
	if r.absent() {
		return "", badRequest("resume.%s: missing", name)
	}
	s, err := r.text(name, 0, MaxMember)
	if err != nil {
		err.Message = "resume." + err.Message
	}
	return s, err
}
