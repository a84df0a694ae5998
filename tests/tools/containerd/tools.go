//go:build tools

// Package tools pins the container runtime of the real node. Its go.mod and go.sum name the exact
// version; tests/tools/install builds it from here.
package tools

import (
	_ "github.com/containerd/containerd/v2/cmd/containerd"
	_ "github.com/containerd/containerd/v2/cmd/containerd-shim-runc-v2"
	_ "github.com/containerd/containerd/v2/cmd/ctr"
)
