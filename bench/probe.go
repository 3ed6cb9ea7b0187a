package main

import (
	"errors"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"runtime/pprof"
	"slices"
	"strings"
	"sync"

	"github.com/banyan-commerce/banyan/platform/sqldb"
)

// probe profiles one measurement, where -profile asks for it: the processor, and the statements that ran.
type probe struct {
	path string // without extension; empty: does nothing
	file *os.File

	mu     sync.Mutex
	counts map[string]int
}

// newProbe is for the trial that runs now; each round overwrites what the one before has written.
func (b *bench) newProbe() *probe {
	p := &probe{counts: make(map[string]int)}
	if b.options.profile != "" {
		p.path = filepath.Join(b.options.profile, strings.NewReplacer(" ", "-", ",", "").Replace(b.running.String()))
	}
	return p
}

func (p *probe) observe() func(sqldb.Statement) {
	if p.path == "" {
		return nil
	}
	return func(s sqldb.Statement) {
		p.mu.Lock()
		defer p.mu.Unlock()
		if p.file != nil {
			p.counts[s.Module+": "+shape(s.Query)]++
		}
	}
}

// shape is a statement's first words, without its placeholders.
func shape(query string) string {
	text, _, _ := strings.Cut(strings.Join(strings.Fields(query), " "), "(?")
	return text[:min(len(text), 160)]
}

func (p *probe) start() error {
	if p.path == "" {
		return nil
	}
	file, err := os.Create(p.path + ".cpu.pprof")
	if err != nil {
		return err
	}
	p.mu.Lock()
	p.file = file
	p.mu.Unlock()
	return pprof.StartCPUProfile(file)
}

func (p *probe) stop(events int64) error {
	if p.path == "" {
		return nil
	}
	pprof.StopCPUProfile()
	p.mu.Lock()
	defer p.mu.Unlock()
	var text strings.Builder
	for _, query := range slices.SortedFunc(maps.Keys(p.counts), func(a, b string) int { return p.counts[b] - p.counts[a] }) {
		fmt.Fprintf(&text, "%10.4f %s\n", float64(p.counts[query])/float64(events), query)
	}
	err := errors.Join(p.file.Close(), os.WriteFile(p.path+".statements.txt", []byte(text.String()), 0o600))
	p.file = nil
	return err
}
