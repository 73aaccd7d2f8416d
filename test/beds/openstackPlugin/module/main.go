// Command pulumi-resource-openstack is a Pulumi provider plugin for the tests' own OpenStack: terraform-provider-openstack
// v1.54.1, which @pulumi/openstack 3.15.2 was made from, behind the Terraform bridge. Users have the official plugin.
package main

import (
	_ "embed"

	"github.com/pulumi/pulumi-terraform-bridge/v3/pkg/tfbridge"
	shimv2 "github.com/pulumi/pulumi-terraform-bridge/v3/pkg/tfshim/sdk-v2"
	"github.com/pulumi/pulumi/sdk/v3/go/common/tokens"
	"github.com/terraform-provider-openstack/terraform-provider-openstack/openstack"
)

// version is what the npm package asks the engine for.
const version = "3.15.2"

// mapped holds the resources the tests use, under the tokens that the npm package registers them by.
var mapped = map[string]tokens.Type{
	"openstack_compute_flavor_v2":        "openstack:compute/flavor:Flavor",
	"openstack_compute_flavor_access_v2": "openstack:compute/flavorAccess:FlavorAccess",
	"openstack_compute_aggregate_v2":     "openstack:compute/aggregateV2:AggregateV2",
	"openstack_compute_instance_v2":      "openstack:compute/instance:Instance",
	"openstack_identity_project_v3":      "openstack:identity/project:Project",
}

//go:embed schema.json
var schema []byte

func info() tfbridge.ProviderInfo {
	resources := map[string]*tfbridge.ResourceInfo{}
	for name, token := range mapped {
		resources[name] = &tfbridge.ResourceInfo{Tok: token}
	}
	return tfbridge.ProviderInfo{
		P:                 shimv2.NewProvider(openstack.Provider()),
		Name:              "openstack",
		Version:           version,
		TFProviderVersion: "1.54.1",
		Resources:         resources,
	}
}

func main() {
	tfbridge.Main("openstack", version, info(), schema)
}
