# Which driver our boot hooks give to which function, and which cards are kept from new guests.
files etc/gpuhost/vfio-binding.conf etc/gpuhost/nova-quarantine.conf
