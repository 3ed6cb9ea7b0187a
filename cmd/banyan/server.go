package main

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"

	"github.com/banyan-commerce/banyan/platform/config"
)

// server is how a command reaches the server that has the SQLite files.
type server struct {
	base  string
	token string // the operator's
}

func runningServer(c config.Config) (server, error) {
	tokens, err := c.Tokens()
	if err != nil {
		return server{}, err
	}
	host, err := serverHost(c.Addr)
	return server{base: "http://" + host, token: string(tokens.Operator)}, err
}

func unreachable(err error) error {
	return fmt.Errorf("a server has the database files, but it can't be reached (is BANYAN_ADDR its address?): %w", err)
}

// serverHost makes an address to call of one to listen on.
func serverHost(addr string) (string, error) {
	host, port, err := net.SplitHostPort(addr)
	if err != nil {
		return "", err
	}
	if ip := net.ParseIP(host); host == "" || ip != nil && ip.IsUnspecified() {
		host = "localhost"
	}
	return net.JoinHostPort(host, port), nil
}

// problemOf reads a problem document (RFC 9457).
func problemOf(response *http.Response) error {
	var problem struct {
		Code   string `json:"code"`
		Detail string `json:"detail"`
		Errors []struct {
			Location string `json:"location"`
			Message  string `json:"message"`
		} `json:"errors"`
	}
	const most = 1 << 20
	if err := json.NewDecoder(io.LimitReader(response.Body, most)).Decode(&problem); err != nil {
		return fmt.Errorf("the server answered %s", response.Status)
	}
	text := problem.Code + ": " + problem.Detail
	for _, e := range problem.Errors {
		text += fmt.Sprintf(" (%s %s)", e.Location, e.Message)
	}
	return errors.New(text)
}
