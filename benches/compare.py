#!/usr/bin/env python3
"""The baseline's cost beside Python's: benches/compare.py

Runs `cargo bench --bench baseline`, then the same samples through river's EWMean and EWVar and through an
additive Holt-Winters of one day in plain Python, and prints nanoseconds per update and the ratios.
Needs river (pip install river)."""
import json, math, os, subprocess, time

from river import stats

SAMPLES = 20_160  # as in benches/baseline.rs


def value(n):
    noise = ((n * 7919) % 1009) / 1009 - 0.5
    return 20 + 8 * math.sin(n / 1440 * math.tau) + 2 * noise


def river_ewm(values):
    mean, variance, outside = stats.EWMean(0.01), stats.EWVar(0.01), 0
    for x in values:
        spread = math.sqrt(max(variance.get(), 0.0))
        outside += abs(x - mean.get()) > 3 * spread
        mean.update(x)
        variance.update(x)
    return outside


def holt_winters(values, period=1440, alpha=0.05, beta=0.001, gamma=0.1):
    level, trend, season, spread, outside = values[0], 0.0, [0.0] * period, 1.0, 0
    for n, x in enumerate(values):
        slot = n % period
        error = x - (level + trend + season[slot])
        outside += abs(error) > 4 * spread
        before = level
        level = alpha * (x - season[slot]) + (1 - alpha) * (level + trend)
        trend = beta * (level - before) + (1 - beta) * trend
        season[slot] = gamma * (x - level) + (1 - gamma) * season[slot]
        spread += 0.01 * (abs(error) - spread)
    return outside


def nanoseconds(work, values):
    best = math.inf
    for _ in range(3):
        started = time.perf_counter()
        work(values)
        best = min(best, time.perf_counter() - started)
    return best / len(values) * 1e9


def main():
    os.chdir(os.path.join(os.path.dirname(os.path.abspath(__file__)), ".."))
    subprocess.run(["cargo", "bench", "--bench", "baseline"], check=True)
    target = os.environ.get("CARGO_TARGET_DIR", "target")

    def estimate(name):
        with open(os.path.join(target, "criterion", *name.split("/"), "new", "estimates.json")) as file:
            return json.load(file)["median"]["point_estimate"]

    ours = estimate("update/week") / SAMPLES
    values = [value(n) for n in range(SAMPLES)]
    print(f"\n{'flyball, season week':34s} {ours:8.0f} ns per update")
    for name, work in [("river EWMean + EWVar (no season)", river_ewm), ("Holt-Winters, 1440 slots, Python", holt_winters)]:
        theirs = nanoseconds(work, values)
        print(f"{name:34s} {theirs:8.0f} ns per update, {theirs / ours:.1f} times ours")
    print(f"60,000 series restored in {estimate('restore/60000') / 1e9:.2f} s")


if __name__ == "__main__":
    main()
