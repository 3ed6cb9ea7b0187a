package observed

import (
	"bufio"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"sync"
)

// Variable names the folder into which each test process writes the edges that it has seen.
const Variable = "BANYAN_TEST_OBSERVED"

// Record is what one process has seen, as lines of JSON in a file of its own. An edge is written when it
// is seen first: a process that is killed has told what it saw.
type Record struct {
	folder string
	mutex  sync.Mutex
	seen   map[Edge]bool
	file   *os.File
}

// NewRecord writes into a folder; without one it keeps nothing.
func NewRecord(folder string) *Record {
	return &Record{folder: folder, seen: map[Edge]bool{}}
}

// Kept says whether anybody will read the record.
func (r *Record) Kept() bool { return r.folder != "" }

// See writes an edge unless it was seen before.
func (r *Record) See(e Edge) error {
	if !r.Kept() {
		return nil
	}
	r.mutex.Lock()
	defer r.mutex.Unlock()
	if r.seen[e] {
		return nil
	}
	if err := r.write(e); err != nil {
		return fmt.Errorf("record what tests see: %w", err)
	}
	r.seen[e] = true
	return nil
}

func (r *Record) write(e Edge) (err error) {
	if r.file == nil {
		if r.file, err = os.CreateTemp(r.folder, "*.json"); err != nil {
			return err
		}
	}
	line, err := json.Marshal(e)
	if err != nil {
		return err
	}
	_, err = r.file.Write(append(line, '\n'))
	return err
}

// Read reads what all processes of a run wrote into a folder.
func Read(folder string) (edges []Edge, err error) {
	names, err := filepath.Glob(filepath.Join(folder, "*.json"))
	if err != nil {
		return nil, err
	}
	for _, name := range names {
		of, err := readRecord(name)
		if err != nil {
			return nil, fmt.Errorf("read what tests saw: %w", err)
		}
		edges = append(edges, of...)
	}
	return edges, nil
}

func readRecord(name string) (edges []Edge, err error) {
	file, err := os.Open(name)
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, file.Close()) }()
	lines := bufio.NewScanner(file)
	for lines.Scan() {
		var e Edge
		if err := json.Unmarshal(lines.Bytes(), &e); err != nil {
			return nil, fmt.Errorf("%s: %w", lines.Text(), err)
		}
		edges = append(edges, e)
	}
	return edges, lines.Err()
}
