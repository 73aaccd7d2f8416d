# Which driver our boot hooks give to which function.
files etc/gpuhost/vfio-binding.conf
