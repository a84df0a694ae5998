//go:build tools

// Package tools pins the load generator of the test rig. Its go.mod and
// go.sum name the exact version; tests/tools/install builds it from here.
package tools

import _ "go.k6.io/k6"
