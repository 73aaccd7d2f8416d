/*
 * vfio-group GROUP [ADDRESS [SECONDS]] : what the kernel itself says of a VFIO group. An oracle for tests.
 * GROUP alone prints "viable=0|1". With the PCI ADDRESS of a member it goes on as a virtual machine would: container,
 * type 1 IOMMU, device; prints "device=VENDOR:DEVICE" as read through VFIO, and holds the device for SECONDS.
 */
#include <errno.h>
#include <fcntl.h>
#include <linux/vfio.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

static int fail(const char *what)
{
	printf("failed=%s errno=%s\n", what, strerror(errno));
	return 1;
}

int main(int argc, char **argv)
{
	struct vfio_group_status status = { .argsz = sizeof(status) };
	struct vfio_region_info region = { .argsz = sizeof(region), .index = VFIO_PCI_CONFIG_REGION_INDEX };
	unsigned short ids[2];
	char path[64];
	int group, container, device;

	setvbuf(stdout, NULL, _IOLBF, 0);
	if (argc < 2)
		return 2;
	snprintf(path, sizeof(path), "/dev/vfio/%s", argv[1]);
	group = open(path, O_RDWR);
	if (group < 0)
		return fail("open-group");
	if (ioctl(group, VFIO_GROUP_GET_STATUS, &status))
		return fail("status");
	printf("viable=%d\n", !!(status.flags & VFIO_GROUP_FLAGS_VIABLE));
	if (argc < 3)
		return 0;
	container = open("/dev/vfio/vfio", O_RDWR);
	if (container < 0)
		return fail("open-container");
	if (ioctl(group, VFIO_GROUP_SET_CONTAINER, &container))
		return fail("set-container");
	if (ioctl(container, VFIO_SET_IOMMU, VFIO_TYPE1_IOMMU))
		return fail("set-iommu");
	device = ioctl(group, VFIO_GROUP_GET_DEVICE_FD, argv[2]);
	if (device < 0)
		return fail("device");
	if (ioctl(device, VFIO_DEVICE_GET_REGION_INFO, &region))
		return fail("region");
	if (pread(device, ids, sizeof(ids), region.offset) != sizeof(ids))
		return fail("config-space");
	printf("device=%04x:%04x\n", ids[0], ids[1]);
	if (argc > 3)
		sleep(atoi(argv[3]));
	return 0;
}
