"""A real C project of about a thousand translation units: newlib, as Debian ships its sources.

The package newlib-source is an ordinary binary package, so a plain Debian has it without deb-src lines.
"""

import os
import pathlib
import re
import subprocess

from .packages import apt_get
from .program import Failure

_DIRECTORIES = [
    "libm/common", "libm/math", "libm/complex", "libm/fenv",
    *(f"libc/{name}" for name in (
        "argz", "ctype", "errno", "iconv/ccs", "iconv/ces", "iconv/lib", "locale", "misc", "reent", "search",
        "signal", "stdio", "stdlib", "string", "time")),
]
# The first needs the mmap of newlib's own systems, the second is only for systems without a time zone.
_NOT_FOR_US = {"libc/stdlib/mallocr.c", "libc/time/gettzinfo.c"}
# What newlib's configure would write into newlib.h for a system that wants everything.
_WANTED = re.compile(
    r"^#undef +(_WANT_IO_C99_FORMATS|_WANT_IO_LONG_LONG|_WANT_IO_LONG_DOUBLE|_WANT_IO_POS_ARGS|_MB_CAPABLE"
    r"|_HAVE_LONG_DOUBLE|_FVWRITE_IN_STREAMIO|_FSEEK_OPTIMIZATION|_WIDE_ORIENT|_UNBUF_STREAM_OPT"
    r"|_ICONV_ENABLED|_ICONV_(?:TO|FROM)_ENCODING_\w+)$", re.MULTILINE)


class Newlib:
    def __init__(self, directory):
        self._directory = pathlib.Path(directory)
        self._root = self._unpack() / "newlib"
        # ccache hashes the working directory of a compilation with -g, so it has to be the same in all.
        self.working_directory = self._root
        self._configuration = self._directory / "configuration"
        self._configure()
        self.units = [str(path.relative_to(self._root)) for name in _DIRECTORIES
                      for path in sorted((self._root / name).glob("*.c"))
                      if str(path.relative_to(self._root)) not in _NOT_FOR_US]

    def compile_command(self, compiler, unit, output):
        includes = [self._configuration, *(self._root / name for name in (
            "libc/include", "libm/common", "libc/locale", "libc/stdio", "libc/stdlib"))]
        return [*compiler, "-O1", "-g", "-std=gnu11", "-w", "-ffreestanding", "-nostdinc", "-D_LIBC",
                "-isystem", _compiler_headers(), *(f"-I{path}" for path in includes),
                "-c", str(self._root / unit), "-o", str(output)]

    def _unpack(self):
        apt_get("download", "newlib-source", directory=self._directory)
        package = self._only("newlib-source_*.deb")
        _run("dpkg-deb", "--extract", package, self._directory / "package")
        _run("tar", "--extract", "--file", self._only("package/usr/src/newlib/newlib-*.tar.*"),
             "--directory", self._directory)
        return self._only("newlib-*/newlib/newlib.hin").parents[1]

    def _configure(self):
        self._configuration.mkdir()
        template = (self._root / "newlib.hin").read_text()
        wanted = _WANTED.sub(r"#define \1 1", template)
        self._write("newlib.h", re.sub(r"^#undef +_MB_LEN_MAX$", "#define _MB_LEN_MAX 8", wanted, flags=re.M))
        self._write("_newlib_version.h", (self._root / "_newlib_version.hin").read_text())

    def _write(self, name, text):
        path = self._configuration / name
        path.write_text(text)
        # ccache does not trust a header that is no older than the compilation.
        age = (self._root / "newlib.hin").stat().st_mtime
        os.utime(path, (age, age))

    def _only(self, pattern):
        found = list(self._directory.glob(pattern))
        if len(found) != 1:
            raise Failure(f"newlib-source: expected one {pattern}, found {len(found)}")
        return found[0]


def _compiler_headers():
    return _run("gcc", "-print-file-name=include").strip()


def _run(*command):
    done = subprocess.run(command, capture_output=True, text=True, timeout=120)
    if done.returncode != 0:
        raise Failure(f"{command[0]}: {done.stderr.strip()[-500:]}")
    return done.stdout
