// trace_test.go owns how requests are told apart in the shop's histograms.

package main

import (
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"
)

func TestACallersTraceIsTakenOver(t *testing.T) {
	const id = "4bf92f3577b34da6a3ce929d0e0e4736"
	r := httptest.NewRequest(http.MethodGet, "/reserve", nil)
	r.Header.Set("traceparent", "00-"+id+"-00f067aa0ba902b7-01")
	if got := traceOf(r); got != id {
		t.Fatalf("got %s, want %s", got, id)
	}
	for _, header := range []string{"", "00-short-00f067aa0ba902b7-01", "00-" + strings.Repeat("z", 32) + "-x-01"} {
		r.Header.Set("traceparent", header)
		if got := traceOf(r); len(got) != 32 || got == id || got == traceOf(r) {
			t.Fatalf("%q gave %q, want an id of its own", header, got)
		}
	}
}

func TestHistogramsKeepTheTraceOfARequest(t *testing.T) {
	m, mux := newMetrics(), http.NewServeMux()
	mux.Handle("/", routes("inventory", http.NotFoundHandler(), newWarehouse(0), m))
	observe(m.lockWait, 300*time.Millisecond, "4bf92f3577b34da6a3ce929d0e0e4736")
	r := httptest.NewRequest(http.MethodGet, "/metrics", nil)
	r.Header.Set("Accept", "application/openmetrics-text; version=1.0.0")
	w := httptest.NewRecorder()
	mux.ServeHTTP(w, r)
	want := `# {trace_id="4bf92f3577b34da6a3ce929d0e0e4736"} 0.3 `
	if body := w.Body.String(); !strings.Contains(body, want) {
		t.Fatalf("%s is not in\n%s", want, body)
	}
}
