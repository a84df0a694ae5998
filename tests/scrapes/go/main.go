// The patient is a plain Go service with the collectors of client_golang: a
// sync.Mutex is held around a dependency whose latency can be changed while it
// runs, and a request that waited for it for more than two seconds is answered
// 503. It sets no namespace or service label; whoever scrapes it adds them.

package main

import (
	"flag"
	"fmt"
	"log"
	"math/rand/v2"
	"net/http"
	"regexp"
	"sync"
	"sync/atomic"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/collectors"
	"github.com/prometheus/client_golang/prometheus/promhttp"
)

const patience = 2 * time.Second

type patient struct {
	lock    sync.Mutex
	latency atomic.Int64
}

func (p *patient) reserve(w http.ResponseWriter, r *http.Request) {
	asked := time.Now()
	p.lock.Lock()
	defer p.lock.Unlock()
	if time.Since(asked) > patience {
		http.Error(w, "too late", http.StatusServiceUnavailable)
		return
	}
	base := p.latency.Load()
	time.Sleep(time.Duration(base + rand.Int64N(base/10+1)))
	fmt.Fprintf(w, "%s is there\n", r.URL.Query().Get("sku"))
}

func (p *patient) dependency(w http.ResponseWriter, r *http.Request) {
	latency, err := time.ParseDuration(r.URL.Query().Get("latency"))
	if err != nil || latency <= 0 {
		http.Error(w, "latency must be a duration such as 120ms", http.StatusBadRequest)
		return
	}
	p.latency.Store(int64(latency))
	fmt.Fprintln(w, latency)
}

func main() {
	listen := flag.String("listen", "127.0.0.1:8080", "address to serve on")
	flag.Parse()
	p := &patient{}
	p.latency.Store(int64(5 * time.Millisecond))

	registry := prometheus.NewRegistry()
	requests := prometheus.NewCounterVec(prometheus.CounterOpts{
		Name: "http_requests_total", Help: "Requests by status code and method.",
	}, []string{"code", "method"})
	registry.MustRegister(requests, collectors.NewProcessCollector(collectors.ProcessCollectorOpts{}),
		collectors.NewGoCollector(collectors.WithGoCollectorRuntimeMetrics(
			collectors.MetricsScheduler,
			collectors.GoRuntimeMetricsRule{Matcher: regexp.MustCompile("^/sync/mutex/")})))

	mux := http.NewServeMux()
	mux.Handle("GET /reserve", promhttp.InstrumentHandlerCounter(requests, http.HandlerFunc(p.reserve)))
	mux.HandleFunc("POST /admin/dependency", p.dependency)
	mux.Handle("GET /metrics", promhttp.HandlerFor(registry, promhttp.HandlerOpts{}))
	log.Fatal(http.ListenAndServe(*listen, mux))
}
