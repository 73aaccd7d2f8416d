# Virtual functions: their links, NVIDIA's types on them, who offers them to VFIO, and what decides how they are made.
links "$pci"/*/virtfn*
files "$pci"/*/nvidia/current_vgpu_type "$pci"/*/nvidia/creatable_vgpu_types \
  sys/module/vfio_pci/parameters/enable_sriov etc/gpuhost/virtual-functions.conf
present "$pci"/*/vfio-dev/* usr/lib/nvidia/sriov-manage etc/systemd/system
