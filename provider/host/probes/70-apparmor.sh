# Whether AppArmor is on and which profiles are loaded (root).
files sys/module/apparmor/parameters/enabled sys/kernel/security/apparmor/profiles
