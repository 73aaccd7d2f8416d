"""Nova's own fake driver with a list of PCI devices that a test writes.

No device exists and no guest runs: API, scheduler, conductor, compute manager, PCI tracker and Placement are real, the
hypervisor is not. nova-compute loads drivers from the package nova.virt only, so this file is copied there."""
import os

from nova.virt import fake


class ListedDevicesDriver(fake.FakeDriverWithoutFakeNodes):
    vcpus = 32
    memory_mb = 131072
    local_gb = 1024

    def get_available_resource(self, nodename):
        resources = super().get_available_resource(nodename)
        with open(os.environ["GPUHOST_FAKE_DEVICES"]) as listed:
            resources["pci_passthrough_devices"] = listed.read()
        return resources
