// Driver measures one chat server over its own protocol: everyone follows a room, some write, and
// each message carries a number, so that what is late, lost or double is found. One thread watches
// all connections with one epoll. Linux.
//
//	driver -protocol hubbub -port 8000 -mode load -users 200 -writers 50 -rate 200 -pids 123,456
//
// It prints one JSON object.
package main

import (
	"bytes"
	"encoding/json"
	"flag"
	"fmt"
	"os"
	"runtime"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"syscall"
	"time"
	"unsafe"
)

// page is a page of a room's history.
type page struct {
	body  string
	first string // where the page before it ends
	more  bool
}

type protocol interface {
	// open connects, signs in and follows a room.
	open(port, user, room int) (*connection, error)
	say(c *connection, number int, text string)
	// receive handles what a live connection gets, beside its messages.
	receive(c *connection, payload []byte)
	// page reads the messages before a place, which is empty for the newest.
	page(c *connection, before string, limit int) (page, error)
	// position returns where the log of the connection's room ends.
	position(c *connection) (string, error)
	// resume connects and reads everything after a position.
	resume(port, user, room int, after string, each func(string), done func() bool) error
	leave(c *connection)
}

var protocols = map[string]protocol{
	"hubbub":     hubbub{},
	"centrifugo": centrifugo{},
	"ejabberd":   xmpp{"/ws"},
	"prosody":    xmpp{"/xmpp-websocket"},
}

var modes = map[string]func(){
	"load": load, "idle": idle, "resume": resume, "kill": kill, "verify": verify,
}

var (
	protocolName = flag.String("protocol", "", "hubbub, centrifugo, ejabberd or prosody")
	port         = flag.Int("port", 0, "")
	mode         = flag.String("mode", "load", "load, idle, resume, kill or verify")
	users        = flag.Int("users", 200, "connections")
	rooms        = flag.Int("rooms", 1, "")
	writers      = flag.Int("writers", 50, "how many of the users write")
	rate         = flag.Float64("rate", 200, "messages per second in all rooms together")
	seconds      = flag.Float64("seconds", 10, "the measured window")
	warmup       = flag.Float64("warmup", 4, "seconds before it, at the same rate")
	pidList      = flag.String("pids", "", "the processes of the server and its database")
	base         = flag.Int("base", 0, "the number of the first message")
	file         = flag.String("file", "", "kill, verify: the file of the acknowledged messages")
)

// How many users connect at the same time.
const opening = 8

var (
	chat   protocol
	pids   []int
	epoll  int
	byFd   = map[int]*connection{}
	buffer = make([]byte, 1<<22)
	start  = time.Now()

	total     int             // messages
	due       []time.Duration // when each is due
	from, to  time.Duration   // the measured window
	delivered int             // in the window
	arrived   int             // each message at each user once
	doubled   int
	latencies []float64 // ms, from when a message was due
	acked     []bool    // its writer got it back
)

func elapsed() time.Duration { return time.Since(start) }

func fail(format string, values ...any) {
	fmt.Fprintf(os.Stderr, "driver: "+format+"\n", values...)
	os.Exit(1)
}

func report(results map[string]any) {
	b, _ := json.Marshal(results)
	fmt.Println(string(b))
}

func main() {
	flag.Parse()
	runtime.LockOSThread()
	for _, text := range strings.Split(*pidList, ",") {
		if pid, err := strconv.Atoi(text); err == nil {
			pids = append(pids, pid)
		}
	}
	run := modes[*mode]
	chat = protocols[*protocolName]
	if run == nil || chat == nil {
		fail("no such mode or protocol")
	}
	epoll, _ = syscall.EpollCreate1(0)
	*writers = min(*writers, *users)
	run()
}

// Messages ---------------------------------------------------------------------------------------

const filler = " the quick brown fox jumps over the lazy dog while seven wizards pack jugs with liquid quartz"

// textOf returns the text of a message: a mark with its number, and words.
func textOf(number int) string {
	word := []string{"alpha", "bravo", "delta", "gamma", "omega", "sigma", "kappa"}[number%7]
	return (fmt.Sprintf("~%08d~ %s", *base+number, word) + filler)[:100]
}

// numbersIn calls each with the number of every message in b.
func numbersIn(b []byte, each func(number int)) {
	for {
		i := bytes.IndexByte(b, '~')
		if i < 0 || len(b) < i+10 {
			return
		}
		number, err := strconv.Atoi(string(b[i+1 : i+9]))
		if err != nil || b[i+9] != '~' {
			b = b[i+1:]
			continue
		}
		b = b[i+10:]
		each(number - *base)
	}
}

func prepare(messages int) {
	total = messages
	due, acked = make([]time.Duration, total), make([]bool, total)
}

func (c *connection) count(number int) {
	if number < 0 || number >= total {
		return
	}
	if c.seen[number/64]&(1<<(number%64)) != 0 {
		doubled++
		return
	}
	c.seen[number/64] |= 1 << (number % 64)
	arrived++
	if number%*writers == c.id {
		acked[number] = true
	}
	now := elapsed()
	if now >= from && now < to {
		delivered++
	}
	if due[number] >= from && due[number] < to {
		latencies = append(latencies, float64(now-due[number])/1e6)
	}
}

// The loop ---------------------------------------------------------------------------------------

func watch(fd int, c *connection) {
	syscall.SetNonblock(fd, true)
	byFd[fd] = c
	event := syscall.EpollEvent{Events: syscall.EPOLLIN, Fd: int32(fd)}
	syscall.EpollCtl(epoll, syscall.EPOLL_CTL_ADD, fd, &event)
}

// tick has the loop turn at least so often.
func tick(every time.Duration) {
	fd, _, _ := syscall.Syscall(syscall.SYS_TIMERFD_CREATE, 1, syscall.O_NONBLOCK, 0)
	spec := [4]int64{0, int64(every), 0, int64(every)}
	syscall.Syscall6(syscall.SYS_TIMERFD_SETTIME, fd, 0, uintptr(unsafe.Pointer(&spec)), 0, 0, 0)
	watch(int(fd), nil)
}

// turn handles what has arrived, and waits for at most so long.
func turn(ms int) {
	var events [256]syscall.EpollEvent
	n, _ := syscall.EpollWait(epoll, events[:], ms)
	for _, event := range events[:max(n, 0)] {
		read, err := syscall.Read(int(event.Fd), buffer)
		c := byFd[int(event.Fd)]
		if c == nil || c.closed || err == syscall.EAGAIN || err == syscall.EINTR {
			continue
		}
		if err != nil || read <= 0 {
			c.close()
			continue
		}
		c.flush()
		c.take(buffer[:read])
	}
}

func (c *connection) take(data []byte) {
	if len(c.in) > 0 {
		data = append(c.in, data...)
	}
	for {
		payload, rest, ok := c.next(data)
		data = rest
		if !ok {
			break
		}
		numbersIn(payload, c.count)
		chat.receive(c, payload)
	}
	c.in = append([]byte(nil), data...)
}

func turnFor(d time.Duration) {
	for end := elapsed() + d; elapsed() < end; {
		turn(20)
	}
}

// openAll opens all connections, while those that are open are read.
func openAll() []*connection {
	all := make([]*connection, *users)
	var opened atomic.Int32
	var lock sync.Mutex
	next := make(chan int)
	for range opening {
		go func() {
			for i := range next {
				c, err := chat.open(*port, i, i%*rooms)
				if err != nil {
					fail("connection %d: %v", i, err)
				}
				c.id, c.room, c.seen = i, i%*rooms, make([]uint64, total/64+1)
				lock.Lock()
				all[i] = c
				lock.Unlock()
				opened.Add(1)
			}
		}()
	}
	go func() {
		for i := range *users {
			next <- i
			// The first user of a room creates it.
			for i < *rooms && int(opened.Load()) <= i {
				time.Sleep(time.Millisecond)
			}
		}
		close(next)
	}()
	watched := 0
	for watched < *users {
		lock.Lock()
		for i, c := range all {
			if c != nil && byFd[c.fd] != c {
				watch(all[i].fd, c)
				watched++
			}
		}
		lock.Unlock()
		turn(5)
	}
	return all
}

// leaveAll says goodbye: some servers keep users whose socket is merely closed.
func leaveAll(all []*connection) {
	for _, c := range all {
		if !c.closed {
			chat.leave(c)
			c.frame(8, "\x03\xe8")
		}
	}
	time.Sleep(200 * time.Millisecond)
	for _, c := range all {
		c.close()
	}
}

// Modes ------------------------------------------------------------------------------------------

// load measures a steady rate that everyone reads.
func load() {
	prepare(int(*rate * (*warmup + *seconds)))
	all := openAll()
	turnFor(2 * time.Second)
	every := time.Duration(1e9 / *rate)
	begin := elapsed() + 20*time.Millisecond
	for number := range due {
		due[number] = begin + time.Duration(number)*every
	}
	from = begin + time.Duration(*warmup*1e9)
	to = from + time.Duration(*seconds*1e9)
	tick(min(every, 5*time.Millisecond))
	readers := *users / *rooms
	said := 0
	sayDue := func() {
		for said < total && due[said] <= elapsed() {
			chat.say(all[said%*writers], said, textOf(said))
			said++
		}
	}
	for elapsed() < from {
		sayDue()
		turn(50)
	}
	cpu, own := cpuOf(pids), ownCPU()
	for elapsed() < to {
		sayDue()
		turn(50)
	}
	cpu, own = cpuOf(pids)-cpu, ownCPU()-own
	behind := said*readers - arrived
	for drained := to + 10*time.Second; arrived < total*readers && elapsed() < drained; {
		sayDue()
		turn(50)
	}
	report(map[string]any{
		"window": *seconds, "delivered": delivered, "expected": *rate * *seconds * float64(readers),
		"cpu": cpu, "own_cpu": own, "behind": behind, "missing": total*readers - arrived,
		"double": doubled, "p50": quantile(latencies, .5), "p99": quantile(latencies, .99),
	})
	leaveAll(all)
}

// idle measures the memory of connections that do nothing.
func idle() {
	prepare(1)
	before := memoryOf(pids)
	all := openAll()
	turnFor(10 * time.Second)
	report(map[string]any{"kib_each": float64(memoryOf(pids)-before) / float64(*users)})
	leaveAll(all)
}

// resume measures users who leave, miss messages, and come back at the same time.
func resume() {
	const before, missed = 20, 200
	prepare(before + missed)
	*writers = 1
	all := openAll()
	turnFor(time.Second)
	say := func(first, end int) {
		for number := first; number < end; number++ {
			chat.say(all[0], number, textOf(number))
			turnFor(5 * time.Millisecond)
		}
		for deadline := elapsed() + 20*time.Second; elapsed() < deadline && !acked[end-1]; {
			turn(10)
		}
	}
	say(0, before)
	turnFor(time.Second)
	asking, err := chat.open(*port, *users, 0)
	if err != nil {
		fail("cannot open: %v", err)
	}
	position, err := chat.position(asking)
	if err != nil {
		fail("no position: %v", err)
	}
	leaveAll(append(all[1:], asking))
	turnFor(2 * time.Second)
	say(before, total)
	turnFor(time.Second)
	var wait sync.WaitGroup
	var incomplete atomic.Int32
	cpu, began := cpuOf(pids), time.Now()
	for user := range *users {
		wait.Add(1)
		go func() {
			defer wait.Done()
			got := map[int]bool{}
			each := func(body string) {
				numbersIn([]byte(body), func(number int) {
					if number >= before && number < total {
						got[number] = true
					}
				})
			}
			done := func() bool { return len(got) == missed }
			err := chat.resume(*port, user+1, 0, position, each, done)
			if err != nil || !done() {
				incomplete.Add(1)
			}
		}()
	}
	wait.Wait()
	report(map[string]any{
		"ms": float64(time.Since(began)) / 1e6, "cpu": cpuOf(pids) - cpu,
		"incomplete": incomplete.Load(),
	})
}

// kill ends the server and its database with SIGKILL while users write, and stores which messages
// their writers had got back.
func kill() {
	prepare(int(*rate * *seconds))
	all := openAll()
	turnFor(time.Second)
	tick(2 * time.Millisecond)
	begin, said := elapsed(), 0
	for end := time.Duration(*seconds * 1e9); elapsed()-begin < end; {
		for said < total && float64(elapsed()-begin)/1e9 >= float64(said) / *rate {
			chat.say(all[said%*writers], said, textOf(said))
			said++
		}
		turn(20)
	}
	for _, pid := range tree(pids) {
		syscall.Kill(pid, syscall.SIGKILL)
	}
	// What the server had sent before counts.
	turnFor(300 * time.Millisecond)
	var numbers []string
	for number, ok := range acked {
		if ok {
			numbers = append(numbers, strconv.Itoa(number))
		}
	}
	if err := os.WriteFile(*file, []byte(strings.Join(numbers, "\n")), 0o644); err != nil {
		fail("%v", err)
	}
	report(map[string]any{"said": said, "acked": len(numbers)})
}

// verify reads a room's history, and counts the acknowledged messages that are missing.
func verify() {
	b, _ := os.ReadFile(*file)
	missing := map[int]bool{}
	for _, text := range strings.Fields(string(b)) {
		number, _ := strconv.Atoi(text)
		missing[number] = true
	}
	acknowledged := len(missing)
	// Another user: the name of one that was connected may still be taken.
	c, err := chat.open(*port, *users, 0)
	if err != nil {
		fail("cannot open: %v", err)
	}
	times := map[int]int{}
	for before := ""; len(missing) > 0; {
		found, err := chat.page(c, before, 50)
		if err != nil {
			fail("no page: %v", err)
		}
		numbersIn([]byte(found.body), func(number int) {
			times[number]++
			delete(missing, number)
		})
		if !found.more || found.first == "" || found.first == before {
			break
		}
		before = found.first
	}
	double := 0
	for _, n := range times {
		if n > 1 {
			double++
		}
	}
	report(map[string]any{"acked": acknowledged, "missing": len(missing), "double": double})
}
