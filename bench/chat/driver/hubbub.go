package main

import (
	"encoding/json"
	"fmt"
	"os"
)

// hubbub is Hubbub's own protocol, as its page speaks it.
type hubbub struct{}

func (h hubbub) connect(port, user int) (*connection, error) {
	c, err := dial(port, fmt.Sprintf("/ws?name=u%d", user), "chat.batch.v2")
	if err == nil {
		_, err = c.await(nil, `"welcome"`)
	}
	return c, err
}

func (h hubbub) open(port, user, room int) (*connection, error) {
	c, err := h.connect(port, user)
	if err == nil {
		c.text(fmt.Sprintf(`{"type":"join","room":"r%d"}`, room))
		_, err = c.await(nil, `"joined"`)
	}
	return c, err
}

func (hubbub) say(c *connection, number int, text string) {
	c.text(fmt.Sprintf(`{"type":"room_message","room":"r%d","message":"%s","key":"%d-%d"}`,
		c.room, text, os.Getpid(), number))
}

func (hubbub) receive(c *connection, payload []byte) {}

type hubbubPage struct {
	Type     string
	More     bool
	Messages []struct{ Seq int }
}

func (hubbub) page(c *connection, before string, limit int) (page, error) {
	if before != "" {
		before = `,"before":` + before
	}
	c.text(fmt.Sprintf(`{"type":"history","room":"r%d","limit":%d%s}`, c.room, limit, before))
	body, err := c.await(nil, `"history"`)
	var frames []hubbubPage
	json.Unmarshal([]byte(body), &frames)
	for _, f := range frames {
		if f.Type == "history" && len(f.Messages) > 0 {
			return page{body, fmt.Sprint(f.Messages[0].Seq), f.More}, err
		}
	}
	return page{body, "", false}, err
}

func (h hubbub) position(c *connection) (string, error) {
	newest, err := h.page(c, "", 1)
	return newest.first, err
}

func (h hubbub) resume(port, user, room int, after string, each func(string), done func() bool) error {
	c, err := h.connect(port, user)
	if err == nil {
		c.text(fmt.Sprintf(`{"type":"join","room":"r%d","after":%s}`, room, after))
		_, err = c.await(each, `"joined"`)
	}
	return err
}

func (hubbub) leave(c *connection) {}
