# shellcheck shell=bash
# Certificates, known people and kubeconfigs of an API server; sourced by tests/cluster and tests/node.
#
# Expects $dir (with pki and logs to come), $server (the URL in kubeconfigs), and fail. Everything is made
# once and kept.

# A certificate authority of our own, the server's certificate for the subject alternative names $1, the key
# that signs tokens, and people who are known by a token: further arguments USER or USER=GROUP.
make_pki() {
  local names=$1 one user group
  shift
  [[ ! -e $dir/pki/known ]] || return 0
  mkdir -p "$dir/pki"
  (
    cd "$dir/pki"
    openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -keyout ca.key -out ca.crt -days 3650 \
      -subj /CN=flyball-tests -addext "basicConstraints=critical,CA:TRUE" -addext "keyUsage=critical,keyCertSign"
    openssl req -new -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -keyout server.key -out server.csr \
      -subj /O=system:masters/CN=kube-apiserver
    echo "subjectAltName=$names" >server.ext
    openssl x509 -req -in server.csr -CA ca.crt -CAkey ca.key -CAcreateserial -days 3650 -extfile server.ext \
      -out server.crt
    openssl genpkey -algorithm EC -pkeyopt ec_paramgen_curve:P-256 -out tokens.key
    openssl pkey -in tokens.key -pubout -out tokens.pub
    for one; do
      user=${one%%=*} group=${one#"$user"}
      echo "$(openssl rand -hex 16),$user,$user${group/=/,}"
    done >known.new
    mv known.new known
  ) >"$dir/logs/openssl.log" 2>&1 || fail "openssl cannot make the certificates: see $dir/logs/openssl.log"
}

token_of() { grep ",$1," "$dir/pki/known" | cut -d, -f1; }

# In JSON, which is YAML too, so that any program can read it.
write_kubeconfig() {
  local ca
  ca=$(base64 -w0 <"$dir/pki/ca.crt")
  (
    umask 077
    cat >"$1.new" <<END
{"apiVersion": "v1", "kind": "Config", "current-context": "here",
 "contexts": [{"name": "here", "context": {"cluster": "here", "user": "me"}}],
 "clusters": [{"name": "here", "cluster": {"server": "$server", "certificate-authority-data": "$ca"}}],
 "users": [{"name": "me", "user": {"token": "$2"}}]}
END
  )
  mv "$1.new" "$1"
}
