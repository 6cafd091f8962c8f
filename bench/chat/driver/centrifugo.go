package main

import (
	"bytes"
	"encoding/json"
	"fmt"
	"strings"
)

// centrifugo is Centrifugo's JSON protocol: a channel with history, which clients publish to.
type centrifugo struct{}

func (centrifugo) connect(port, user int) (*connection, error) {
	c, err := dial(port, "/connection/websocket", "")
	if err == nil {
		c.text(`{"id":1,"connect":{}}`)
		_, err = c.await(nil, `"connect"`)
	}
	return c, err
}

// subscribe asks for a channel; recover is empty, or the fields of a position.
func (x centrifugo) subscribe(port, user, room int, recover string, each func(string)) (*connection, error) {
	c, err := x.connect(port, user)
	if err != nil {
		return c, err
	}
	c.text(fmt.Sprintf(`{"id":2,"subscribe":{"channel":"r%d"%s}}`, room, recover))
	reply, err := c.await(each, `"id":2`)
	if err == nil && strings.Contains(reply, `"error"`) {
		err = fmt.Errorf("subscribe: %s", reply)
	}
	return c, err
}

func (x centrifugo) open(port, user, room int) (*connection, error) {
	return x.subscribe(port, user, room, "", nil)
}

func (centrifugo) say(c *connection, number int, text string) {
	c.text(fmt.Sprintf(`{"id":%d,"publish":{"channel":"r%d","data":{"user":"u%d","text":"%s"}}}`,
		number+10, c.room, c.id, text))
}

// A ping is an empty object, which may be one of several lines.
func (centrifugo) receive(c *connection, payload []byte) {
	if bytes.HasPrefix(payload, []byte("{}")) || bytes.Contains(payload, []byte("\n{}")) {
		c.text("{}")
	}
}

type centrifugoReply struct {
	ID      int
	Error   any
	History struct {
		Publications []struct{ Offset int }
		Epoch        string
		Offset       int
	}
}

// The ids of requests for history, far from those of messages.
const firstHistory = 1_000_000_000

func (centrifugo) history(c *connection, query string) (centrifugoReply, string, error) {
	c.asked++
	id := firstHistory + c.asked
	c.text(fmt.Sprintf(`{"id":%d,"history":{"channel":"r%d",%s}}`, id, c.room, query))
	body, err := c.await(nil, fmt.Sprintf(`"id":%d`, id))
	for _, line := range strings.Split(body, "\n") {
		var reply centrifugoReply
		if json.Unmarshal([]byte(line), &reply) == nil && reply.ID == id {
			if reply.Error != nil {
				err = fmt.Errorf("history: %v", reply.Error)
			}
			return reply, body, err
		}
	}
	return centrifugoReply{}, body, err
}

func (x centrifugo) page(c *connection, before string, limit int) (page, error) {
	since := ""
	if before != "" {
		since = `,"since":` + before
	}
	reply, body, err := x.history(c, fmt.Sprintf(`"limit":%d,"reverse":true%s`, limit, since))
	found := reply.History.Publications
	if err != nil || len(found) == 0 {
		return page{body, "", false}, err
	}
	last := found[len(found)-1].Offset
	first := fmt.Sprintf(`{"offset":%d,"epoch":"%s"}`, last, reply.History.Epoch)
	return page{body, first, last > 1 && len(found) == limit}, nil
}

func (x centrifugo) position(c *connection) (string, error) {
	reply, _, err := x.history(c, `"limit":0`)
	return fmt.Sprintf(`,"offset":%d,"epoch":"%s"`, reply.History.Offset, reply.History.Epoch), err
}

func (x centrifugo) resume(port, user, room int, after string, each func(string), done func() bool) error {
	_, err := x.subscribe(port, user, room, `,"recover":true`+after, each)
	return err
}

func (centrifugo) leave(c *connection) {}
