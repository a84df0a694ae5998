// warehouse.go owns the slow dependency: a second HTTP listener in the same
// binary, and the client that calls it over loopback. Its latency can be
// changed while it runs; it really sleeps, so whatever holds the lock around
// the call really holds it that long.

package main

import (
	"context"
	"encoding/json"
	"fmt"
	"hash/fnv"
	"math/rand/v2"
	"net/http"
	"net/url"
	"sync/atomic"
	"time"
)

// warehouse answers GET /stock?sku=.. after its latency and a jitter of up to
// a tenth of it.
type warehouse struct{ latency atomic.Int64 }

func newWarehouse(latency time.Duration) *warehouse {
	w := &warehouse{}
	w.setLatency(latency)
	return w
}

func (w *warehouse) setLatency(d time.Duration)    { w.latency.Store(int64(d)) }
func (w *warehouse) currentLatency() time.Duration { return time.Duration(w.latency.Load()) }

func (w *warehouse) ServeHTTP(rw http.ResponseWriter, r *http.Request) {
	base := w.currentLatency()
	pause := time.NewTimer(base + time.Duration(rand.Int64N(int64(base)/10+1)))
	defer pause.Stop()
	select {
	case <-pause.C:
	case <-r.Context().Done():
		return
	}
	sku := r.URL.Query().Get("sku")
	writeJSON(rw, http.StatusOK, stock{SKU: sku, Level: stockLevel(sku)})
}

type stock struct {
	SKU   string `json:"sku"`
	Level int    `json:"level"`
}

func stockLevel(sku string) int {
	h := fnv.New32a()
	h.Write([]byte(sku))
	return int(h.Sum32() % 500)
}

// warehouseClient asks a warehouse for the level of one article.
type warehouseClient struct {
	base string
	http *http.Client
}

func newWarehouseClient(base string) *warehouseClient {
	return &warehouseClient{base: base, http: &http.Client{Timeout: 30 * time.Second}}
}

func (c *warehouseClient) level(ctx context.Context, sku string) (int, error) {
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, c.base+"/stock", nil)
	if err != nil {
		return 0, err
	}
	req.URL.RawQuery = url.Values{"sku": {sku}}.Encode()
	resp, err := c.http.Do(req)
	if err != nil {
		return 0, fmt.Errorf("call the warehouse: %w", err)
	}
	defer resp.Body.Close()
	if resp.StatusCode != http.StatusOK {
		return 0, fmt.Errorf("call the warehouse: status %d", resp.StatusCode)
	}
	var s stock
	if err := json.NewDecoder(resp.Body).Decode(&s); err != nil {
		return 0, fmt.Errorf("read the warehouse's answer: %w", err)
	}
	return s.Level, nil
}
