// ofrep.go owns the OpenFeature provider that speaks OFREP, the protocol of
// flagd's port 8016: POST {base}/ofrep/v1/evaluate/flags/{key}. The Go registry
// has no such provider, so this small one serves. It keeps nothing between
// evaluations; an answer it cannot use becomes an OpenFeature error, and the
// caller's default value holds.

package main

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"net/url"
	"strings"
	"time"

	of "github.com/open-feature/go-sdk/openfeature"
)

type ofrepProvider struct {
	base string
	http *http.Client
}

func newOFREPProvider(base string) *ofrepProvider {
	transport := http.DefaultTransport.(*http.Transport).Clone()
	transport.MaxIdleConnsPerHost = 64
	return &ofrepProvider{
		base: strings.TrimRight(base, "/"),
		http: &http.Client{Timeout: 2 * time.Second, Transport: transport},
	}
}

func (p *ofrepProvider) Metadata() of.Metadata { return of.Metadata{Name: "ofrep"} }
func (p *ofrepProvider) Hooks() []of.Hook      { return nil }

func (p *ofrepProvider) BooleanEvaluation(ctx context.Context, flag string, fallback bool, flat of.FlattenedContext) of.BoolResolutionDetail {
	return evaluate(ctx, p, flag, fallback, flat)
}

func (p *ofrepProvider) StringEvaluation(ctx context.Context, flag, fallback string, flat of.FlattenedContext) of.StringResolutionDetail {
	return evaluate(ctx, p, flag, fallback, flat)
}

func (p *ofrepProvider) FloatEvaluation(ctx context.Context, flag string, fallback float64, flat of.FlattenedContext) of.FloatResolutionDetail {
	return evaluate(ctx, p, flag, fallback, flat)
}

func (p *ofrepProvider) IntEvaluation(ctx context.Context, flag string, fallback int64, flat of.FlattenedContext) of.IntResolutionDetail {
	return evaluate(ctx, p, flag, fallback, flat)
}

func (p *ofrepProvider) ObjectEvaluation(ctx context.Context, flag string, fallback any, flat of.FlattenedContext) of.InterfaceResolutionDetail {
	return evaluate(ctx, p, flag, fallback, flat)
}

// ofrepAnswer is the body of an answer, of success or of failure.
type ofrepAnswer struct {
	Value        json.RawMessage `json:"value"`
	Reason       of.Reason       `json:"reason"`
	Variant      string          `json:"variant"`
	Metadata     map[string]any  `json:"metadata"`
	ErrorCode    string          `json:"errorCode"`
	ErrorDetails string          `json:"errorDetails"`
}

func evaluate[T any](ctx context.Context, p *ofrepProvider, flag string, fallback T, flat of.FlattenedContext) of.GenericResolutionDetail[T] {
	answer, err := p.ask(ctx, flag, flat)
	if err != nil {
		return failed(fallback, of.NewGeneralResolutionError(err.Error()))
	}
	switch answer.ErrorCode {
	case "":
	case string(of.FlagNotFoundCode):
		return failed(fallback, of.NewFlagNotFoundResolutionError(flag))
	case string(of.ParseErrorCode):
		return failed(fallback, of.NewParseErrorResolutionError(answer.ErrorDetails))
	default:
		return failed(fallback, of.NewGeneralResolutionError(answer.ErrorCode+": "+answer.ErrorDetails))
	}
	detail := of.ProviderResolutionDetail{Reason: answer.Reason, Variant: answer.Variant, FlagMetadata: answer.Metadata}
	if len(answer.Value) == 0 { // no value: the code's default holds
		return of.GenericResolutionDetail[T]{Value: fallback, ProviderResolutionDetail: detail}
	}
	var value *T
	if err := json.Unmarshal(answer.Value, &value); err != nil || value == nil {
		return failed(fallback, of.NewTypeMismatchResolutionError(fmt.Sprintf("%s is %s", flag, answer.Value)))
	}
	return of.GenericResolutionDetail[T]{Value: *value, ProviderResolutionDetail: detail}
}

func failed[T any](fallback T, err of.ResolutionError) of.GenericResolutionDetail[T] {
	return of.GenericResolutionDetail[T]{Value: fallback,
		ProviderResolutionDetail: of.ProviderResolutionDetail{ResolutionError: err, Reason: of.ErrorReason}}
}

func (p *ofrepProvider) ask(ctx context.Context, flag string, flat of.FlattenedContext) (*ofrepAnswer, error) {
	body, err := json.Marshal(map[string]any{"context": flat})
	if err != nil {
		return nil, fmt.Errorf("encode the evaluation context: %w", err)
	}
	req, err := http.NewRequestWithContext(ctx, http.MethodPost,
		p.base+"/ofrep/v1/evaluate/flags/"+url.PathEscape(flag), bytes.NewReader(body))
	if err != nil {
		return nil, err
	}
	req.Header.Set("Content-Type", "application/json")
	resp, err := p.http.Do(req)
	if err != nil {
		return nil, fmt.Errorf("ask the flag server: %w", err)
	}
	defer resp.Body.Close()
	var answer ofrepAnswer
	if err := json.NewDecoder(resp.Body).Decode(&answer); err != nil {
		return nil, fmt.Errorf("read the flag server's answer (status %d): %w", resp.StatusCode, err)
	}
	if resp.StatusCode != http.StatusOK && answer.ErrorCode == "" {
		return nil, fmt.Errorf("the flag server answered status %d", resp.StatusCode)
	}
	return &answer, nil
}
