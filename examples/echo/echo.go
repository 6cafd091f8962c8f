// An echo bot in Go, with nothing but the standard library, over HTTP.
//
//	HUBBUB_TOKEN=... go run echo.go http://localhost:8000 lobby echo.state
//
// It answers each message that begins with "echo " exactly once, over lost connections and crashes.
// Its answers do not begin so: two such bots in a room do not answer each other. It notes the
// position of an event after the answer to it was stored. After a crash in between, it handles the
// event again: the answer then has the same key, and the server stores it once.
package main

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"log"
	"net/http"
	"net/url"
	"os"
	"strings"
	"time"
)

// silence is how long a stream may be silent: the server sends a comment every 15 seconds.
const silence = 45 * time.Second

// maxLine is the longest line of a stream that is read, in bytes.
const maxLine = 1 << 20

// position is the log, and the last event in it that was handled.
type position struct {
	Epoch string `json:"epoch"`
	Seq   int    `json:"seq"`
}

// event is the part of an event that the bot reads.
type event struct {
	Type    string `json:"type"`
	Seq     int    `json:"seq"`
	Epoch   string `json:"epoch"`
	Message string `json:"message"`
}

// errReplaced says that the log was replaced by a backup.
var errReplaced = errors.New("the log was replaced")

// bot answers in one room.
type bot struct {
	room, state string
}

func main() {
	if len(os.Args) != 4 {
		log.Fatal("usage: echo URL ROOM STATE")
	}
	b := bot{room: os.Args[1] + "/api/rooms/" + url.PathEscape(os.Args[2]), state: os.Args[3]}
	if b.untilAnswered("POST", b.room+"/join", nil) == nil {
		log.Fatal("the bot may not join the room")
	}
	for {
		err := b.follow()
		if errors.Is(err, errReplaced) {
			// What is in the log now was handled before, or is lost.
			if err := os.Remove(b.state); err != nil {
				log.Fatal(err)
			}
		}
		time.Sleep(time.Second)
	}
}

// request sends a request. The caller closes the body of the response.
func (b bot) request(ctx context.Context, method, address string, body []byte) (*http.Response, error) {
	request, err := http.NewRequestWithContext(ctx, method, address, bytes.NewReader(body))
	if err != nil {
		return nil, err
	}
	request.Header.Set("Authorization", "Bearer "+os.Getenv("HUBBUB_TOKEN"))
	if body != nil {
		request.Header.Set("Content-Type", "application/json")
	}
	response, err := http.DefaultClient.Do(request)
	if err == nil && response.StatusCode == http.StatusUnauthorized {
		log.Fatal("the token is not valid (any more)")
	}
	return response, err
}

// untilAnswered sends a request until the server has answered it, or refuses it for good.
func (b bot) untilAnswered(method, address string, body []byte) []byte {
	for {
		if answer, done := b.attempt(method, address, body); done {
			return answer
		}
		time.Sleep(time.Second)
	}
}

// attempt sends a request once, and says whether it need not be sent again.
func (b bot) attempt(method, address string, body []byte) ([]byte, bool) {
	ctx, cancel := context.WithTimeout(context.Background(), silence)
	defer cancel()
	response, err := b.request(ctx, method, address, body)
	if err != nil {
		return nil, false
	}
	defer response.Body.Close()
	answer, err := io.ReadAll(response.Body)
	switch response.StatusCode {
	case http.StatusBadRequest, http.StatusForbidden, http.StatusNotFound, http.StatusRequestEntityTooLarge:
		return nil, true
	}
	return answer, err == nil && response.StatusCode < 300
}

// load reads the position. It is nil on the first start.
func (b bot) load() (*position, error) {
	text, err := os.ReadFile(b.state)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	var at position
	return &at, json.Unmarshal(text, &at)
}

// save stores the position, so that a crash leaves the old one or the new one.
func (b bot) save(at position) error {
	text, err := json.Marshal(at)
	if err != nil {
		return err
	}
	file, err := os.Create(b.state + ".new")
	if err != nil {
		return err
	}
	defer file.Close()
	if _, err := file.Write(text); err != nil {
		return err
	}
	if err := file.Sync(); err != nil {
		return err
	}
	return os.Rename(b.state+".new", b.state)
}

// follow handles events from the stored position on, or from the end of the log, until the stream
// ends.
func (b bot) follow() error {
	at, err := b.load()
	if err != nil {
		return err
	}
	query := "after=end"
	if at != nil {
		query = fmt.Sprintf("after=%d&epoch=%s", at.Seq, at.Epoch)
	}
	ctx, cancel := context.WithCancel(context.Background())
	defer cancel()
	watchdog := time.AfterFunc(silence, cancel)
	defer watchdog.Stop()
	response, err := b.request(ctx, "GET", b.room+"/events?"+query, nil)
	if err != nil {
		return err
	}
	defer response.Body.Close()
	if response.StatusCode == http.StatusConflict && at != nil {
		return errReplaced
	}
	if response.StatusCode != http.StatusOK {
		return errors.New(response.Status)
	}
	lines := bufio.NewScanner(response.Body)
	lines.Buffer(nil, maxLine)
	name, epoch := "", ""
	for lines.Scan() {
		watchdog.Reset(silence)
		field, value, _ := strings.Cut(lines.Text(), ": ")
		switch field {
		case "event":
			name = value
		case "":
			name = ""
		case "data":
			var e event
			if err := json.Unmarshal([]byte(value), &e); err != nil {
				return err
			}
			if name == "open" {
				epoch = e.Epoch
			} else if name != "" {
				continue
			} else if e.Type == "room_message" && strings.HasPrefix(e.Message, "echo ") {
				if err := b.answer(e, epoch); err != nil {
					return err
				}
			}
			// The first position is stored at once, so that a crash before the first event skips none.
			if err := b.save(position{Epoch: epoch, Seq: e.Seq}); err != nil {
				return err
			}
		}
	}
	return lines.Err()
}

// answer answers a message. The same event gives the same key, and another log gives other keys.
func (b bot) answer(e event, epoch string) error {
	body, err := json.Marshal(map[string]string{
		"message": "You said: " + e.Message,
		"key":     fmt.Sprintf("echo-%.8s-%d", epoch, e.Seq),
	})
	if err == nil {
		b.untilAnswered("POST", b.room+"/messages", body)
	}
	return err
}
