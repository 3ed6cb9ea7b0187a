// Command busnode is one instance of the office (package office): it publishes and hears until it is
// told to be quiet (SIGUSR1: no more notes), to end (SIGTERM), or is killed, which is what it is for. It is
// up in some 20 ms. It says on its standard output what the rig can't see from outside: that it is ready, and each
// commit whose outcome it does not know.
package main

import (
	"context"
	"flag"
	"fmt"
	"io"
	"log/slog"
	"os"
	"os/signal"
	"syscall"
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"github.com/banyan-commerce/banyan/chaos/office"
	"github.com/banyan-commerce/banyan/platform/bus"
	"github.com/banyan-commerce/banyan/platform/sqldb"
)

func main() {
	if err := run(); err != nil {
		fmt.Fprintln(os.Stderr, "busnode:", err)
		os.Exit(1)
	}
}

// settings are what the rig asks of one instance.
type settings struct {
	papers     int
	publishers int
	backlog    int // notes stop while so many events are pending
	dislike    int // one event in so many is disliked for a while; 0: none

	now func() time.Time
	out io.Writer
}

func run() error {
	s := settings{now: time.Now, out: os.Stdout} //nolint:forbidigo // here the clock is chosen
	url := flag.String("db", "", "where the schemas are")
	flag.IntVar(&s.papers, "papers", 200, "")
	flag.IntVar(&s.publishers, "publishers", 4, "")
	flag.IntVar(&s.backlog, "backlog", 1000, "")
	flag.IntVar(&s.dislike, "dislike", 2000, "")
	flag.Parse()
	at, err := sqldb.ParseLocation(*url)
	if err != nil {
		return err
	}
	ctx, stop := signal.NotifyContext(context.Background(), syscall.SIGTERM)
	defer stop()
	quiet := make(chan os.Signal, 1)
	signal.Notify(quiet, syscall.SIGUSR1)
	return work(ctx, at, s, quiet)
}

func work(ctx context.Context, at sqldb.Location, s settings, quiet <-chan os.Signal) error {
	log := slog.New(slog.NewTextHandler(os.Stderr, &slog.HandlerOptions{Level: slog.LevelWarn}))
	dbs := map[string]*sqldb.DB{}
	for _, name := range office.Names() {
		db, err := sqldb.Open(ctx, at, name, sqldb.Options{})
		if err != nil {
			return err
		}
		defer db.Close()
		dbs[name] = db
	}
	b := bus.New(log, s.now, prometheus.NewRegistry())
	desk, clerk := b.Publisher(dbs[office.Desk]), b.Publisher(dbs[office.Clerk])
	err := b.Start(ctx, office.Manifests(), []bus.Subscription{
		office.ClerkHears(dbs[office.Clerk], clerk, s.mood),
		office.ArchiveHears(dbs[office.Archive], s.mood),
	})
	if err != nil {
		return err
	}
	fmt.Fprintln(s.out, "ready")
	publishing, cease := context.WithCancel(ctx)
	defer cease()
	go func() {
		<-quiet
		cease()
	}()
	newWriters(dbs[office.Desk], desk, s).run(publishing)
	fmt.Fprintln(s.out, "quiet")
	<-ctx.Done()
	limited, cancel := context.WithTimeout(context.WithoutCancel(ctx), 30*time.Second)
	defer cancel()
	return b.Stop(limited)
}
