// reserve.go owns GET /reserve. With the strong check on, one process-wide
// lock is held around a call to the warehouse, and a request that does not get
// the lock in time is rejected with 503. With it off, the answer comes at once
// from the last known stock level. The flag is evaluated for every request.

package main

import (
	"context"
	"net/http"
	"strconv"
	"sync"
	"time"

	"github.com/open-feature/go-sdk/openfeature"
)

// flagEvaluator is the part of an OpenFeature client that a reservation needs.
type flagEvaluator interface {
	BooleanValueDetails(ctx context.Context, flag string, fallback bool,
		evalCtx openfeature.EvaluationContext, options ...openfeature.Option) (openfeature.BooleanEvaluationDetails, error)
}

// stockSource tells the level of an article, slowly.
type stockSource interface {
	level(ctx context.Context, sku string) (int, error)
}

type reservations struct {
	service string
	flags   flagEvaluator
	stock   stockSource
	metrics *metrics
	lock    chan struct{} // holds one token while the lock is taken
	timeout time.Duration
	cached  sync.Map // sku -> last known level
}

func newReservations(service string, flags flagEvaluator, stock stockSource, m *metrics, timeout time.Duration) *reservations {
	return &reservations{
		service: service, flags: flags, stock: stock, metrics: m,
		lock: make(chan struct{}, 1), timeout: timeout,
	}
}

type reservation struct {
	SKU     string `json:"sku"`
	Level   int    `json:"level"`
	Checked bool   `json:"checked"` // false: from the cached level
}

func (s *reservations) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	started, trace := time.Now(), traceOf(r)
	defer func() { observe(s.metrics.reserveDuration, time.Since(started), trace) }()
	s.metrics.requests.Inc()

	sku := r.URL.Query().Get("sku")
	if !s.strongCheck(r.Context(), r.URL.Query().Get("user")) {
		writeJSON(w, http.StatusOK, reservation{SKU: sku, Level: s.cachedLevel(sku)})
		return
	}
	if !s.acquire(r.Context(), trace) {
		s.metrics.rejected.Inc()
		http.Error(w, "busy: the stock lock was not got in time", http.StatusServiceUnavailable)
		return
	}
	defer s.release()
	level, err := s.checkedLevel(r.Context(), sku)
	if err != nil {
		http.Error(w, err.Error(), http.StatusBadGateway)
		return
	}
	writeJSON(w, http.StatusOK, reservation{SKU: sku, Level: level, Checked: true})
}

func (s *reservations) strongCheck(ctx context.Context, user string) bool {
	// An evaluation that fails gives the default, true, and the reason ERROR.
	details, _ := s.flags.BooleanValueDetails(ctx, s.service+"-strong-check", true,
		openfeature.NewEvaluationContext(user, map[string]any{"service": s.service}))
	s.metrics.flagEvaluations.WithLabelValues(strconv.FormatBool(details.Value), string(details.Reason)).Inc()
	return details.Value
}

// acquire waits for the lock, at most until the timeout; it counts and times
// the wait whether or not it succeeds.
func (s *reservations) acquire(ctx context.Context, trace string) bool {
	started := time.Now()
	defer func() { observe(s.metrics.lockWait, time.Since(started), trace) }()
	select {
	case s.lock <- struct{}{}:
		return true
	default:
	}
	s.metrics.contention.Inc()
	s.metrics.queueLength.Inc()
	defer s.metrics.queueLength.Dec()
	patience := time.NewTimer(s.timeout)
	defer patience.Stop()
	select {
	case s.lock <- struct{}{}:
		return true
	case <-patience.C:
		return false
	case <-ctx.Done():
		return false
	}
}

func (s *reservations) release() { <-s.lock }

func (s *reservations) checkedLevel(ctx context.Context, sku string) (int, error) {
	started := time.Now()
	level, err := s.stock.level(ctx, sku)
	s.metrics.dependency.Observe(time.Since(started).Seconds())
	if err == nil {
		s.cached.Store(sku, level)
	}
	return level, err
}

func (s *reservations) cachedLevel(sku string) int {
	if level, ok := s.cached.Load(sku); ok {
		return level.(int)
	}
	return 0
}
