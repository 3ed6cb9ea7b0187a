package main

import (
	"os"
	"runtime"
	"runtime/debug"
	"runtime/metrics"
	"strconv"
	"strings"
	"syscall"
	"time"
)

// spent is what a measurement cost besides time.
type spent struct {
	Self   time.Duration `json:"cpu_self_ns"`   // processor time an event, in this process
	Server time.Duration `json:"cpu_server_ns"` // and in the database server
	Heap   int64         `json:"live_heap"`     // bytes, the most that a garbage collection left
	Memory int64         `json:"memory"`        // bytes, the most that this process had; 0 if unknown
}

// meter samples memory, and reads processor time at its start and end.
type meter struct {
	server int
	before [2]time.Duration
	most   spent
	quit   chan struct{}
	ended  chan struct{}
}

const sampleEvery = 20 * time.Millisecond

func startMeter(server int) *meter {
	// What earlier measurements left would count as this one's; pools let go of it at the second collection.
	runtime.GC()
	debug.FreeOSMemory()
	m := &meter{server: server, quit: make(chan struct{}), ended: make(chan struct{})}
	m.before = [2]time.Duration{ownTime(), processTime(server)}
	go m.run()
	return m
}

func (m *meter) run() {
	defer close(m.ended)
	tick := time.NewTicker(sampleEvery)
	defer tick.Stop()
	for {
		m.most.Heap = max(m.most.Heap, liveHeap())
		m.most.Memory = max(m.most.Memory, resident())
		select {
		case <-tick.C:
		case <-m.quit:
			return
		}
	}
}

func (m *meter) stop(events int64) spent {
	close(m.quit)
	<-m.ended
	m.most.Self = (ownTime() - m.before[0]) / time.Duration(events)
	m.most.Server = (processTime(m.server) - m.before[1]) / time.Duration(events)
	return m.most
}

func liveHeap() int64 {
	sample := []metrics.Sample{{Name: "/gc/heap/live:bytes"}}
	metrics.Read(sample)
	return int64(sample[0].Value.Uint64()) //nolint:gosec // G115: no machine has so much
}

func ownTime() time.Duration {
	var usage syscall.Rusage
	if syscall.Getrusage(syscall.RUSAGE_SELF, &usage) != nil {
		return 0
	}
	return time.Duration(usage.Utime.Nano() + usage.Stime.Nano())
}

// resident is what Linux tells of this process; 0 elsewhere.
func resident() int64 {
	text, err := os.ReadFile("/proc/self/statm")
	fields := strings.Fields(string(text))
	if err != nil || len(fields) < 2 {
		return 0
	}
	pages, err := strconv.ParseInt(fields[1], 10, 64)
	if err != nil {
		return 0
	}
	return pages * int64(os.Getpagesize())
}

// tick is the unit of processor time in /proc, USER_HZ: 100 a second on every Linux that Go runs on.
const tick = 10 * time.Millisecond

// processTime is what Linux tells of a process; 0 elsewhere, and for no process.
func processTime(pid int) time.Duration {
	text, err := os.ReadFile("/proc/" + strconv.Itoa(pid) + "/stat")
	if err != nil {
		return 0
	}
	_, after, _ := strings.Cut(string(text), ") ") // a name may hold spaces
	fields := strings.Fields(after)
	if len(fields) < 13 {
		return 0
	}
	var sum time.Duration
	for _, field := range fields[11:13] { // utime and stime
		ticks, err := strconv.ParseInt(field, 10, 64)
		if err != nil {
			return 0
		}
		sum += time.Duration(ticks) * tick
	}
	return sum
}
