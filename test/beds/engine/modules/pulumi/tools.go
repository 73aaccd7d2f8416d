//go:build tools

// Package tools pins the engine's sources: `test/run/toolchain.mjs` builds cmd/pulumi from here where no release of it
// can be had.
package tools

import _ "github.com/pulumi/pulumi/pkg/v3/cmd/pulumi"
