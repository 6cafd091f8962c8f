package main

import (
	"bytes"
	"encoding/binary"
	"fmt"
	"strings"
	"syscall"
	"time"
)

// connection is a WebSocket on a raw socket, so that one thread can watch all of them with one epoll.
type connection struct {
	fd, id, room int
	in           []byte // the beginning of an incomplete frame
	out          []byte // bytes that the socket has not taken yet
	closed       bool
	asked        int      // requests so far, for their ids
	seen         []uint64 // a bit for each message that has arrived
}

// How long one blocking read may take, and how long a reply may take.
const (
	readSeconds  = 30
	replySeconds = 60
)

// dial connects and upgrades to WebSocket (RFC 6455, section 4.1); it blocks.
func dial(port int, path, subprotocol string) (*connection, error) {
	fd, err := syscall.Socket(syscall.AF_INET, syscall.SOCK_STREAM|syscall.SOCK_CLOEXEC, 0)
	if err != nil {
		return nil, err
	}
	c := &connection{fd: fd}
	address := &syscall.SockaddrInet4{Port: port, Addr: [4]byte{127, 0, 0, 1}}
	if err = syscall.Connect(fd, address); err == nil {
		syscall.SetsockoptInt(fd, syscall.IPPROTO_TCP, syscall.TCP_NODELAY, 1)
		timeout := syscall.Timeval{Sec: readSeconds}
		syscall.SetsockoptTimeval(fd, syscall.SOL_SOCKET, syscall.SO_RCVTIMEO, &timeout)
		err = c.upgrade(path, subprotocol)
	}
	if err != nil {
		c.close()
	}
	return c, err
}

func (c *connection) upgrade(path, subprotocol string) error {
	if subprotocol != "" {
		subprotocol = "Sec-WebSocket-Protocol: " + subprotocol + "\r\n"
	}
	c.write([]byte("GET " + path + " HTTP/1.1\r\nHost: localhost\r\nUpgrade: websocket\r\n" +
		"Connection: Upgrade\r\nSec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==\r\n" +
		"Sec-WebSocket-Version: 13\r\n" + subprotocol + "\r\n"))
	for {
		if end := bytes.Index(c.in, []byte("\r\n\r\n")); end >= 0 {
			status, _, _ := strings.Cut(string(c.in[:end]), "\r\n")
			if !strings.Contains(status, " 101 ") {
				return fmt.Errorf("refused: %s", status)
			}
			c.in = c.in[end+4:]
			return nil
		}
		if err := c.read(); err != nil {
			return err
		}
	}
}

func (c *connection) close() {
	if !c.closed {
		c.closed = true
		syscall.Close(c.fd)
	}
}

// write sends, and keeps what a full socket does not take.
func (c *connection) write(b []byte) {
	if c.closed {
		return
	}
	for len(c.out) == 0 && len(b) > 0 {
		n, err := syscall.Write(c.fd, b)
		if err == syscall.EINTR {
			continue
		}
		if err != nil {
			break
		}
		b = b[n:]
	}
	c.out = append(c.out, b...)
}

func (c *connection) flush() {
	if rest := c.out; len(rest) > 0 {
		c.out = nil
		c.write(rest)
	}
}

func (c *connection) text(s string) { c.frame(1, s) }

// frame writes one frame, masked with zero: the payload stays as it is.
func (c *connection) frame(opcode byte, payload string) {
	b := make([]byte, 0, len(payload)+14)
	b = append(b, 0x80|opcode)
	switch {
	case len(payload) < 126:
		b = append(b, 0x80|byte(len(payload)))
	case len(payload) < 65536:
		b = append(b, 0x80|126, byte(len(payload)>>8), byte(len(payload)))
	default:
		b = append(b, 0x80|127)
		b = binary.BigEndian.AppendUint64(b, uint64(len(payload)))
	}
	b = append(b, 0, 0, 0, 0)
	c.write(append(b, payload...))
}

// read reads once; it blocks.
func (c *connection) read() error {
	var b [16384]byte
	for {
		n, err := syscall.Read(c.fd, b[:])
		switch {
		case err == syscall.EINTR:
			continue
		case err != nil:
			return err
		case n == 0:
			return fmt.Errorf("closed by the server")
		}
		c.in = append(c.in, b[:n]...)
		return nil
	}
}

// next returns the payload of the first complete frame of b, and the bytes behind it.
func (c *connection) next(b []byte) (payload, rest []byte, ok bool) {
	for len(b) >= 2 {
		length, header := int(b[1]&127), 2
		switch {
		case length == 126 && len(b) >= 4:
			length, header = int(binary.BigEndian.Uint16(b[2:])), 4
		case length == 127 && len(b) >= 10:
			length, header = int(binary.BigEndian.Uint64(b[2:])), 10
		case length >= 126:
			return nil, b, false
		}
		if len(b) < header+length {
			break
		}
		payload, opcode := b[header:header+length], b[0]&15
		b = b[header+length:]
		switch opcode {
		case 8:
			c.close()
			return nil, nil, false
		case 9:
			c.frame(10, string(payload))
		case 10:
		default:
			return payload, b, true
		}
	}
	return nil, b, false
}

// await reads until a payload contains one of the words, and returns that payload; it blocks.
// each, if not nil, gets every payload on the way.
func (c *connection) await(each func(string), words ...string) (string, error) {
	deadline := time.Now().Add(replySeconds * time.Second)
	for time.Now().Before(deadline) {
		payload, rest, ok := c.next(c.in)
		if c.closed {
			return "", fmt.Errorf("closed by the server")
		}
		c.in = rest
		if !ok {
			if err := c.read(); err != nil {
				return "", err
			}
			continue
		}
		p := string(payload)
		if each != nil {
			each(p)
		}
		for _, word := range words {
			if strings.Contains(p, word) {
				return p, nil
			}
		}
	}
	return "", fmt.Errorf("no %q in time", words)
}

// between returns what is between two words, or nothing.
func between(s, before, after string) string {
	_, s, ok := strings.Cut(s, before)
	if !ok {
		return ""
	}
	s, _, _ = strings.Cut(s, after)
	return s
}
