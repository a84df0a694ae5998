// metrics.go owns the shop's metrics: what is measured, under which plain
// names. It sets no namespace or service label; whoever scrapes the shop adds
// them as target labels. Every counter exists from the start, so that "no
// rejects yet" reads as 0 and not as an absent series.

package main

import (
	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/collectors"
)

var lockWaitBuckets = []float64{
	.001, .002, .004, .007, .010, .015, .025, .040, .065, .1, .2, .4, .7, 1, 1.5, 5,
}

type metrics struct {
	registry        *prometheus.Registry
	requests        prometheus.Counter
	rejected        prometheus.Counter
	contention      prometheus.Counter
	queueLength     prometheus.Gauge
	lockWait        prometheus.Histogram
	reserveDuration prometheus.Histogram
	dependency      prometheus.Histogram
	flagEvaluations *prometheus.CounterVec
}

func newMetrics() *metrics {
	m := &metrics{
		registry:    prometheus.NewRegistry(),
		requests:    counter("requests_total", "Reservations asked for."),
		rejected:    counter("rejected_total", "Reservations answered 503 because the lock was not got in time."),
		contention:  counter("lock_contention_total", "Reservations that found the lock taken."),
		queueLength: prometheus.NewGauge(prometheus.GaugeOpts{Name: "queue_length", Help: "Reservations waiting for the lock now."}),
		lockWait:    histogram("lock_wait_seconds", "Time spent waiting for the lock, got or not.", lockWaitBuckets),
		reserveDuration: histogram("reserve_duration_seconds", "Time to answer a reservation.",
			prometheus.ExponentialBuckets(.0005, 2, 14)),
		dependency: histogram("dependency_seconds", "Time the warehouse took to answer.",
			prometheus.ExponentialBuckets(.001, 1.6, 14)),
		flagEvaluations: prometheus.NewCounterVec(prometheus.CounterOpts{
			Name: "shop_flag_evaluations_total", Help: "Evaluations of the strong-check flag.",
		}, []string{"value", "reason"}),
	}
	m.registry.MustRegister(m.requests, m.rejected, m.contention, m.queueLength, m.lockWait,
		m.reserveDuration, m.dependency, m.flagEvaluations,
		collectors.NewGoCollector(), collectors.NewProcessCollector(collectors.ProcessCollectorOpts{}))
	return m
}

func counter(name, help string) prometheus.Counter {
	return prometheus.NewCounter(prometheus.CounterOpts{Name: name, Help: help})
}

func histogram(name, help string, buckets []float64) prometheus.Histogram {
	return prometheus.NewHistogram(prometheus.HistogramOpts{Name: name, Help: help, Buckets: buckets})
}
