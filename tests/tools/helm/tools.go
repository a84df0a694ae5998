//go:build tools

// Package tools pins Helm. Its go.mod and go.sum name the exact version; tests/tools/install builds
// it from here.
package tools

import _ "helm.sh/helm/v4/cmd/helm"
