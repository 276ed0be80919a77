"""Mappings of a process, joined."""

import subprocess
import sys

PROGRAM = """
import decimal, ctypes
from sandbox.inside import mappings
before = len(open("/proc/self/maps").readlines())
mappings.join()
assert not any(b.access == "r--p" and (a.goes_on_in(b) or b.goes_on_in(a)) and a.access in mappings.JOINED
               for a in mappings._mappings() for b in mappings._mappings())
after = len(open("/proc/self/maps").readlines())
import zlib, json
print(after < before, decimal.Decimal("0.1") * 3, ctypes.c_int(5).value, zlib.crc32(b"x") > 0, json.dumps([1]))
"""


def test_libraries_have_fewer_and_go_on_working() -> None:
    done = subprocess.run([sys.executable, "-c", PROGRAM], capture_output=True, text=True, check=True)
    assert done.stdout == "True 0.3 5 True [1]\n"
