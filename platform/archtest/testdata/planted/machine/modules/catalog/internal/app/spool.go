package app

import (
	"expvar" // want: imports expvar
	"flag"   // want: imports flag
	"net"
	"net/http"
	_ "net/http/pprof" // want: imports net/http/pprof
	spool "os"         // want: imports os
	_ "os/exec"        // want: imports os/exec
	_ "os/signal"      // want: imports os/signal
	_ "path/filepath"  // want: imports path/filepath
	_ "runtime/debug"  // want: imports runtime/debug
	_ "runtime/pprof"  // want: imports runtime/pprof
	_ "syscall"        // want: imports syscall
	"text/template"

	_ "golang.org/x/sys/unix" // want: imports golang.org/x/sys/unix
)

func export(doc []byte) error {
	expvar.NewMap("order.cache")
	flag.Parse()
	return spool.WriteFile("/var/spool/shop/x.json", doc, 0o600)
}

func dial() (net.Conn, error) {
	const network = "unix" // want: names the network "unix"
	return net.Dial(network, "/run/shop/payment.sock")
}

func parse() (*template.Template, error) { return template.ParseFiles("x") } // want: uses text/template.ParseFiles

func files() http.FileSystem { return http.Dir("/") } // want: uses net/http.Dir
