// reserve_test.go owns the behaviour of a reservation: who waits, who is
// rejected, who is answered from the cache, and what the metrics say of it.

package main

import (
	"context"
	"errors"
	"net/http"
	"net/http/httptest"
	"sync"
	"testing"
	"time"

	"github.com/open-feature/go-sdk/openfeature"
	"github.com/prometheus/client_golang/prometheus/testutil"
)

type fixedFlag bool

func (f fixedFlag) BooleanValueDetails(_ context.Context, flag string, _ bool, _ openfeature.EvaluationContext,
	_ ...openfeature.Option) (openfeature.BooleanEvaluationDetails, error) {
	d := openfeature.BooleanEvaluationDetails{Value: bool(f)}
	d.FlagKey, d.Reason = flag, openfeature.StaticReason
	return d, nil
}

// gatedStock answers once its gate is opened.
type gatedStock struct {
	entered, gate chan struct{}
	err           error
}

func newGatedStock() *gatedStock {
	return &gatedStock{entered: make(chan struct{}, 8), gate: make(chan struct{})}
}

func (g *gatedStock) level(context.Context, string) (int, error) {
	g.entered <- struct{}{}
	<-g.gate
	return 7, g.err
}

func reserve(s *reservations) *httptest.ResponseRecorder {
	w := httptest.NewRecorder()
	s.ServeHTTP(w, httptest.NewRequest(http.MethodGet, "/reserve?sku=a&user=u", nil))
	return w
}

func count(t *testing.T, m *metrics, name string) int {
	t.Helper()
	n, err := testutil.GatherAndCount(m.registry, name)
	if err != nil {
		t.Fatal(err)
	}
	return n
}

func TestAReservationHoldsTheLockAroundTheWarehouse(t *testing.T) {
	stock, m := newGatedStock(), newMetrics()
	s := newReservations("inventory", fixedFlag(true), stock, m, time.Minute)
	var done sync.WaitGroup
	codes := make(chan int, 2)
	for range 2 {
		done.Go(func() { codes <- reserve(s).Code })
	}
	<-stock.entered
	waitUntil(t, func() bool { return testutil.ToFloat64(m.queueLength) == 1 })
	if len(stock.entered) != 0 {
		t.Fatal("two requests are at the warehouse at once")
	}
	close(stock.gate)
	done.Wait()
	if a, b := <-codes, <-codes; a != 200 || b != 200 {
		t.Fatalf("got %d and %d", a, b)
	}
	if got := testutil.ToFloat64(m.contention); got != 1 {
		t.Fatalf("contention %v, want 1", got)
	}
	if got := testutil.ToFloat64(m.queueLength); got != 0 {
		t.Fatalf("queue %v, want 0", got)
	}
}

func TestALockNotGotInTimeIsA503AndCounted(t *testing.T) {
	stock, m := newGatedStock(), newMetrics()
	s := newReservations("inventory", fixedFlag(true), stock, m, 20*time.Millisecond)
	var first sync.WaitGroup
	first.Go(func() { reserve(s) })
	<-stock.entered
	if got := reserve(s).Code; got != http.StatusServiceUnavailable {
		t.Fatalf("got %d, want 503", got)
	}
	close(stock.gate)
	first.Wait()
	if got := testutil.ToFloat64(m.rejected); got != 1 {
		t.Fatalf("rejected %v, want 1", got)
	}
	if got := reserve(s).Code; got != http.StatusOK {
		t.Fatalf("after the lock was freed: got %d, want 200", got)
	}
}

func TestWithTheStrongCheckOffTheCachedLevelAnswersAtOnce(t *testing.T) {
	stock, m := newGatedStock(), newMetrics()
	checked := newReservations("inventory", fixedFlag(true), stock, m, time.Minute)
	close(stock.gate)
	reserve(checked)

	checked.flags = fixedFlag(false)
	checked.lock <- struct{}{} // somebody holds the lock for ever
	w := reserve(checked)
	if w.Code != http.StatusOK || w.Body.String() != `{"sku":"a","level":7,"checked":false}`+"\n" {
		t.Fatalf("got %d %s", w.Code, w.Body)
	}
	if got := testutil.ToFloat64(m.flagEvaluations.WithLabelValues("false", "STATIC")); got != 1 {
		t.Fatalf("evaluations %v, want 1", got)
	}
}

func TestAFailingWarehouseIsA502AndFreesTheLock(t *testing.T) {
	stock, m := newGatedStock(), newMetrics()
	stock.err = errors.New("out of order")
	close(stock.gate)
	s := newReservations("inventory", fixedFlag(true), stock, m, time.Minute)
	if got := reserve(s).Code; got != http.StatusBadGateway {
		t.Fatalf("got %d, want 502", got)
	}
	if len(s.lock) != 0 {
		t.Fatal("the lock is still taken")
	}
}

func TestEverySeriesExistsBeforeTheFirstRequest(t *testing.T) {
	m := newMetrics()
	for _, name := range []string{"requests_total", "rejected_total", "lock_contention_total", "queue_length",
		"lock_wait_seconds", "reserve_duration_seconds", "dependency_seconds", "go_goroutines", "process_cpu_seconds_total"} {
		if count(t, m, name) != 1 {
			t.Errorf("%s is not there from the start", name)
		}
	}
}

func waitUntil(t *testing.T, holds func() bool) {
	t.Helper()
	for deadline := time.Now().Add(5 * time.Second); !holds(); time.Sleep(time.Millisecond) {
		if time.Now().After(deadline) {
			t.Fatal("waited in vain")
		}
	}
}
