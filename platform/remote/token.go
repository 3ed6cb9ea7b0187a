package remote

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"errors"
	"fmt"
	"hash"
	"net/http"
	"strconv"
	"strings"
	"time"
)

const (
	callerHeader = "Banyan-Caller" // the module that calls
	tokenHeader  = "Banyan-Token"

	// tokenLasts is how far the clocks of two processes may be apart, and how long a call that somebody has
	// overheard can be repeated.
	tokenLasts = 30 * time.Second
)

// What a guard finds wrong with a token, with what to look at.
var (
	errNoToken  = errors.New("the call bears no token: set BANYAN_PEER_SECRET in the calling process, too")
	errToken    = errors.New("the token can't be read: it is not of this version, or something on the way changed it")
	errClock    = fmt.Errorf("the token was made more than %s from this process's time: a repeated call, or clocks that differ", tokenLasts)
	errMismatch = errors.New("the token was made with another BANYAN_PEER_SECRET, or the call was changed on its way")
)

// signing is the token of one call: v1.<milliseconds since 1970>.<HMAC-SHA-256 of what is called, by whom,
// when, and of the body>.
func signing(secret, method, path, caller, moment string) hash.Hash {
	mac := hmac.New(sha256.New, []byte(secret))
	for _, part := range []string{"banyan call v1", method, path, caller, moment} {
		mac.Write([]byte(part))
		mac.Write([]byte{'\n'}) // no part holds one: headers, paths and numbers
	}
	return mac
}

// sign gives a request its token. The body must be one that can be had again.
func sign(r *http.Request, secret string, now time.Time) error {
	moment := strconv.FormatInt(now.UnixMilli(), 10)
	mac := signing(secret, r.Method, r.URL.Path, r.Header.Get(callerHeader), moment)
	if r.GetBody != nil {
		if err := readInto(mac, r); err != nil {
			return fmt.Errorf("sign call: %w", err)
		}
	}
	r.Header.Set(tokenHeader, "v1."+moment+"."+base64.RawURLEncoding.EncodeToString(mac.Sum(nil)))
	return nil
}

// verify compares a request's token with its body. It returns the error that says what is wrong.
func verify(r *http.Request, body []byte, secret string, now time.Time) error {
	token := r.Header.Get(tokenHeader)
	if token == "" {
		return errNoToken
	}
	parts := strings.Split(token, ".")
	if len(parts) != 3 || parts[0] != "v1" {
		return errToken
	}
	sent, err := base64.RawURLEncoding.DecodeString(parts[2])
	if err != nil {
		return errToken
	}
	mac := signing(secret, r.Method, r.URL.Path, r.Header.Get(callerHeader), parts[1])
	mac.Write(body)
	if !hmac.Equal(sent, mac.Sum(nil)) {
		return errMismatch
	}
	ms, err := strconv.ParseInt(parts[1], 10, 64)
	if err != nil {
		return errToken
	}
	if d := now.Sub(time.UnixMilli(ms)); d > tokenLasts || d < -tokenLasts {
		return errClock
	}
	return nil
}
