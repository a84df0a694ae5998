// admin.go owns what tests and people steer the shop with: the warehouse's
// latency and a short state. It answers callers on loopback only.

package main

import (
	"net"
	"net/http"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	dto "github.com/prometheus/client_model/go"
)

type state struct {
	Service           string `json:"service"`
	DependencyLatency string `json:"dependencyLatency"`
	Requests          uint64 `json:"requests"`
	Rejected          uint64 `json:"rejected"`
}

func adminRoutes(mux *http.ServeMux, service string, w *warehouse, m *metrics) {
	mux.HandleFunc("POST /admin/dependency", loopbackOnly(func(rw http.ResponseWriter, r *http.Request) {
		latency, err := time.ParseDuration(r.URL.Query().Get("latency"))
		if err != nil || latency < 0 {
			http.Error(rw, "latency must be a duration such as 120ms", http.StatusBadRequest)
			return
		}
		w.setLatency(latency)
		writeJSON(rw, http.StatusOK, currentState(service, w, m))
	}))
	mux.HandleFunc("GET /admin/state", loopbackOnly(func(rw http.ResponseWriter, _ *http.Request) {
		writeJSON(rw, http.StatusOK, currentState(service, w, m))
	}))
}

func currentState(service string, w *warehouse, m *metrics) state {
	return state{Service: service, DependencyLatency: w.currentLatency().String(),
		Requests: countOf(m.requests), Rejected: countOf(m.rejected)}
}

func countOf(c prometheus.Counter) uint64 {
	var out dto.Metric
	if err := c.Write(&out); err != nil {
		return 0
	}
	return uint64(out.GetCounter().GetValue())
}

func loopbackOnly(next http.HandlerFunc) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		host, _, err := net.SplitHostPort(r.RemoteAddr)
		if ip := net.ParseIP(host); err != nil || ip == nil || !ip.IsLoopback() {
			http.Error(w, "loopback only", http.StatusForbidden)
			return
		}
		next(w, r)
	}
}
