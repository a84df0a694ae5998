//go:build tools

// Package tools pins the network plugins of the real node. Its go.mod and go.sum name the exact
// version; tests/tools/install builds them from here.
package tools

import (
	_ "github.com/containernetworking/plugins/plugins/ipam/host-local"
	_ "github.com/containernetworking/plugins/plugins/main/bridge"
	_ "github.com/containernetworking/plugins/plugins/main/loopback"
	_ "github.com/containernetworking/plugins/plugins/meta/portmap"
)
