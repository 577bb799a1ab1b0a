package wire

// Decode reads one message of a client, of at most MaxMessage bytes. The request and its
// values alias frame, which the caller must not touch again; r's former contents are
// forgotten. Nothing is allocated but the list of To, a Resume, and copies of strings that
// contain JSON escapes.
//
// The error is always an *Error, with the request's id and room where they could be read:
// BadFrame where frame is not one map of codec c, BadRequest where it is no request or
// breaks a limit, TooLarge for a profile. r is then empty.
func Decode(c Codec, frame []byte, r *Request) error {
	*r = Request{Size: len(frame)}
	var f fields
	if err := f.scan(c, frame); err != nil {
		*r = Request{}
		return err
	}
	if err := r.read(&f); err != nil {
		err.ID, err.Room = r.ID, r.Room
		*r = Request{}
		return err
	}
	return nil
}

// read fills r. The id and the room come first, so that they are there if anything fails.
func (r *Request) read(f *fields) *Error {
	var badID, badRoom *Error
	r.ID, badID = f.id()
	if !f.get(fieldRoom).absent() {
		r.Room, badRoom = f.room()
	}
	switch {
	case f.fault != "":
		return badRequest("%s", f.fault)
	case badID != nil:
		return badID
	}
	if err := r.readKind(f); err != nil {
		return err
	}
	if r.Kind == KindPing {
		r.Room = ""
		return nil
	}
	switch {
	case badRoom != nil:
		return badRoom
	case r.Room == "":
		return missing(fieldRoom)
	}
	return r.readFields(f)
}

func (r *Request) readKind(f *fields) *Error {
	name, err := f.text(fieldType, 0, MaxMessage)
	if err != nil {
		return err
	}
	if r.Kind = kindOf(name); r.Kind != 0 {
		return nil
	}
	if len(name) > 32 {
		return badRequest("type: unknown")
	}
	return badRequest("type: %q is unknown", name)
}

func kindOf(name string) Kind {
	switch name {
	case "send":
		return KindSend
	case "join":
		return KindJoin
	case "update":
		return KindUpdate
	case "leave":
		return KindLeave
	case "kick":
		return KindKick
	case "lock":
		return KindLock
	case "ping":
		return KindPing
	}
	return 0
}

// readFields reads what the request's kind has beside type, id and room. Fields of other
// kinds are unknown to it, hence ignored.
func (r *Request) readFields(f *fields) (err *Error) {
	switch r.Kind {
	case KindSend:
		return r.readSend(f)
	case KindJoin:
		return r.readJoin(f)
	case KindUpdate:
		if r.Profile, err = f.profile(); err == nil && r.Profile.IsAbsent() {
			return missing(fieldProfile)
		}
	case KindLeave:
		r.Resume, err = f.resume()
	case KindKick:
		if r.Member, err = f.text(fieldMember, 0, MaxMember); err == nil {
			r.Reason, err = f.optionalText(fieldReason, MaxReason)
		}
	case KindLock:
		if f.get(fieldLocked).absent() {
			return missing(fieldLocked)
		}
		r.Locked, err = f.boolean(fieldLocked, false)
	}
	return err
}

func (r *Request) readSend(f *fields) (err *Error) {
	if r.Event, err = f.text(fieldEvent, 1, MaxEvent); err != nil {
		return err
	}
	r.Data = f.value(fieldData)
	r.To, r.ToList, err = f.to()
	return err
}

func (r *Request) readJoin(f *fields) (err *Error) {
	if r.Profile, err = f.profile(); err != nil {
		return err
	}
	if r.Nonce, err = f.nonce(); err != nil {
		return err
	}
	if r.Token, err = f.optionalText(fieldToken, MaxToken); err != nil {
		return err
	}
	present, err := f.boolean(fieldPresence, true)
	if err != nil {
		return err
	}
	r.Hidden = !present
	r.Resume, err = f.resume()
	return err
}
