#!/bin/sh
# The first process of a cluster's own mount, process, network, name and message namespaces. It gives the cluster its
# own copies of the folders whose paths containerd, the network plugins and kubelet have fixed, so that nothing of it
# shows outside, and then becomes the program that reaps orphans. When it dies, everything in the namespaces dies.
# Given: STATE, a folder of the cluster's own; REAPER, the program to become; NODE, the node's name.
set -eu

# Containers' mounts propagate from here; towards the machine itself nothing does.
mount --make-rshared /
mount -t tmpfs -o mode=755 tmpfs /run
mkdir -p "$STATE/var-log" "$STATE/var-lib/upper" "$STATE/var-lib/work"
mount --bind "$STATE/var-log" /var/log
# An overlay keeps what lies there readable; where its file system cannot carry one, an empty folder must do.
mount -t overlay -o "lowerdir=/var/lib,upperdir=$STATE/var-lib/upper,workdir=$STATE/var-lib/work" overlay /var/lib ||
	mount -t tmpfs -o mode=755 tmpfs /var/lib
mkdir -p /var/lib/kubelet
mount --bind /var/lib/kubelet /var/lib/kubelet

hostname "$NODE"
ip link set lo up
echo 1 >/proc/sys/net/ipv4/ip_forward

: >"$STATE/namespaces-ready"
exec "$REAPER"
