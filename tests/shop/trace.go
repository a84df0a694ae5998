// trace.go owns the trace ids that the shop's histograms keep as exemplars. The
// shop sends no spans anywhere: a caller's traceparent is taken over, and a
// request without one gets an id of its own.

package main

import (
	"crypto/rand"
	"encoding/hex"
	"net/http"
	"strings"
	"time"

	"github.com/prometheus/client_golang/prometheus"
)

// traceOf gives the trace id of a request, 32 hexadecimal digits.
func traceOf(r *http.Request) string {
	// https://www.w3.org/TR/trace-context: version-traceid-parentid-flags
	parts := strings.Split(r.Header.Get("traceparent"), "-")
	if len(parts) == 4 && len(parts[1]) == 32 {
		if _, err := hex.DecodeString(parts[1]); err == nil {
			return parts[1]
		}
	}
	var id [16]byte
	_, _ = rand.Read(id[:]) // never fails
	return hex.EncodeToString(id[:])
}

// observe adds a duration to a histogram, with the request that took it.
func observe(h prometheus.Histogram, took time.Duration, trace string) {
	h.(prometheus.ExemplarObserver).ObserveWithExemplar(took.Seconds(), prometheus.Labels{"trace_id": trace})
}
