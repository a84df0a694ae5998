// The shop is the patient of Flyball's tests: a small real service with a lock
// around a slow dependency, a flag that takes the lock out of the way, and
// plain Prometheus metrics. This file owns the command line, the wiring and a
// graceful end on SIGTERM.

package main

import (
	"context"
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"net/http/pprof"
	"os"
	"os/signal"
	"syscall"
	"time"

	"github.com/open-feature/go-sdk/openfeature"
	"github.com/prometheus/client_golang/prometheus/promhttp"
)

type settings struct {
	listen, service, ofrep string
	lockTimeout, latency   time.Duration
}

func main() {
	var s settings
	flag.StringVar(&s.listen, "listen", "127.0.0.1:8080", "address to serve on")
	flag.StringVar(&s.service, "service", "inventory", "name of this service; its flag is NAME-strong-check")
	flag.StringVar(&s.ofrep, "ofrep", "", "base URL of an OFREP flag server (none: the flag's default holds)")
	flag.DurationVar(&s.lockTimeout, "lock-timeout", time.Second, "how long a reservation waits for the lock")
	flag.DurationVar(&s.latency, "dependency-latency", 10*time.Millisecond, "how long the warehouse takes")
	flag.Parse()
	ctx, stop := signal.NotifyContext(context.Background(), syscall.SIGTERM, os.Interrupt)
	defer stop()
	if err := run(ctx, s); err != nil {
		slog.Error("shop failed", "error", err)
		os.Exit(1)
	}
}

func run(ctx context.Context, s settings) error {
	depot := newWarehouse(s.latency)
	depotListener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return fmt.Errorf("listen for the warehouse: %w", err)
	}
	listener, err := net.Listen("tcp", s.listen)
	if err != nil {
		return fmt.Errorf("listen on %s: %w", s.listen, err)
	}
	if s.ofrep != "" {
		if err := openfeature.SetProviderAndWait(newOFREPProvider(s.ofrep)); err != nil {
			return fmt.Errorf("set the flag provider: %w", err)
		}
	}
	m := newMetrics()
	stock := newWarehouseClient("http://" + depotListener.Addr().String())
	reserve := newReservations(s.service, openfeature.NewClient("shop"), stock, m, s.lockTimeout)

	depotServer := &http.Server{Handler: depot}
	shopServer := &http.Server{Handler: routes(s.service, reserve, depot, m)}
	failed := make(chan error, 2)
	go func() { failed <- depotServer.Serve(depotListener) }()
	go func() { failed <- shopServer.Serve(listener) }()
	slog.Info("shop is up", "service", s.service, "listen", listener.Addr().String(), "ofrep", s.ofrep)

	select {
	case err := <-failed:
		return err
	case <-ctx.Done():
	}
	// The warehouse goes last: reservations under way still need it.
	grace, cancel := context.WithTimeout(context.Background(), s.lockTimeout+5*time.Second)
	defer cancel()
	return errors.Join(shopServer.Shutdown(grace), depotServer.Shutdown(grace))
}

func routes(service string, reserve http.Handler, depot *warehouse, m *metrics) http.Handler {
	mux := http.NewServeMux()
	mux.Handle("GET /reserve", reserve)
	mux.Handle("GET /metrics", promhttp.HandlerFor(m.registry, promhttp.HandlerOpts{EnableOpenMetrics: true}))
	mux.HandleFunc("GET /healthz", func(w http.ResponseWriter, _ *http.Request) { fmt.Fprintln(w, "ok") })
	mux.HandleFunc("/debug/pprof/", pprof.Index)
	mux.HandleFunc("/debug/pprof/cmdline", pprof.Cmdline)
	mux.HandleFunc("/debug/pprof/profile", pprof.Profile)
	mux.HandleFunc("/debug/pprof/symbol", pprof.Symbol)
	mux.HandleFunc("/debug/pprof/trace", pprof.Trace)
	adminRoutes(mux, service, depot, m)
	return mux
}

func writeJSON(w http.ResponseWriter, status int, body any) {
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(status)
	// A client that went away cannot be told.
	_ = json.NewEncoder(w).Encode(body)
}
