# shellcheck shell=bash
# A shop, its load, Prometheus and Flyball's own chart on a whole node; sourced by tests/cluster.
#
# Expects $tests, $manifests, $cache, $dir, $base, $patience, build_flyball, say and fail. The node itself is
# tests/node's.

stage=$dir/node

# Why there can be no node here; nothing if there can.
no_node() {
  if [[ $(uname) != Linux ]]; then
    echo "a node needs Linux"
  elif ((EUID != 0)); then
    echo "a node needs root"
  elif ! unshare --net --mount --pid --fork true 2>/dev/null; then
    echo "a node needs namespaces of its own, which may not be made here"
  fi
}

on_node() { [[ -e $stage/pid ]]; }

node() { FLYBALL_NODE_DIR=$stage "$tests/node" "$@"; }

node_up() {
  mkdir -p "$dir/logs"
  if ! node status | grep -q "^it runs"; then
    say "starting a node"
    node up >/dev/null
  fi
  "$tests/tools/install" helm shop k6 prometheus ofrep >"$dir/logs/install.log" ||
    fail "tests/tools/install failed: see $dir/logs/install.log"
  # shellcheck source=/dev/null
  source "$cache/env"
  build_flyball
  say "assembling and loading images"
  FLYBALL_BIN=$FLYBALL_BIN node stock >"$dir/logs/images.log" 2>&1 ||
    fail "the images cannot be made: see $dir/logs/images.log"
  ln -sf "$FLYBALL_HELM" "$stage/bin/helm"
  ln -sf "$FLYBALL_BIN" "$stage/bin/flyball"
  ln -sf "$FLYBALL_BIN" "$stage/bin/kubectl-flyball"
  node_workloads
  node_release
  node_told
}

on() { "$FLYBALL_KUBECTL" --kubeconfig "$stage/kubeconfig" "$@"; }

# A shop with its flags under load, and who watches it. Flags that are there may be cut.
node_workloads() {
  local access part
  say "starting the shop, its load and Prometheus"
  on apply -f "$manifests/featureflags.yaml" >/dev/null
  on wait --for condition=Established --timeout "${patience}s" crd --all >/dev/null
  access=$(sed -E 's#"server": "[^"]*"#"server": "https://kubernetes.default.svc"#' "$stage/kubeconfig" | tr -d '\n')
  # Their kubeconfig is one line of JSON, which holds nothing that sed would take for its own.
  sed "s#'KUBECONFIG'#'$access'#; s#TSDB#$stage/tsdb#" "$tests/installed/workloads.yaml" >"$stage/workloads.yaml"
  on apply -f "$stage/workloads.yaml" >/dev/null
  on get featureflag flags -n shop >/dev/null 2>&1 || on apply -f "$manifests/stand/flags.yaml" >/dev/null
  for part in shop/flags shop/inventory shop/load monitoring/prometheus; do
    on rollout status --namespace "${part%/*}" --timeout "${patience}s" "deploy/${part#*/}" >/dev/null
  done
}

# What the README asks a person to do.
node_release() {
  say "installing the chart"
  KUBECONFIG=$stage/kubeconfig "$FLYBALL_HELM" upgrade --install flyball "$tests/../charts/flyball" --namespace flyball \
    --create-namespace --wait --timeout "${patience}s" \
    --set image.registry=flyball.test,image.repository=flyball,image.tag=here,image.pullPolicy=Never \
    --set metricSource.spec.url=http://prometheus.monitoring.svc:9090,governor.spec.startupObservation=5s >/dev/null
  on apply -f "$manifests/stand/provider.yaml" -f "$manifests/stand/policy.yaml" >/dev/null
}

node_told() {
  cat <<END

A node with real pods is up: the shop under load, Prometheus, and Flyball as its chart installs it. In your shell:

  export KUBECONFIG=$stage/kubeconfig PATH=$stage/bin:\$PATH

  kubectl get pods -A; helm list -A
  kubectl get hpol,svh,dec -A              # how the shop does, and what was decided
  tests/cluster incident on                # the warehouse takes 150 ms; after the cut: incident off
  kubectl flyball explain inventory -n shop

The governor's log: kubectl logs -n flyball deploy/flyball    the end: tests/cluster down
END
}

node_down() {
  node down
  rm -rf "${stage:?}"/{tsdb,images,workloads.yaml}
}

# The shop's own port answers only who is in its pod, so we go by way of that.
node_incident() {
  local way port=$((base + 8)) deadline=$((SECONDS + patience)) code=0
  # shellcheck source=/dev/null
  source "$cache/env"
  on port-forward --namespace shop deploy/inventory "$port:8080" >"$dir/logs/port-forward.log" 2>&1 &
  way=$!
  until curl -sf --max-time 5 -o /dev/null "http://127.0.0.1:$port/healthz"; do
    kill -0 "$way" 2>/dev/null || fail "the shop is not reached: see $dir/logs/port-forward.log"
    ((SECONDS < deadline)) || fail "the shop does not answer within $patience s"
    sleep 0.1
  done
  curl -sSf -X POST -w "\n" "http://127.0.0.1:$port/admin/dependency?latency=$1" || code=$?
  kill "$way" 2>/dev/null || true
  wait "$way" 2>/dev/null || true
  return "$code"
}
