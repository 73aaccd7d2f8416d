//go:build tools

// Package tools pins the language host for Node.js. v3.68.0 is the last version of this module that holds it; later
// ones keep it in a module of its own, which not every Go proxy serves. It speaks with engines of today.
package tools

import _ "github.com/pulumi/pulumi/sdk/v3/nodejs/cmd/pulumi-language-nodejs"
