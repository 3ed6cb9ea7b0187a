package main

import "net/http"

func serve(s *http.Server) {
	go s.ListenAndServe() // want: that nobody in the package waits for
}
