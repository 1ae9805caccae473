"""What a measurement needs on the machine, and its installation with apt-get."""

import os
import shutil
import subprocess
from pathlib import Path

SEARCH_PATH = os.environ.get("PATH", "") + ":/usr/sbin:/sbin"
NGINX_MEMC_MODULE = Path("/usr/lib/nginx/modules/ngx_http_memc_module.so")
INSTALL_PACKAGES = Path(__file__).resolve().parent.parent / "Scripts" / "install-packages"


class Missing(Exception):
    """Something a measurement needs is not there, and the message says how to get it."""


def command(name):
    return shutil.which(name, path=SEARCH_PATH)


def has_libmicrohttpd():
    found = command("pkg-config")
    return bool(found) and subprocess.run([found, "--exists", "libmicrohttpd"]).returncode == 0


def missing_packages():
    present = {
        "memcached": command("memcached"),
        "nginx": command("nginx"),
        "libnginx-mod-http-memc": NGINX_MEMC_MODULE.exists(),
        "webdis": command("webdis"),
        "redis-server": command("redis-server"),
        "haproxy": command("haproxy"),
        "gcc": command("gcc"),
        "libc6-dev": Path("/usr/include/stdio.h").exists(),
        "pkg-config": command("pkg-config"),
        "libmicrohttpd-dev": has_libmicrohttpd(),
    }
    return [package for package, found in present.items() if not found]


def install(packages):
    if subprocess.run([str(INSTALL_PACKAGES), *packages]).returncode != 0:
        raise Missing("could not be installed: " + " ".join(packages))


def ensure():
    packages = missing_packages()
    if packages:
        install(packages)
        left = missing_packages()
        if left:
            raise Missing("installed, but still not found: " + " ".join(left))
