# Files by our names, whoever wrote them.
present etc/gpuhost/* etc/systemd/system/gpuhost-* etc/systemd/system/multi-user.target.d/gpuhost-*
# Which driver our boot hooks give to which function, and which cards are kept from new guests.
files etc/gpuhost/vfio-binding.conf etc/gpuhost/nova-quarantine.conf
