// edges_test.go owns the shop's borders: the flag server it asks, the warehouse
// it calls and the admin routes it offers.

package main

import (
	"context"
	"encoding/json"
	"io"
	"net/http"
	"net/http/httptest"
	"testing"
	"time"

	of "github.com/open-feature/go-sdk/openfeature"
)

func TestTheProviderSpeaksOFREP(t *testing.T) {
	var path, body string
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		raw, _ := io.ReadAll(r.Body)
		path, body = r.Method+" "+r.URL.Path, string(raw)
		writeJSON(w, http.StatusOK, map[string]any{"key": "k", "value": false, "variant": "off", "reason": "TARGETING_MATCH",
			"metadata": map[string]any{"holder": "flyball"}})
	}))
	defer server.Close()
	got := newOFREPProvider(server.URL+"/").BooleanEvaluation(context.Background(), "k", true, of.FlattenedContext{"targetingKey": "u"})
	if path != "POST /ofrep/v1/evaluate/flags/k" || body != `{"context":{"targetingKey":"u"}}` {
		t.Fatalf("asked %s with %s", path, body)
	}
	if got.Value || got.Variant != "off" || got.Reason != of.TargetingMatchReason || got.FlagMetadata["holder"] != "flyball" {
		t.Fatalf("got %+v", got)
	}
}

func TestAnAnswerThatCannotBeUsedLeavesTheDefault(t *testing.T) {
	cases := map[string]struct {
		status int
		body   string
		reason of.Reason
	}{
		"flag not found": {404, `{"key":"k","errorCode":"FLAG_NOT_FOUND"}`, of.ErrorReason},
		"another type":   {200, `{"key":"k","value":"yes","reason":"STATIC"}`, of.ErrorReason},
		"null":           {200, `{"key":"k","value":null,"reason":"STATIC"}`, of.ErrorReason},
		"no value":       {200, `{"key":"k","reason":"DISABLED"}`, of.DisabledReason},
		"not JSON":       {502, `bad gateway`, of.ErrorReason},
	}
	for name, c := range cases {
		t.Run(name, func(t *testing.T) {
			server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
				w.WriteHeader(c.status)
				io.WriteString(w, c.body)
			}))
			defer server.Close()
			got := newOFREPProvider(server.URL).BooleanEvaluation(context.Background(), "k", true, nil)
			if !got.Value || got.Reason != c.reason {
				t.Fatalf("got %+v", got)
			}
		})
	}
}

func TestTheWarehouseTakesItsLatency(t *testing.T) {
	depot := newWarehouse(30 * time.Millisecond)
	server := httptest.NewServer(depot)
	defer server.Close()
	started := time.Now()
	level, err := newWarehouseClient(server.URL).level(context.Background(), "a b&c")
	if err != nil || level != stockLevel("a b&c") {
		t.Fatalf("got %d, %v", level, err)
	}
	if took := time.Since(started); took < 30*time.Millisecond {
		t.Fatalf("took only %s", took)
	}
}

func TestAdminChangesTheLatencyForLoopbackOnly(t *testing.T) {
	depot, mux := newWarehouse(time.Millisecond), http.NewServeMux()
	adminRoutes(mux, "inventory", depot, newMetrics())
	post := func(from, latency string) *httptest.ResponseRecorder {
		r := httptest.NewRequest(http.MethodPost, "/admin/dependency?latency="+latency, nil)
		r.RemoteAddr = from
		w := httptest.NewRecorder()
		mux.ServeHTTP(w, r)
		return w
	}
	if got := post("192.0.2.7:1234", "120ms").Code; got != http.StatusForbidden {
		t.Fatalf("from outside: %d, want 403", got)
	}
	if got := post("127.0.0.1:1234", "soon").Code; got != http.StatusBadRequest {
		t.Fatalf("no duration: %d, want 400", got)
	}
	var s state
	if err := json.Unmarshal(post("127.0.0.1:1234", "120ms").Body.Bytes(), &s); err != nil || s.DependencyLatency != "120ms" {
		t.Fatalf("got %+v, %v", s, err)
	}
}
