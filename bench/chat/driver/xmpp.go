package main

import (
	"fmt"
	"os"
	"strings"
	"sync/atomic"
)

// xmpp is a room (XEP-0045) with an archive (XEP-0313) over WebSocket (RFC 7395). Users sign in
// with SASL ANONYMOUS.
type xmpp struct{ path string }

// Each nickname is used once: the server may not have noticed yet that an earlier user has left.
var nicknames atomic.Int64

func init() { nicknames.Store(int64(os.Getpid()) * 10_000) }

const openingTag = `<open xmlns='urn:ietf:params:xml:ns:xmpp-framing' to='localhost' version='1.0'/>`

func jid(room int) string { return fmt.Sprintf("r%d@conference.localhost", room) }

func (x xmpp) connect(port, user int) (*connection, error) {
	c, err := dial(port, x.path, "xmpp")
	for _, step := range []struct{ stanza, reply string }{
		{openingTag, "features>"},
		{`<auth xmlns='urn:ietf:params:xml:ns:xmpp-sasl' mechanism='ANONYMOUS'/>`, "<success"},
		{openingTag, "features>"},
		{`<iq xmlns='jabber:client' type='set' id='b'>` +
			`<bind xmlns='urn:ietf:params:xml:ns:xmpp-bind'/></iq>`, "<jid>"},
	} {
		if err == nil {
			c.text(step.stanza)
			_, err = c.await(nil, step.reply)
		}
	}
	return c, err
}

func (x xmpp) join(c *connection, user, room int, each func(string)) error {
	c.text(fmt.Sprintf(`<presence xmlns='jabber:client' to='%s/u%d-%d'>`+
		`<x xmlns='http://jabber.org/protocol/muc'><history maxstanzas='0'/></x></presence>`,
		jid(room), user, nicknames.Add(1)))
	reply, err := c.await(each, "code='110'", `code="110"`, "type='error'")
	if err == nil && strings.Contains(reply, "type='error'") {
		return fmt.Errorf("join: %s", reply)
	}
	// A new room waits for its configuration.
	if err == nil && strings.Contains(reply, "code='201'") {
		c.text(fmt.Sprintf(`<iq xmlns='jabber:client' type='set' id='o' to='%s'>`+
			`<query xmlns='http://jabber.org/protocol/muc#owner'>`+
			`<x xmlns='jabber:x:data' type='submit'/></query></iq>`, jid(room)))
		_, err = c.await(each, "id='o'")
	}
	return err
}

func (x xmpp) open(port, user, room int) (*connection, error) {
	c, err := x.connect(port, user)
	if err == nil {
		err = x.join(c, user, room, nil)
	}
	return c, err
}

func (xmpp) say(c *connection, number int, text string) {
	c.text(fmt.Sprintf(`<message xmlns='jabber:client' to='%s' type='groupchat' id='m%d'>`+
		`<body>%s</body></message>`, jid(c.room), number, text))
}

func (xmpp) receive(c *connection, payload []byte) {}

// query asks the archive of a room for a part of it, as XEP-0059 describes one.
func (xmpp) query(c *connection, room int, part string, each func(string)) (all, end string, err error) {
	c.asked++
	c.text(fmt.Sprintf(`<iq xmlns='jabber:client' type='set' id='q%d' to='%s'>`+
		`<query xmlns='urn:xmpp:mam:2'><set xmlns='http://jabber.org/protocol/rsm'>%s</set></query></iq>`,
		c.asked, jid(room), part))
	var b strings.Builder
	end, err = c.await(func(p string) {
		b.WriteString(p)
		each(p)
	}, "<fin", "type='error'")
	if err == nil && !strings.Contains(end, "<fin") {
		err = fmt.Errorf("archive: %s", end)
	}
	return b.String(), end, err
}

func ignore(string) {}

// element returns the text of an element, which may have attributes.
func element(s, name string) string {
	_, text, _ := strings.Cut(between(s, "<"+name, "</"+name+">"), ">")
	return text
}

func isComplete(end string) bool {
	return strings.Contains(end, "complete='true'") || strings.Contains(end, `complete="true"`)
}

func (x xmpp) page(c *connection, before string, limit int) (page, error) {
	part := fmt.Sprintf("<max>%d</max><before>%s</before>", limit, before)
	all, end, err := x.query(c, c.room, part, ignore)
	return page{all, element(end, "first"), err == nil && !isComplete(end)}, err
}

func (x xmpp) position(c *connection) (string, error) {
	_, end, err := x.query(c, c.room, "<max>1</max><before/>", ignore)
	return element(end, "last"), err
}

func (x xmpp) resume(port, user, room int, after string, each func(string), done func() bool) error {
	c, err := x.connect(port, user)
	if err == nil {
		err = x.join(c, user, room, each)
	}
	for err == nil && !done() {
		var end string
		_, end, err = x.query(c, room, "<max>250</max><after>"+after+"</after>", each)
		if isComplete(end) {
			break
		}
		after = element(end, "last")
	}
	return err
}

func (xmpp) leave(c *connection) {
	c.text("<close xmlns='urn:ietf:params:xml:ns:xmpp-framing'/>")
}
