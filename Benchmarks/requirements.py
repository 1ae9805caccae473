"""What a measurement needs on the machine, and its installation with apt-get."""

import contextlib
import os
import shutil
import subprocess
from pathlib import Path

SEARCH_PATH = os.environ.get("PATH", "") + ":/usr/sbin:/sbin"
NGINX_MEMC_MODULE = Path("/usr/lib/nginx/modules/ngx_http_memc_module.so")
POLICY = Path("/usr/sbin/policy-rc.d")
# Debian asks this file before a package starts its service; 101 is "forbidden by policy".
START_NO_SERVICE = "#!/bin/sh\nexit 101\n"


class Missing(Exception):
    """Something a measurement needs is not there, and the message says how to get it."""


def command(name):
    return shutil.which(name, path=SEARCH_PATH)


def has_libmicrohttpd():
    found = command("pkg-config")
    return bool(found) and subprocess.run([found, "--exists", "libmicrohttpd"]).returncode == 0


def missing_packages():
    present = {
        "wrk": command("wrk"),
        "memcached": command("memcached"),
        "nginx": command("nginx"),
        "libnginx-mod-http-memc": NGINX_MEMC_MODULE.exists(),
        "gcc": command("gcc"),
        "libc6-dev": Path("/usr/include/stdio.h").exists(),
        "pkg-config": command("pkg-config"),
        "libmicrohttpd-dev": has_libmicrohttpd(),
    }
    return [package for package, found in present.items() if not found]


@contextlib.contextmanager
def services_kept_stopped(policy=POLICY):
    """The packages of nginx and memcached would each start a daemon of their own."""
    if policy.exists():
        yield
        return
    policy.write_text(START_NO_SERVICE)
    policy.chmod(0o755)
    try:
        yield
    finally:
        policy.unlink()


def apt_get(*arguments):
    environment = dict(os.environ, DEBIAN_FRONTEND="noninteractive")
    # Another apt may be running: wait for its lock at most two minutes.
    call = ["apt-get", "-q", "-y", "-o", "DPkg::Lock::Timeout=120", *arguments]
    if subprocess.run(call, env=environment).returncode != 0:
        raise Missing("this failed: " + " ".join(call))


def install(packages):
    if os.geteuid() != 0:
        raise Missing("missing; as root: apt-get install " + " ".join(packages))
    with services_kept_stopped():
        apt_get("update")
        apt_get("install", "--no-install-recommends", *packages)


def ensure():
    packages = missing_packages()
    if packages:
        install(packages)
        left = missing_packages()
        if left:
            raise Missing("installed, but still not found: " + " ".join(left))
